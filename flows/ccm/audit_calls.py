"""Time that no call record stands behind. Asked only of practices whose logs carry call records at all."""

from __future__ import annotations

from collections.abc import Sequence

from flows.ccm.audit_rules import ManualTime
from flows.ccm.audit_trial import Group, Logged, Trial, binomial_tail, chance

ID = "audit.manual_time"


def manual_time(entries: Sequence[Logged], rule: ManualTime) -> list[Trial]:
    """The share of counted seconds past any call record: of telephone time (month, and each person), and of all time.

    A flag needs both the share of seconds and an exact binomial test over entries, one being manual where less than half
    of its counted time is covered. Talk time covers an entry up to its counted time.
    """
    counted = [r for r in entries if r.counted]
    carried = sum(r.entry.call_seconds is not None for r in counted)
    if carried < rule.records:
        measure = "share of counted telephone time without a call record; the logs carry too few call records to ask"
        return [Trial(ID, "month", measure, 0.0, rule.call_share, carried, rule.records)]
    calls = [r for r in counted if r.entry.activity == "patient_call" and r.entry.mode != "face_to_face"]
    by_person: dict[str, list[Logged]] = {}
    for row in calls:
        by_person.setdefault(row.entry.person, []).append(row)
    trials = [
        _manual("month", "telephone time", calls, rule.call_share, rule.minimum),
        _manual("month", "time of every kind", counted, rule.all_share, rule.minimum),
    ]
    if len(by_person) > 1:
        trials += [
            _manual(person, "telephone time", rows, rule.call_share, rule.minimum)
            for person, rows in sorted(by_person.items())
            if len(rows) >= rule.minimum
        ]
    return trials


def _manual(about: str, kind: str, rows: Sequence[Logged], limit: float, minimum: int) -> Trial:
    seconds = sum(r.counted for r in rows)
    covered = [min(r.counted, r.entry.call_seconds or 0) for r in rows]
    share = 1 - sum(covered) / seconds if seconds else 0.0
    bare = sum(2 * cover < r.counted for r, cover in zip(rows, covered, strict=True))
    enough = len(rows) >= minimum
    p_value = binomial_tail(bare, len(rows), limit)
    whose = "" if about == "month" else f"{about}: "
    detail = (
        f"{whose}{share:.0%} of {seconds // 60} counted minutes of {kind} have no call record behind them "
        f"({bare} of {len(rows)} entries); chance {chance(p_value)}"
    )
    return Trial(
        id=ID,
        about=about,
        measure=f"share of counted {kind} without a call record",
        value=share,
        threshold=limit,
        n=len(rows),
        needed=minimum,
        p_value=p_value if enough else None,
        groups=(Group(detail, p_value),) if enough and share > limit else (),
    )
