"""The comprehensive care plan of an export: taken whole by its references, never stitched from plans of single conditions."""

from __future__ import annotations

import json
from datetime import date

import pytest

from flows.ccm.patient import PlanItem
from flows.ccm.source import Source
from flows.intake.reading import Intake
from tests.intake.fhir_fixture import ENROLLED, ICD10, KEY, about_p1, coding, export, ignored, patient
from tests.intake.practice_fixture import assert_balanced, read


def _plan(**more) -> list[dict]:
    plan = about_p1(
        "CarePlan",
        id="plan",
        status="active",
        period={"start": "2025-01-10"},
        addresses=[{"reference": "Condition/c1"}, {"reference": "https://ehr.example/fhir/Condition/c2/_history/3"}],
        goal=[{"reference": "urn:uuid:goal"}],
        careTeam=[{"reference": "#team"}],
        activity=[
            {"reference": {"reference": "MedicationRequest/m"}},
            {"detail": {"code": coding("http://loinc.org", "1", "Body weight"), "performer": [{"reference": "Patient/p1"}]}},
        ],
        contained=[
            {"resourceType": "CareTeam", "id": "team", "participant": [
                {"role": [{"text": "Nephrologist"}], "member": {"reference": "Practitioner/d"}},
                {"role": [{"text": "Patient"}], "member": {"reference": "Patient/p1"}},
            ]},
        ],
    )  # fmt: skip
    return [
        plan | more,
        about_p1("Condition", id="c1", code=coding(ICD10, "E11.9", "Diabetes")),
        about_p1("Condition", id="c2", code=coding(ICD10, "I10", "Hypertension")),
        about_p1(
            "MedicationRequest", id="m", medicationCodeableConcept={"text": "metformin"}, dosageInstruction=[{"text": "daily"}]
        ),
        about_p1("MedicationRequest", id="other", medicationCodeableConcept={"text": "not in the plan"}),
        {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Vale", "given": ["Ida"]}]},
    ]


GOAL: dict = {"resourceType": "Goal", "id": "g", "description": {"text": "A1c"}, "target": [{"detailString": "below 8"}]}


def _with_goal(plan: list[dict], *targets: dict) -> Intake:
    goal = GOAL | ({"target": list(targets)} if targets else {})
    bundle = {"resourceType": "Bundle", "entry": [{"fullUrl": "urn:uuid:goal", "resource": goal}]}
    lines = "\n".join(json.dumps(r) for r in [patient(), *plan])
    intake = read({KEY: lines, "inbox/records/goals.json": json.dumps(bundle), "inbox/records/patients.csv": ENROLLED})
    assert_balanced(intake)
    return intake


def test_comprehensive_plan_by_its_references_with_what_it_lacks_left_empty():
    intake = _with_goal(_plan())
    plan = intake.patient_months[0].care_plan
    assert plan is not None
    assert (plan.established, plan.source) == (date(2025, 1, 10), Source(KEY, 2, "CarePlan/plan"))
    assert plan.conditions == (PlanItem("Diabetes"), PlanItem("Hypertension"))
    assert plan.goals == (PlanItem("A1c", "below 8"),)
    assert plan.medications == (PlanItem("metformin", "daily"),)
    assert plan.care_team == plan.specialists == (PlanItem("Ida Vale", "Nephrologist"),)
    assert plan.monitoring == plan.self_management == (PlanItem("Body weight"),)
    assert ignored(intake) == {"MedicationRequest not referred to": 1}


@pytest.mark.parametrize(
    ("target", "detail"),
    [
        ({"measure": {"text": "Glucose"}, "detailString": "below 180"}, "Glucose: below 180"),
        ({"measure": {"text": "Glucose:"}, "detailString": "below 180"}, "Glucose: below 180"),
        ({"measure": {"text": "A1c"}, "detailString": "below 8"}, "below 8"),
        ({"measure": {"text": "A1c"}, "dueDate": "2026-03-01"}, "A1c by 2026-03-01"),
        (
            {"measure": {"text": "Weight"}, "detailQuantity": {"value": 80, "unit": "kg"}, "dueDate": "2026-03-01"},
            "Weight: 80 kg by 2026-03-01",
        ),
    ],
)
def test_a_goals_measure_is_told_apart_from_its_value(target, detail):
    plan = _with_goal(_plan(), target).patient_months[0].care_plan
    assert plan is not None and plan.goals == (PlanItem("A1c", detail),)


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({"addresses": [{"reference": "Condition/c1"}]}, "CarePlan that is not comprehensive"),
        ({"goal": []}, "CarePlan that is not comprehensive"),
        ({"status": "completed"}, "CarePlan not active"),
        ({"period": {"start": "2024-01-01", "end": "2024-12-31"}}, "CarePlan whose period is over"),
    ],
)
def test_a_plan_that_is_not_the_comprehensive_one_is_left_out_by_name(more, name):
    intake = _with_goal(_plan(**more))
    assert intake.patient_months[0].care_plan is None
    assert ignored(intake)[name] == 1


def test_a_plan_without_a_day_is_rejected_and_the_practices_own_plan_goes_first():
    intake = _with_goal(_plan(period={}))
    assert [(r.reason, r.field) for r in intake.rejects] == [("row.missing_field", "period.start")]
    both = export(patient(), *_plan(), csv={"care_plans": "mrn,established,element,text\nM1,2024-12-01,goals,walk\n"})
    plan = both.patient_months[0].care_plan
    assert plan is not None
    assert (plan.established, plan.goals) == (date(2024, 12, 1), (PlanItem("walk"),))
