"""FHIR CarePlan to the comprehensive care plan, with what it refers to; plans of single conditions are never stitched into one.

A resource is taken as the comprehensive plan when it is active, its period is not over, and it brings together goals,
activities, a care team and at least two addressed conditions. Its elements hold what it or its references say, and stay empty
where they say nothing, so that an incomplete plan shows as incomplete.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from flows.ccm.patient import CarePlan, PlanItem
from flows.ccm.source import Source
from flows.intake.fhir_elements import (
    LOINC,
    Json,
    child,
    code_in,
    concept_text,
    fhir_day,
    human_name,
    objects,
    period_days,
    string,
)
from flows.intake.fhir_resources import Resource, Resources

# A participant's role that names a medical specialty; a specialist in family or general medicine is the practice itself.
_SPECIALTY = re.compile(
    r"(cardi|nephr|endocrin|pulmon|neur|onc|hemat|rheumat|gastroenter|ur|dermat|ophthalm|psych|audi|immun|hepat|radi)olog"
    r"|psychiatr|podiatr|surgeon|optometr|specialist",
    re.IGNORECASE,
)
_GENERALIST = re.compile(r"family|general|primary|internal medicine", re.IGNORECASE)
_REFERRAL = re.compile(r"referral|refer to|consult", re.IGNORECASE)
_MONITORING = re.compile(r"monitor|measure|record your|check your|surveillance|screening", re.IGNORECASE)
_SELF = re.compile(r"self|educat|exercis|diet|nutrition|physical activity|smoking cessation|walk", re.IGNORECASE)
_PATIENTS = ("Patient", "RelatedPerson")


def read_care_plan(resource: Resource, resources: Resources, zone: ZoneInfo, first_day: date) -> CarePlan | str | None:
    """The plan; or a name to exclude it under; or None where neither period.start nor created gives its day.

    ``first_day`` is the service month's: a plan whose period ended before it is over.
    """
    body = resource.body
    if string(body.get("status")) != "active":
        return "CarePlan not active"
    start, end = period_days(body.get("period"), zone)
    if end is not None and end < first_day:
        return "CarePlan whose period is over"
    addresses = _addressed(body)
    parts = [body.get(name) for name in ("goal", "activity", "careTeam")]
    if (
        not all(objects(part) for part in parts)
        or len({string(a.get("reference")) or string(a.get("display")) for a in addresses}) < 2
    ):
        return "CarePlan that is not comprehensive"
    established = start or fhir_day(body.get("created"), zone)
    if established is None:
        return None
    team = list(_participants(resource, resources))
    activities = list(_activities(resource, resources))
    return CarePlan(
        established=established,
        conditions=_items(_condition(a, resource, resources) for a in addresses),
        goals=_items(_goal(g, resource, resources) for g in objects(body.get("goal"))),
        medications=_items(item for kind, item, _, _ in activities if kind == "MedicationRequest"),
        care_team=_items(team),
        specialists=_items(
            [p for p in team if _SPECIALTY.search(p.detail) and not _GENERALIST.search(p.detail)]
            + [item for _, item, words, _ in activities if _REFERRAL.search(words)]
        ),
        monitoring=_items(item for kind, item, words, _ in activities if kind == "LOINC" or _MONITORING.search(words)),
        self_management=_items(
            item for kind, item, words, own in activities if kind != "MedicationRequest" and (own or _SELF.search(words))
        ),
        source=resource.source,
    )


def _items(items: Iterator[PlanItem] | list[PlanItem]) -> tuple[PlanItem, ...]:
    """The items with a text, each once, in the plan's order."""
    return tuple(dict.fromkeys(item for item in items if item.text))


def _addressed(body: Json) -> list[Json]:
    """What the plan addresses: References in R4, CodeableReferences in R5."""
    return [child(a, "reference") or a for a in objects(body.get("addresses"))]


def _condition(reference: Json, plan: Resource, resources: Resources) -> PlanItem:
    found = resources.find(reference, plan)
    return PlanItem((concept_text(found.body.get("code")) if found else "") or string(reference.get("display")))


def _goal(reference: Json, plan: Resource, resources: Resources) -> PlanItem:
    found = resources.find(reference, plan)
    if found is None:
        return PlanItem(string(reference.get("display")))
    goal = resources.use(found).body
    text = concept_text(goal.get("description"))
    targets = [_target(t, text) for t in objects(goal.get("target"))]
    return PlanItem(text, "; ".join(t for t in targets if t))


def _target(target: Json, goal: str) -> str:
    """A goal's measure as the export has it: what is measured, unless that is the goal, the value or range, and by when."""
    value = child(target, "detailQuantity")
    span = child(target, "detailRange")
    amount = _quantity(value) or " to ".join(q for q in (_quantity(child(span, "low")), _quantity(child(span, "high"))) if q)
    amount = amount or string(target.get("detailString")) or concept_text(target.get("detailCodeableConcept"))
    due = string(target.get("dueDate"))
    measured = concept_text(target.get("measure")).rstrip(" :")
    measured = "" if measured == goal and amount else f"{measured}:" if measured and amount else measured
    return " ".join(part for part in (measured, amount, due and f"by {due}") if part)


def _quantity(quantity: Json) -> str:
    return " ".join(p for p in (string(quantity.get(n)) for n in ("comparator", "value", "unit")) if p)


def _participants(plan: Resource, resources: Resources) -> Iterator[PlanItem]:
    """The care team's members with their roles, teams of teams included; the patient is not a member of the own team."""
    pending = [(reference, plan) for reference in objects(plan.body.get("careTeam"))]
    seen: set[tuple[Source, str]] = set()
    while pending:
        reference, within = pending.pop(0)
        team = resources.find(reference, within)
        if team is None:
            continue
        body = team.body
        named = (team.source, string(body.get("id")))  # contained teams have their container's source
        if named in seen:
            continue
        seen.add(named)
        resources.use(team)
        for participant in objects(body.get("participant")):
            member = child(participant, "member")
            found = resources.find(member, team)
            kind = found.type if found else string(member.get("reference")).split("/")[0]
            if kind == "CareTeam":
                pending.append((member, team))
            elif kind != "Patient":
                yield PlanItem(_member_name(member, found, resources), concept_text(participant.get("role")))


def _member_name(member: Json, found: Resource | None, resources: Resources) -> str:
    if found is None:
        return string(member.get("display"))
    resources.use(found)
    body = found.body
    family, given = human_name(body)
    own = f"{given} {family}".strip() or (string(body.get("name")) if found.type == "Organization" else "")
    return string(member.get("display")) or own or concept_text(body.get("relationship"))


def _activities(plan: Resource, resources: Resources) -> Iterator[tuple[str, PlanItem, str, bool]]:
    """Each activity: its kind (a resource type, or LOINC for an observation), item, words, and whether the patient does it."""
    for activity in objects(plan.body.get("activity")):
        reference = child(activity, "reference") or child(activity, "plannedActivityReference")
        found = resources.find(reference, plan)
        if found is not None and found.type in ("MedicationRequest", "ServiceRequest"):
            body = resources.use(found).body
            kind = found.type
        else:
            body, kind = child(activity, "detail"), ""
        concept = body.get("code") or body.get("medicationCodeableConcept") or body.get("productCodeableConcept")
        dosage = next((string(d.get("text")) for d in objects(body.get("dosageInstruction"))), "")
        detail = string(body.get("description")) or string(body.get("patientInstruction")) or dosage
        text = concept_text(concept) or detail or string(reference.get("display"))
        kind = kind or string(reference.get("reference")).split("/")[0]
        if not kind or kind == "ServiceRequest":
            kind = "LOINC" if code_in(concept, LOINC) else kind
        performers = [string(p.get("reference")).split("/")[0] for p in objects(body.get("performer"))]
        words = " ".join((text, detail, concept_text(body.get("category"))))
        yield kind, PlanItem(text, detail if detail != text else ""), words, any(p in _PATIENTS for p in performers)
