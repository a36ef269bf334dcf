"""A patient's condition list: one entry a condition, CSV rows filling what the export lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from flows.ccm.patient import Condition
from flows.intake.condition_codes import icd10_key


def merge_conditions(exported: Sequence[Condition], written: Sequence[Condition]) -> tuple[Condition, ...]:
    """The conditions of the export with CSV rows of the same code filling their empty fields; other CSV rows are added.

    Exports repeat a current condition at each encounter: repeats of an unresolved condition are one, begun when the first of
    them began. Episodes that ended stay as they are.
    """
    merged: list[Condition] = []
    for condition in exported:
        at = _place(merged, condition) if condition.resolved is None else None
        if at is None:
            merged.append(condition)
        else:
            since = min(filter(None, (merged[at].since, condition.since)), default=None)
            merged[at] = replace(_filled(merged[at], condition), since=since)
    from_export = len(merged)
    for condition in written:
        at = _place(merged[:from_export] if condition.resolved else merged, condition)
        if at is None:
            merged.append(condition)
        else:
            merged[at] = replace(_filled(merged[at], condition), resolved=condition.resolved)
    return tuple(sorted(merged, key=lambda c: (icd10_key(c.icd10), c.snomed, str(c.since), c.description, str(c.source))))


def _place(merged: Sequence[Condition], condition: Condition) -> int | None:
    """Where the unresolved condition stands that this one repeats. What ended before that one began is an earlier episode."""
    for i, known in enumerate(merged):
        earlier = known.since and condition.resolved and condition.resolved < known.since
        if known.resolved is None and not earlier and _same(known, condition):
            return i
    return None


def _filled(known: Condition, more: Condition) -> Condition:
    return replace(
        known,
        icd10=known.icd10 or more.icd10,
        since=known.since or more.since,
        description=known.description or more.description,
        expected_months=more.expected_months if known.expected_months is None else known.expected_months,
        significant_risk=more.significant_risk if known.significant_risk is None else known.significant_risk,
        snomed=known.snomed or more.snomed,
    )


def _same(one: Condition, other: Condition) -> bool:
    if one.icd10 and other.icd10:
        return icd10_key(one.icd10) == icd10_key(other.icd10)
    if one.snomed or other.snomed:
        return one.snomed == other.snomed
    return not (one.icd10 or other.icd10) and one.description.casefold() == other.description.casefold()
