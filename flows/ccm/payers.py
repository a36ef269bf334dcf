"""Who pays for a patient-month, and in which order: the plan that is billed, and the one that must answer before it.

A plan that pays second is billed once the first payer's remittance for the month is on record, never before.
"""

from __future__ import annotations

from datetime import date

from flows.ccm.patient import Coverage, Patient
from flows.ccm.patient_month import PatientMonth
from flows.ccm.remittance import Remittance

_ORDER = {"medicare_advantage": 0, "medicare": 1, "commercial": 2}
_COMMERCIAL, _MEDICARE, _ADVANTAGE = "commercial", "medicare", "medicare_advantage"
_SELF = "18"


def coverages_on(month: PatientMonth, day: date) -> tuple[Coverage, ...]:
    """The coverages in force on a day, the first payer first. An Advantage plan before or beside Medicare stands in for it.

    A coverage whose rank is not told gives way to one of the same kind whose rank is and that may be the same plan, as an
    export's may always be the table's; and one of an export to the table's of the same kind and time that has its payer id or its
    number, though the table says that it is over.
    """
    in_table = [c for c in month.coverages if not _exported(c)]
    in_force = [
        c
        for c in month.coverages
        if _together(c, day, day)
        and not (_exported(c) and any(_names(c) & _names(row) and _together(c, row.start, row.end) for row in in_table))
    ]
    kept = [c for c in in_force if c.rank or not any(other.rank and _may_be_one(c, other) for other in in_force)]
    stand_ins = [c.rank or 1 for c in kept if c.plan == _ADVANTAGE]
    kept = [c for c in kept if not (c.plan == _MEDICARE and stand_ins and min(stand_ins) <= (c.rank or 1))]
    return tuple(sorted(kept, key=lambda c: (c.rank or 1, _ORDER.get(c.plan, 9), c.payer_id, c.member_id, str(c.source))))


def _together(cover: Coverage, start: date | None, end: date | None) -> bool:
    """Whether a coverage is in force on a day from ``start`` to ``end``; None is an open end."""
    return (cover.start or date.min) <= (end or date.max) and (start or date.min) <= (cover.end or date.max)


def _may_be_one(cover: Coverage, other: Coverage) -> bool:
    """Whether two coverages may be one plan: of one kind, told by the number, or by the payer id where not both have a number."""
    if cover.plan != other.plan or cover.plan == _MEDICARE or (_exported(cover) and not _exported(other)):
        return cover.plan == other.plan
    for mine, its in ((_number(cover), _number(other)), (cover.payer_id.upper(), other.payer_id.upper())):
        if mine and its:
            return mine == its
    return True


def _exported(cover: Coverage) -> bool:
    return cover.source is not None and bool(cover.source.resource)


def _names(cover: Coverage) -> set[tuple[str, str, str]]:
    """What a plan may be told by: its kind with its payer id, and with the patient's number."""
    told = {("payer", cover.plan, cover.payer_id.upper()), ("number", cover.plan, _number(cover))}
    return {name for name in told if name[2]}


def _number(cover: Coverage) -> str:
    return "".join(c for c in cover.member_id.upper() if c.isalnum())


def first_payer(month: PatientMonth, day: date) -> Coverage | None:
    """The coverage that pays first; None where every one on file pays second, or none is in force."""
    return next((c for c in coverages_on(month, day) if c.rank <= 1), None)


def second_payer(month: PatientMonth, day: date) -> Coverage | None:
    """The coverage that is on file as paying second."""
    return next((c for c in coverages_on(month, day) if c.rank == 2), None)


def coverage_on(month: PatientMonth, day: date) -> Coverage | None:
    """The coverage that a claim of that day is sent to: the first payer's, or the second's once the first has answered."""
    first, second = first_payer(month, day), second_payer(month, day)
    if first is None or (second is not None and has_answered(month, first)):
        return second
    return first


def has_answered(month: PatientMonth, payer: Coverage) -> bool:
    """Whether any line of the payer's remittance for the month is on record."""
    return bool(answers_of(month, payer))


def answers_of(month: PatientMonth, payer: Coverage) -> tuple[Remittance, ...]:
    """What a payer answered for the month, a code each. Medicare is also known by the plan: its contractors are several."""
    names = {payer.payer_id.upper(), _MEDICARE.upper() if payer.plan == _MEDICARE else ""} - {""}
    return tuple(remittance for remittance in month.remittances if remittance.payer_id.upper() in names)


def second_due(month: PatientMonth, day: date) -> bool:
    """Whether a second plan is to be billed after the one that a claim of that day is sent to."""
    billed, second = coverage_on(month, day), second_payer(month, day)
    return second is not None and billed is not None and second != billed and billed.ccm != "not_covered"


def unknown_of(plan: Coverage, patient: Patient) -> tuple[str, ...]:
    """What is not on record of the second plan and a claim to the first one must say of it, in words; empty: it can be told."""
    if plan.plan == _MEDICARE:
        facts = {"the Medicare number": patient.mbi, "why Medicare pays second (msp_type)": plan.msp_type}
    else:
        facts = {"the plan's name": plan.payer_name, "its payer id": plan.payer_id, "the number at the plan": plan.member_id}
    if plan.relationship != _SELF:
        facts["the plan's holder"] = plan.holder_family_name and plan.holder_given_name
    return tuple(name for name, value in facts.items() if not value)


def contested(month: PatientMonth, day: date) -> tuple[Coverage, ...]:
    """The plans in force between which the order of paying is not on record; none where it is clear.

    Medicare, or a plan in its stead, and a commercial plan both as the first or both as the second; Medicare before an
    Advantage plan, which stands in for it; several commercial plans of one rank, be it of one payer under two numbers; several
    Advantage plans of any rank, of which a patient has one at a time.
    """
    in_force = coverages_on(month, day)
    first, second = [c for c in in_force if c.rank <= 1], [c for c in in_force if c.rank > 1]
    if len({c.plan == _COMMERCIAL for c in first}) == 2:
        return tuple(first)
    if len({c.plan == _COMMERCIAL for c in second}) == 2:
        return tuple(second)
    if {_MEDICARE, _ADVANTAGE} <= {c.plan for c in in_force}:
        return tuple(c for c in in_force if c.plan in (_MEDICARE, _ADVANTAGE))
    of_one_place = (
        [c for c in in_force if c.plan == _ADVANTAGE],
        *([c for c in p if c.plan == _COMMERCIAL] for p in (first, second)),
    )
    for plans in of_one_place:
        known = [c for c in plans if c.payer_id]
        numbered = {c.payer_id.upper() for c in known if _number(c)}
        # A coverage without a number is the one of its payer that has one.
        rivals = {(c.payer_id.upper(), _number(c)): c for c in known if _number(c) or c.payer_id.upper() not in numbered}
        if len(rivals) > 1:
            return tuple(rivals.values())
    return ()
