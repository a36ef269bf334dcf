"""The exact chances, against sums of whole fractions."""

from fractions import Fraction
from math import comb, isclose

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ccm.audit_trial import binomial_tail


def by_fractions(successes: int, n: int, p: Fraction) -> Fraction:
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(max(0, successes), n + 1)), Fraction(0))


@given(n=st.integers(0, 120), successes=st.integers(-2, 125), part=st.integers(1, 99))
def test_equals_the_sum_of_fractions(n, successes, part):
    exact = float(by_fractions(successes, n, Fraction(part, 100)))
    assert isclose(binomial_tail(successes, n, part / 100), exact, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("successes", "n", "p", "expected"),
    [(1, 1, 0.5, 0.5), (10, 10, 0.5, 2**-10), (8, 10, 0.5, 56 / 1024), (0, 5, 0.3, 1.0), (6, 5, 0.3, 0.0)],
)
def test_by_hand(successes, n, p, expected):
    assert isclose(binomial_tail(successes, n, p), expected, rel_tol=1e-12)


def test_a_year_of_entries_neither_overflows_nor_vanishes():
    assert isclose(binomial_tail(80_000, 400_000, 0.2), 0.5, abs_tol=0.01)
    assert binomial_tail(400_000, 400_000, 0.2) == 0.0
    assert 0 < binomial_tail(82_000, 400_000, 0.2) < 1e-10
