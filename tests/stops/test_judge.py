"""When a month is stopped: each measure on both sides of its threshold, honest practices, and months that went wrong."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.month_figures import MonthFigures
from flows.ccm.practice import Terms
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stop_rules import StopRules
from flows.ccm.stops import judge
from flows.rulebook.resolve import load
from tests.stops.honest import months

NOVEMBER = ServiceMonth(2025, 11)
TERMS = Terms("office", "JN", "09102", "99", "America/New_York", "", {}, None, {})
USUAL = MonthFigures(NOVEMBER, 100, 70, 20, 10, 1400, 14, 500, 90_000, Decimal("4900.00"))


def rules() -> StopRules:
    found = load().in_force(NOVEMBER, TERMS).stops
    assert found is not None
    return found


RULES = rules()


def out(now: MonthFigures, *history: MonthFigures) -> set[str]:
    return {measure.id for measure in judge(now, history, RULES).out}


# The edges are those of exact tables: the last count that chance allows once in a hundred at the tolerance's edge, and the next.
@pytest.mark.parametrize(
    ("field", "inside", "outside"),
    [
        ("patients", 157, 158),  # Poisson about 130
        ("patients", 57, 56),  # and about 76.9
        ("billed", 114, 115),  # about 91
        ("billed", 38, 37),  # about 53.8
        ("log_rows", 710, 711),  # about 650
        ("log_rows", 340, 339),  # about 384.6
        ("amount", Decimal("8014.99"), Decimal("8015.00")),  # claims of $70: 114.5 is told as 115
        ("amount", Decimal("2625.00"), Decimal("2624.99")),
        ("held", 41, 42),  # of 100, about 30
        ("held", 4, 3),  # about 10
        ("rejected_rows", 105, 106),  # of 1,400, about 6 %
    ],
)
def test_each_measure_on_both_sides_of_its_threshold(field: str, inside: Decimal | int, outside: Decimal | int):
    history = [USUAL] * 4
    name = "hold_rate" if field == "held" else field
    assert name not in out(replace(USUAL, **{field: inside}), *history)
    assert name in out(replace(USUAL, **{field: outside}), *history)


@settings(deadline=None)
@given(mean=st.integers(1, 400), step=st.integers(-200, 400))
def test_the_chance_is_the_exact_poisson_tail(mean: int, step: int):
    value = max(0, mean + step)
    history = [replace(USUAL, patients=mean, held=0)] * 3
    measure = next(m for m in judge(replace(USUAL, patients=value, held=0), history, RULES).measures if m.id == "patients")
    edge = Decimal(str(RULES.count_ratio))
    high, low = mean * edge, mean / edge
    if low <= value <= high:
        assert measure.chance == 1.0
        return
    with localcontext(prec=60):
        at = high if value > high else low
        at_most = sum(at**k / math.factorial(k) for k in range(value + (value < low))) * (-at).exp()
        exact = at_most if value < low else 1 - at_most
    assert measure.chance == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize(("history", "stopped"), [(0, False), (1, False), (2, False), (3, True)])
def test_the_first_three_months_are_never_stopped(history: int, stopped: bool):
    assert bool(out(replace(USUAL, held=100, billed=0), *[USUAL] * history)) is stopped


@pytest.mark.parametrize(
    ("withdrawn", "billed", "stopped"),
    [
        (0, 13, False),
        (11, 13, True),
        (1, 1, False),
        (2, 2, False),
        (3, 3, True),
        (2, 5, False),
        (3, 5, True),
        (5, 25, False),
        (8, 25, True),
    ],
)
@pytest.mark.parametrize("history", [0, 6])
def test_a_correction_that_withdraws_most_of_what_was_sent_is_stopped_from_the_first_month_on(
    history, withdrawn, billed, stopped
):
    found = judge(USUAL, [USUAL] * history, RULES, (withdrawn, billed)).out
    assert [measure.id for measure in found] == ["claims_withdrawn"] * stopped


def test_a_month_like_the_last_or_like_the_usual_is_not_stopped():
    odd = replace(USUAL, patients=200, billed=140, log_rows=1000, rows=2800, amount=USUAL.amount * 2)
    assert out(odd, USUAL, USUAL, USUAL) >= {"patients", "billed", "log_rows", "amount"}
    assert out(odd, USUAL, USUAL, odd) == set()  # a level that was released is asked about once
    assert out(USUAL, USUAL, USUAL, odd) == set()  # and the way back is no question


def test_a_practice_that_grows_a_tenth_a_month_is_never_stopped():
    grown = [
        replace(USUAL, **{n: round(getattr(USUAL, n) * 1.1**k) for n in ("patients", "billed", "held", "rows", "log_rows")})
        for k in range(24)
    ]
    grown = [replace(g, amount=70 * Decimal(g.billed)) for g in grown]
    assert not any(out(grown[k], *grown[k - 6 : k]) for k in range(6, 24))


@pytest.mark.parametrize("patients", [30, 60, 300])
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda m: replace(m, held=m.patients, billed=0, not_billable=0, amount=Decimal(0)), id="no consents"),
        pytest.param(lambda m: replace(m, log_rows=m.log_rows // 2, billed=m.billed // 6, amount=m.amount / 6), id="half log"),
        pytest.param(lambda m: replace(m, log_rows=m.log_rows * 2), id="log twice"),
        pytest.param(lambda m: replace(m, rejected_rows=m.rejected_rows + m.log_rows // 2), id="a clinic's rows refused"),
        pytest.param(lambda m: replace(m, patients=0, billed=0, held=0, not_billable=0, amount=Decimal(0)), id="no roster"),
        pytest.param(lambda m: replace(m, amount=m.amount * 4), id="four times the codes"),
    ],
)
def test_a_month_gone_wrong_is_stopped(patients: int, wrong):
    stopped = []
    for seed in range(10):
        *history, now = months(seed, 7, patients)
        stopped.append(bool(out(wrong(now), *history)))
    assert all(stopped)


def test_honest_practices_are_stopped_less_than_once_in_a_hundred_months():
    judged = stopped = 0
    for seed in range(200):
        honest = list(months(seed, 12, (8, 25, 60, 120)[seed % 4]))
        for k in range(RULES.least_months, len(honest)):
            judged += 1
            stopped += bool(out(honest[k], *honest[max(0, k - RULES.months) : k]))
    assert judged == 1800
    assert stopped / judged < 0.01
