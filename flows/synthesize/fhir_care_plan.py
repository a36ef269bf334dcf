"""A patient's care plan as FHIR resources: the CarePlan and the Goals, CareTeam and MedicationRequests it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from flows.ccm.practice import Practice
from flows.synthesize.script import Script

Resource = dict[str, object]
_US_CORE_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"


def care_plan_resources(script: Script, practice: Practice) -> Iterator[Resource]:
    """Nothing where the patient has no plan. Advice that the patient follows names the patient as its performer."""
    chart, plan = script.chart, script.chart.care_plan
    if plan is None:
        return
    mrn, subject = chart.patient.mrn, {"reference": f"Patient/{chart.patient.mrn}"}
    goals = [f"goal-{mrn}-{n}" for n in range(len(plan.goals))]
    for goal_id, goal in zip(goals, plan.goals, strict=True):
        yield {
            "resourceType": "Goal",
            "id": goal_id,
            "lifecycleStatus": "active",
            "description": {"text": goal.text},
            "subject": subject,
            "startDate": str(plan.established),
            # FHIR asks for a measure wherever there is a detail
            "target": [{"measure": {"text": goal.text}, "detailString": goal.detail}],
        }
    medications = [f"med-{mrn}-{n}" for n in range(len(plan.medications))]
    for medication_id, medication in zip(medications, plan.medications, strict=True):
        yield {
            "resourceType": "MedicationRequest",
            "id": medication_id,
            "status": "active",
            "intent": "order",
            "medicationCodeableConcept": {"text": medication.text},
            "subject": subject,
            "authoredOn": str(plan.established),
            "requester": {"reference": f"Practitioner/{chart.practitioner}"},
            "dosageInstruction": [{"text": medication.detail}],
        }
    team = [(item.text, item.detail) for item in plan.care_team[1:]]
    team += [(item.text, f"{item.detail} specialist") for item in plan.specialists]
    yield {
        "resourceType": "CareTeam",
        "id": f"team-{mrn}",
        "status": "active",
        "name": "Chronic care team",
        "subject": subject,
        "participant": [
            {"role": [{"text": "Patient"}], "member": subject},
            {"role": [{"text": "leads your care"}], "member": {"reference": f"Practitioner/{chart.practitioner}"}},
            *({"role": [{"text": role}], "member": {"display": name}} for name, role in team),
        ],
    }
    on_record = [c.description for c in chart.conditions]
    yield {
        "resourceType": "CarePlan",
        "id": f"plan-{mrn}",
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": _US_CORE_CATEGORY, "code": "assess-plan"}]}],
        "title": "Comprehensive care plan",
        "subject": subject,
        "period": {"start": str(plan.established)},
        "created": str(plan.established),
        "author": {"reference": f"Practitioner/{chart.practitioner}"},
        "careTeam": [{"reference": f"CareTeam/team-{mrn}"}],
        "addresses": [
            {"display": item.text}
            | ({"reference": f"Condition/condition-{mrn}-{on_record.index(item.text)}"} if item.text in on_record else {})
            for item in plan.conditions
        ],
        "goal": [{"reference": f"Goal/{goal_id}"} for goal_id in goals],
        "activity": [
            *({"reference": {"reference": f"MedicationRequest/{medication_id}"}} for medication_id in medications),
            *(
                {"detail": {"status": "in-progress", "code": {"text": f"Monitor {item.text}"}, "description": item.detail}}
                for item in plan.monitoring
            ),
            *(
                {"detail": {"status": "in-progress", "code": {"text": item.text}, "performer": [subject]}}
                for item in plan.self_management
            ),
        ],
    }
