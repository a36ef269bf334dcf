"""Whether a month lies far from the practice's own history, so that a person looks before it is sealed.

Each measure is held against two months of the practice's own: the median of its last months, and the last one. A month is *out*
in a measure where it is further from **both** than the tolerance allows, and chance does not explain the rest. So a practice
that grows is not stopped for ever, one odd month does not become the rule, and a change of level that a person has
released is asked about once.

A correction that withdraws far more of the claims sent than chance would is stopped whatever the history: what was billed is the
month's own measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from statistics import median, median_low

from flows.ccm.audit_trial import binomial_tail
from flows.ccm.month_figures import MonthFigures
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stop_rules import StopRules


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of the month beside the practice's own: ``usual`` is the median of the last months, ``last`` the last one.

    ``chance`` is the exact probability of so much, or so little, at the tolerance's edge of the nearer of the two; 1 within it.
    """

    id: str
    value: Decimal
    usual: Decimal
    last: Decimal
    chance: float
    out: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a month came to beside its history. ``compared`` are the months it was held against, oldest first.

    Where the history is too short ``measures`` holds at most what a correction withdraws.
    """

    compared: tuple[ServiceMonth, ...]
    measures: tuple[Measure, ...]

    @property
    def out(self) -> tuple[Measure, ...]:
        """The measures that stop the month; none lets it be sealed."""
        return tuple(measure for measure in self.measures if measure.out)


def judge(now: MonthFigures, history: Sequence[MonthFigures], rules: StopRules, withdrawn: tuple[int, int] = (0, 0)) -> Judgement:
    """The month beside its history, which runs from the oldest to the newest month compared.

    ``withdrawn`` are the claims that a correction withdraws, or moves to another payer, and those that the
    packet before it billed.
    """
    compared = tuple(figures.month for figures in history)
    measures = (
        [_share("claims_withdrawn", withdrawn, [(0, 0)], rules.withdrawn_margin, False, rules.level)] if withdrawn[1] else []
    )
    if len(history) < rules.least_months:
        return Judgement(compared, tuple(measures))
    measures += [
        _count("patients", now.patients, [h.patients for h in history], rules),
        _count("billed", now.billed, [h.billed for h in history], rules),
        _count("log_rows", now.log_rows, [h.log_rows for h in history], rules),
        _amount(now.amount, history, rules),
    ]
    held = [(h.held, h.patients) for h in history]
    measures.append(_share("hold_rate", (now.held, now.patients), held, rules.hold_rate_margin, True, rules.level))
    rejected = [(h.rejected_rows, h.rows) for h in history]
    # Fewer rejected rows than ever is what a practice works for; a part of the log that is missing shows in log_rows.
    rows = (now.rejected_rows, now.rows)
    measures.append(_share("rejected_rows", rows, rejected, rules.rejected_rows_margin, False, rules.level))
    return Judgement(compared, tuple(measures))


def _count(name: str, value: int, before: Sequence[int], rules: StopRules) -> Measure:
    usual, last = median_low(before), before[-1]
    chance = max(_count_chance(value, reference, rules.count_ratio) for reference in (usual, last))
    return Measure(name, Decimal(value), Decimal(usual), Decimal(last), chance, chance <= rules.level)


def _amount(value: Decimal, history: Sequence[MonthFigures], rules: StopRules) -> Measure:
    """Dollars have no distribution of their own: they are counted in the practice's own usual claims, and told in dollars."""
    amounts = [h.amount for h in history]
    claim = _usual_claim(history)
    counted = _count("amount", _in_claims(value, claim), [_in_claims(amount, claim) for amount in amounts], rules)
    return replace(counted, value=value, usual=median_low(amounts), last=amounts[-1])


def _count_chance(value: int, reference: int, ratio: float) -> float:
    """The chance of so many or so few where the tolerance's edge is the mean: exact Poisson tails; 1 within the tolerance."""
    high, low = reference * ratio, reference / ratio
    if value > high:
        return _poisson_at_least(value, high)
    return _poisson_at_most(value, low) if value < low else 1.0


def _share(
    name: str, now: tuple[int, int], before: Sequence[tuple[int, int]], margin: float, both_ways: bool, level: float
) -> Measure:
    shares = [part / whole if whole else 0.0 for part, whole in before]
    usual, last = median(shares), shares[-1]
    part, whole = now
    chance = max(_share_chance(part, whole, reference, margin, both_ways) for reference in (usual, last))
    return Measure(name, _told(part / whole if whole else 0.0), _told(usual), _told(last), chance, chance <= level)


def _share_chance(part: int, whole: int, reference: float, margin: float, both_ways: bool) -> float:
    """The chance of such a share where the tolerance's edge is the true one: exact binomial tails; 1 within the tolerance."""
    if not whole:
        return 1.0  # no patient, or no row: the counts say so
    high, low = reference + margin, reference - margin
    if part / whole > high:
        return binomial_tail(part, whole, high)
    if both_ways and part / whole < low:
        return binomial_tail(whole - part, whole, 1.0 - low)
    return 1.0


def _poisson_at_least(value: int, mean: float) -> float:
    """The exact chance of ``value`` or more, for a value above the mean."""
    if mean <= 0:
        # Never seen before: the mean is at most what would have shown in a month, one.
        mean = 1.0
        if value <= mean:
            return 1.0
    term = total = 1.0
    k = value
    while term > total * 1e-17:
        k += 1
        term *= mean / k
        total += term
    return min(1.0, math.exp(value * math.log(mean) - mean - math.lgamma(value + 1)) * total)


def _poisson_at_most(value: int, mean: float) -> float:
    """The exact chance of ``value`` or fewer, for a value below a mean above 0."""
    term = total = 1.0
    for k in range(value, 0, -1):
        term *= k / mean
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, math.exp(value * math.log(mean) - mean - math.lgamma(value + 1)) * total)


def _usual_claim(history: Sequence[MonthFigures]) -> Decimal:
    """The median expected dollars a billed patient, to the cent; a dollar where no month billed anybody."""
    each = [h.amount / h.billed for h in history if h.billed]
    return max(median_low(each), Decimal("0.01")).quantize(Decimal("0.01"), ROUND_HALF_UP) if each else Decimal(1)


def _in_claims(amount: Decimal, claim: Decimal) -> int:
    return int((amount / claim).to_integral_value(ROUND_HALF_UP))


def _told(share: float) -> Decimal:
    return Decimal(str(share)).quantize(Decimal("0.001"), ROUND_HALF_UP)
