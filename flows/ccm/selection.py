"""Which code family the month's minutes are billed under, and with how many units.

Practitioner minutes make a practitioner family on their own, one practitioner at a time; the families of the month's whole
time count staff minutes with practitioners' minutes lent to them. Sources: the rulebook's families, each with its citation.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from flows.ccm.counting import PRACTITIONER, STAFF, CountedTime
from flows.ccm.decision import FamilyConsidered, Reason
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Family, Rules

OVER_LIMIT = "units.over_limit"


@dataclass(frozen=True, slots=True)
class Selection:
    """The family to bill (None: no threshold reached), its units by code, who rendered it, and what else was looked at."""

    family: Family | None
    units: tuple[tuple[str, int], ...]
    rendering: str
    considered: tuple[FamilyConsidered, ...]
    flags: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    family: Family
    minutes: int
    units: tuple[tuple[str, int], ...]
    amount: Decimal
    person: str
    closed: str  # why the family is not open, empty where it is


def units_for(family: Family, minutes: int) -> tuple[tuple[str, int], ...]:
    """The codes and units that ``minutes`` whole minutes earn: none below the first threshold, never past the limit."""
    if minutes < family.minutes:
        return ()
    more = earned_add_ons(family, minutes)
    add_on = min(more, family.max_units)
    return ((family.base, 1), (family.add_on, add_on)) if add_on else ((family.base, 1),)


def earned_add_ons(family: Family, minutes: int) -> int:
    """The add-on units that the minutes would earn if there were no limit."""
    return max(0, minutes - family.minutes) // family.add_on_minutes if family.add_on else 0


def select(month: PatientMonth, counted: CountedTime, rules: Rules) -> Selection:
    """Choose the family. A tie in amount goes to the practitioner family, the work that was done in person."""
    candidates = _candidates(month, counted, rules)
    reached = [c for c in candidates if c.units and not c.closed]
    chosen = _choose(reached, rules) if reached else None
    considered = tuple(
        FamilyConsidered(
            family=c.family.id,
            minutes=c.minutes,
            lines=tuple(f"{code} x{n}" for code, n in c.units),
            amount=c.amount,
            chosen=c is chosen,
            why=_why(c, chosen, rules),
        )
        for c in candidates
    )
    if chosen is None:
        return Selection(None, (), month.practitioner, considered, ())
    flags: tuple[Reason, ...] = ()
    earned = earned_add_ons(chosen.family, chosen.minutes)
    if chosen.family.limit_flag and earned > chosen.family.max_units:
        over = earned - chosen.family.max_units
        flags = (Reason(OVER_LIMIT, f"{over} unit(s) of {chosen.family.add_on} past the limit of {chosen.family.max_units}"),)
    return Selection(chosen.family, chosen.units, chosen.person or month.practitioner, considered, flags)


def _candidates(month: PatientMonth, counted: CountedTime, rules: Rules) -> list[_Candidate]:
    staff = counted.minutes(STAFF)
    pooled = staff + counted.minutes(PRACTITIONER)
    best = _busiest_practitioner(counted, month.practitioner)
    own = counted.minutes(PRACTITIONER, best) if best else 0
    practitioner_open = any(f.pool == PRACTITIONER and own >= f.minutes for f in rules.families)
    out = []
    for family in rules.families:
        personal = family.pool == PRACTITIONER
        minutes = own if personal else pooled
        closed = ""
        if not personal and practitioner_open and staff == 0:
            closed = "all of the time is a practitioner's own and reaches the practitioner family"
        elif family.decision_making and month.decision_making not in family.decision_making:
            level = month.decision_making or "not documented"
            closed = f"medical decision making is {level}; the family needs {' or '.join(sorted(family.decision_making))}"
        units = units_for(family, minutes)
        amount = sum((rules.choice_amounts[code] * n for code, n in units), Decimal(0))
        out.append(_Candidate(family, minutes, units, amount, best if personal else "", closed))
    return out


def _busiest_practitioner(counted: CountedTime, billing: str) -> str:
    """The practitioner with the most counted time: minutes of two are never merged. The billing one wins a tie."""
    return min(counted.practitioners(), key=lambda p: (-counted.seconds(PRACTITIONER, p), p != billing, p), default="")


def _choose(reached: list[_Candidate], rules: Rules) -> _Candidate:
    month_families = [c for c in reached if c.family.pool != PRACTITIONER]
    by_complexity = [c for c in month_families if c.family.decision_making]
    if by_complexity and rules.complex_choice == "complexity":
        month_families = by_complexity
    rivals = [c for c in reached if c.family.pool == PRACTITIONER] + month_families
    return max(rivals, key=lambda c: c.amount)  # max keeps the first of equals


def _why(candidate: _Candidate, chosen: _Candidate | None, rules: Rules) -> str:
    if not candidate.units:
        return f"{candidate.minutes} min counted, {candidate.family.minutes} needed"
    if candidate.closed:
        return candidate.closed
    if candidate is chosen:
        return "chosen"
    if chosen is not None and chosen.family.decision_making and rules.complex_choice == "complexity" and not candidate.person:
        return "the month's decision making is complex, and the practice bills by actual complexity"
    return "another family reached has the higher national amount"
