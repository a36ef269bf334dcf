"""A comprehensive care plan that fits a patient's conditions, all seven elements written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from flows.ccm.patient import CarePlan, PlanItem
from flows.ccm.practice import Practice, Practitioner
from flows.synthesize.conditions import ChronicCondition

SPECIALISTS = {
    "Endocrinology": ("Dr. Ingrid Falk", "Dr. Samuel Oduya"),
    "Nephrology": ("Dr. Amina Rahal", "Dr. Peter Quist"),
    "Cardiology": ("Dr. Lena Marchetti", "Dr. Thomas Eagleson"),
    "Pulmonology": ("Dr. Joyce Wetzel", "Dr. Arjun Pillai"),
    "Behavioral health": ("Marisol Teague, LCSW", "Dr. Howard Linn"),
    "Orthopedics": ("Dr. Ruben Stark", "Dr. Felicity Osei"),
    "Neurology": ("Dr. Martin Vale", "Dr. Yuki Arai"),
    "Ophthalmology": ("Dr. Claire Bonham", "Dr. Devraj Nair"),
}
COMMUNITY = (
    PlanItem("Area agency on aging", "home-delivered meals, three days a week"),
    PlanItem("Daughter", "drives to appointments and fills the pill box"),
    PlanItem("Spouse", "keeps the blood pressure log"),
    PlanItem("Neighbor", "checks in each morning"),
)


def write_plan(
    conditions: Sequence[ChronicCondition],
    practice: Practice,
    practitioner: Practitioner,
    established: date,
    revised: date | None,
    rng: Random,
) -> CarePlan:
    """The plan for these conditions. A patient whose conditions call for no specialist still has eyes looked after."""
    area = practice.phone[-10:-7]
    fields = sorted({c.specialist for c in conditions if c.specialist}) or ["Ophthalmology"]
    return CarePlan(
        established=established,
        revised=revised,
        conditions=tuple(PlanItem(c.name, rng.choice(("stable", "improving", "needs attention"))) for c in conditions),
        goals=tuple(rng.choice(c.goals) for c in conditions),
        medications=_each_once(
            item for c in conditions for item in rng.sample(c.medications, rng.randint(1, len(c.medications)))
        ),
        care_team=(
            PlanItem(f"{practitioner.given_name} {practitioner.family_name}, {practitioner.credential}", "leads your care"),
            PlanItem("Care coordinator on call", f"24 hours a day, {area}-555-0199"),
            rng.choice(COMMUNITY),
        ),
        specialists=tuple(PlanItem(rng.choice(SPECIALISTS[name]), name) for name in fields),
        monitoring=_each_once(rng.choice(c.monitoring) for c in conditions),
        self_management=_each_once(rng.choice(c.self_management) for c in conditions),
    )


def _each_once(items) -> tuple[PlanItem, ...]:
    return tuple(dict.fromkeys(items))
