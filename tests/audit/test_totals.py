"""Month totals: the statistic, its neighbours and its exact chance, worked out by hand with whole fractions."""

from fractions import Fraction
from math import isclose

import pytest

from tests.audit.honest import WEEKDAYS, Month, at, entry
from tests.audit.test_chance import by_fractions


def totals(*seconds: int) -> Month:
    """A patient for each total, each with one entry of a person of one's own."""
    return Month({n: [entry(n, 0, at(WEEKDAYS[n % 20], 9), s, f"rn_{n}", call=s)] for n, s in enumerate(seconds)})


def statistic(month: Month, about: str):
    (found,) = [s for s in month.screen().statistics if about in s.measure]
    return found


def identical(month: Month):
    return statistic(month, "one and the same month total")


def test_the_chance_is_the_binomial_tail_times_the_different_totals():
    # seven of 27 minutes, ten within eight minutes of it and the same 20 minutes of thresholds (20 to 35: 15 other totals)
    month = totals(*[27 * 60] * 7, *[m * 60 for m in (20, 21, 22, 23, 25, 28, 30, 31, 33, 35)], 36 * 60, 38 * 60)
    p = Fraction(3, 2) / (Fraction(3, 2) + 15)
    found = identical(month)
    assert (found.value, found.n) == (7, 19)
    assert isclose(found.p_value, float(by_fractions(7, 17, p) * 13), rel_tol=1e-9)


def test_totals_are_not_held_against_those_before_a_threshold():
    # work jumps at 40: seven stop in that very minute, and only the eight minutes after it tell whether that is many
    month = totals(*[40 * 60] * 7, *[m * 60 for m in (41, 42, 42, 43, 44, 46, 48)])
    p = Fraction(3, 2) / (Fraction(3, 2) + 8)
    assert isclose(identical(month).p_value, float(by_fractions(7, 14, p) * 7), rel_tol=1e-9)


def test_whole_minutes_are_held_against_whole_minutes_and_seconds_against_seconds():
    recorded = [27 * 60 + 7 * n + 1 for n in range(-30, 30) if (7 * n + 1) % 60]
    assert identical(totals(*[27 * 60] * 6, *recorded)).flagged
    written = [m * 60 for m in range(20, 36) for _ in range(3)]
    assert not identical(totals(*written, *[27 * 60 + 1])).flagged


@pytest.mark.parametrize(("patients", "flagged"), [(4, False), (5, True)])
def test_from_five_patients_on(patients, flagged):
    others = [1201 + 61 * n for n in range(18)]
    month = totals(*[27 * 60 + 13] * patients, *others)
    assert identical(month).flagged is flagged


def test_totals_below_every_threshold_are_nobodys_claim():
    found = identical(totals(*[17 * 60 + 13] * 9, *[1201 + 61 * n for n in range(12)]))
    assert (found.value, found.n) == (1, 12)


def test_a_threshold_is_held_against_both_sides_and_the_weaker_counts():
    # twelve in the minute of 20, one in the four minutes before, six in the four after
    month = totals(*[1200 + n for n in range(12)], 19 * 60 + 5, *[1260 + 40 * n for n in range(6)])
    p = Fraction(3, 2) / (Fraction(3, 2) + 4)
    found = statistic(month, "month total: share in the minute of 20")
    assert (found.n, found.threshold) == (19, float(p))
    assert isclose(found.value, 12 / 18)
    assert isclose(found.p_value, float(by_fractions(12, 18, p)), rel_tol=1e-9)


def test_only_whole_minutes_can_be_rounded():
    # thirty whole-minute durations, half on a multiple of five, among forty with seconds and three too short to round
    seconds = [600] * 15 + [660 + 60 * (n % 4) for n in range(15)] + [433] * 40 + [120] * 3
    found = next(s for s in totals(*seconds).screen().statistics if s.id == "audit.rounded_minutes")
    assert (found.about, found.n, found.value) == ("month", 30, 0.5)
    assert isclose(found.p_value, float(by_fractions(15, 30, Fraction(3, 10))), rel_tol=1e-9)
