"""The thresholds at which a month is stopped before sealing, as the rulebook gives them."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ccm.citation import Citation


@dataclass(frozen=True, slots=True)
class StopRules:
    """How far from its own history a practice's month may lie. ``level`` is the chance at or below which a distance past the
    tolerance is not put down to chance.

    At most ``months`` are compared, none older than ``within_months``; with fewer than ``least_months`` nothing is stopped.
    Counts (patients, billed, log rows, amount) may be ``count_ratio`` times more or fewer, shares a margin higher or lower. Of
    the claims that a corrected packet billed, the share ``withdrawn_margin`` may be withdrawn, or moved to
    another payer, however short the history is.
    """

    level: float
    months: int
    within_months: int
    least_months: int
    count_ratio: float
    hold_rate_margin: float
    rejected_rows_margin: float
    withdrawn_margin: float
    citation: Citation
