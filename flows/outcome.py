"""What a practice's month came to, in numbers without PHI: what a run returns, a terminal prints and the ops board shows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flows.ccm.month_figures import figures_of
from flows.ccm.month_result import MonthResult

AWAITING_RELEASE = "awaiting release"
_COUNTS = ("patients", "billed", "held", "not_billable", "rejected_rows")


@dataclass(frozen=True, slots=True)
class Outcome:
    """A practice's month in numbers without PHI: patients by outcome, counted minutes, estimated amount in dollars.

    ``failure`` is empty, or the one line that says why there are no numbers. ``stopped`` is empty, or the measures that are far
    from the practice's own months: nothing is sealed before a person's release.
    """

    practice: str
    month: str
    patients: int = 0
    billed: int = 0
    held: int = 0
    not_billable: int = 0
    rejected_rows: int = 0
    minutes: int = 0
    amount: Decimal = Decimal(0)
    packet: int = 0
    unchanged: bool = False
    failure: str = ""
    stopped: str = ""


def outcome_of(result: MonthResult, packet: int, unchanged: bool, stopped: str = "") -> Outcome:
    """The month that packet ``packet`` holds, in numbers; packet 0 where it was stopped before sealing."""
    figures = figures_of(result)
    return Outcome(
        practice=result.practice.slug,
        month=str(result.month),
        patients=figures.patients,
        billed=figures.billed,
        held=figures.held,
        not_billable=figures.not_billable,
        rejected_rows=len(result.rejects),
        minutes=figures.seconds // 60,
        amount=figures.amount,
        packet=packet,
        unchanged=unchanged,
        stopped=stopped,
    )


def state(outcome: Outcome) -> str:
    """What became of the month in a word or two, as a person asks for it."""
    if outcome.failure:
        return "failed"
    if outcome.stopped:
        return AWAITING_RELEASE
    return f"packet {outcome.packet} {'unchanged' if outcome.unchanged else 'sealed'}"


def row(outcome: Outcome) -> dict[str, Any]:
    """The outcome as a row of a table on the ops board."""
    return {
        "practice": outcome.practice,
        "state": state(outcome),
        **{name.replace("_", " "): getattr(outcome, name) for name in _COUNTS},
        "counted minutes": outcome.minutes,
        "expected amount (estimate, $)": str(outcome.amount),
        "why": outcome.failure or outcome.stopped,
    }
