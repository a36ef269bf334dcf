"""A practice's month in numbers: what a sealed packet's manifest tells of it, and what a month about to be sealed comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from flows.ccm.decision import BILL, HOLD, NOT_BILLABLE
from flows.ccm.month_result import MonthResult
from flows.ccm.service_month import ServiceMonth


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """Patients by outcome, input rows, counted seconds, and the expected amount in dollars: counts, never a patient.

    ``rows`` are those of every input; ``log_rows`` those of the month's call logs alone.
    """

    month: ServiceMonth
    patients: int
    billed: int
    held: int
    not_billable: int
    rows: int
    rejected_rows: int
    log_rows: int
    seconds: int
    amount: Decimal

    @property
    def hold_rate(self) -> float:
        """Held patients among all of the month; 0 where there are none."""
        return self.held / self.patients if self.patients else 0.0


def figures_of(result: MonthResult) -> MonthFigures:
    """The figures of a month as decided."""
    outcomes = [decision.outcome for decision in result.decisions]
    return MonthFigures(
        month=result.month,
        patients=len(outcomes),
        billed=outcomes.count(BILL),
        held=outcomes.count(HOLD),
        not_billable=outcomes.count(NOT_BILLABLE),
        rows=sum(item.rows for item in result.inputs),
        rejected_rows=sum(item.rejected for item in result.inputs),
        log_rows=log_rows((item.key, item.rows) for item in result.inputs),
        seconds=sum(sum(decision.seconds.values()) for decision in result.decisions),
        amount=sum((line.expected for decision in result.decisions for line in decision.lines), Decimal(0)),
    )


def log_rows(inputs: Iterable[tuple[str, int]]) -> int:
    """The rows of call logs among inputs, each told as its object's key and its rows."""
    return sum(rows for key, rows in inputs if key.startswith("inbox/calls/"))
