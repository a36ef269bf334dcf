"""What a run came to, as a table: one row a practice."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from flows.outcome import Outcome


def outcome_table(outcomes: Sequence[Outcome], title: str) -> Table:
    """Patients by outcome and the expected amount, which is an estimate, not a payment. Fits 80 columns."""
    table = Table(title=title, caption="Expected amounts are estimates from the fee schedule, not payments.")
    table.add_column("practice", no_wrap=True, max_width=22)
    for name in ("all", "billed", "held", "not\nbillable", "expected\namount"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("packet", no_wrap=True, min_width=10)
    for outcome in outcomes:
        if outcome.failure:
            table.add_row(outcome.practice, *["-"] * 5, "failed")
            continue
        counts = (outcome.patients, outcome.billed, outcome.held, outcome.not_billable)
        packet = "stopped" if outcome.stopped else f"{outcome.packet} {'as before' if outcome.unchanged else 'new'}"
        table.add_row(outcome.practice, *[f"{count:,}" for count in counts], f"${outcome.amount:,.2f}", packet)
    return table
