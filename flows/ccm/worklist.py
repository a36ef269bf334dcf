"""A month that is not over: who is a few minutes short of a further unit, what else is missing, and what is about to lapse.

This is for work still to be done and bills nothing. Thresholds and windows are those of the rules in force.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flows.ccm import consent
from flows.ccm.decision import COUNTED, Decision, Reason
from flows.ccm.patient import Patient
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Family, Rules, WorklistRules
from flows.ccm.service_month import ServiceMonth

CONSENT, CARE_PLAN = "consent", "care plan"
_PRACTITIONER = "practitioner"
_BELOW = "time.below_threshold"


@dataclass(frozen=True, slots=True)
class Target:
    """A unit that the patient is close to: its family and code, the whole minutes counted for it and those it takes."""

    family: str
    code: str
    minutes: int
    needed: int

    @property
    def to_go(self) -> int:
        """Whole minutes still missing."""
        return self.needed - self.minutes


@dataclass(frozen=True, slots=True)
class NearUnit:
    """A patient close to a unit. ``person`` has spent most minutes with the patient this month, by roster id.

    ``missing`` are the other reasons for which the month could not be billed as it stands.
    """

    patient: Patient
    person: str
    targets: tuple[Target, ...]
    missing: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Lapse:
    """A consent or plan about to lapse: since ``on``, and the last day it holds (None: no day is set, it is due)."""

    patient: Patient
    person: str
    what: str
    on: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Worklist:
    """The work of a month, patients in the order of the month; one patient may stand in both lists."""

    near: tuple[NearUnit, ...]
    lapses: tuple[Lapse, ...]


def worklist(months: Sequence[PatientMonth], decisions: Sequence[Decision], rules: Rules) -> Worklist:
    """The work that the month so far calls for; ``months`` and ``decisions`` run in the same order.

    Left out of ``near`` is who cannot be billed whatever is done: a reason of kind never, other than too few minutes.
    Raises ValueError where ``rules`` carry no windows: the rulebook always gives them.
    """
    windows = rules.worklist
    if windows is None:
        raise ValueError("these rules carry no windows: resolve them from the rulebook, which has them in worklist.toml")
    near: list[NearUnit] = []
    lapses: list[Lapse] = []
    for month, decision in zip(months, decisions, strict=True):
        person = _knows(decision)
        other = tuple(reason for reason in decision.reasons if reason.id != _BELOW)
        targets = tuple(_targets(month, decision, rules, windows))
        if targets and all(rules.reasons[reason.id].kind != "never" for reason in other):
            near.append(NearUnit(month.patient, person, targets, other))
        lapses.extend(_lapses(month, person, windows))
    return Worklist(tuple(near), tuple(lapses))


def next_unit(family: Family, minutes: int) -> tuple[str, int] | None:
    """The code and threshold of the next unit of a family; None where its units are exhausted."""
    if minutes < family.minutes:
        return family.base, family.minutes
    if not family.add_on:
        return None
    units = (minutes - family.minutes) // family.add_on_minutes + 1
    return (family.add_on, family.minutes + units * family.add_on_minutes) if units <= family.max_units else None


def _targets(month: PatientMonth, decision: Decision, rules: Rules, windows: WorklistRules) -> Iterator[Target]:
    considered = {family.family: family for family in decision.considered}
    personal = {family.id for family in rules.families if family.pool == _PRACTITIONER}
    # All of the time being a practitioner's own, the families of the month's whole time are closed once the personal is reached.
    closed = decision.seconds.get("staff", 0) < 60 and any(considered[i].lines for i in personal & considered.keys())
    for family in rules.families:
        looked_at = considered.get(family.id)
        shut = family.decision_making and month.decision_making not in family.decision_making
        if looked_at is None or shut or not looked_at.minutes or (closed and family.id not in personal):
            continue
        unit = next_unit(family, looked_at.minutes)
        if unit is not None and unit[1] - looked_at.minutes <= windows.within_minutes:
            yield Target(family.id, unit[0], looked_at.minutes, unit[1])


def _knows(decision: Decision) -> str:
    """Who has most counted time with the patient, or most time at all; the first id on a tie, empty where nobody has any."""
    counted = Counter[str]()
    logged = Counter[str]()
    for piece in decision.pieces:
        logged[piece.person] += piece.seconds
        counted[piece.person] += piece.seconds if piece.fate == COUNTED else 0
    return min(logged, key=lambda person: (-counted[person], -logged[person], person), default="")


def _lapses(month: PatientMonth, person: str, windows: WorklistRules) -> Iterator[Lapse]:
    if month.patient.died is not None or (month.disenrolled is not None and month.disenrolled <= month.month.last_day):
        return
    answer = consent.governing(month.consents, month.month)
    if answer is not None and answer.decision == consent.GRANTED and answer.revoked is not None:
        last = ServiceMonth.of(answer.revoked).last_day
        if last >= month.month.first_day:
            yield Lapse(month.patient, person, CONSENT, answer.revoked, last)
    if month.care_plan is not None and _months_old(month.care_plan.last_revision, month.month) >= windows.plan_age_months:
        yield Lapse(month.patient, person, CARE_PLAN, month.care_plan.last_revision, None)


def _months_old(day: date, month: ServiceMonth) -> int:
    """Whole months from a day to the month's last day, on which every day of a month has been reached."""
    return (month.year - day.year) * 12 + month.month - day.month
