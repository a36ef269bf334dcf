"""Each pattern that an auditor looks for is caught at the size stated, and nothing else is raised with it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from random import Random

import pytest

from tests.audit.honest import STAFF, WEEKDAYS, Month, at, entry, honest, set_total

SEEDS = range(12)


def identical_recorded(seed: int) -> Month:
    """Six of sixty patients with 27 min 13 s, in a log with seconds."""
    month = honest(seed, 60)
    for patient in range(6):
        set_total(month, patient, 27 * 60 + 13)
    return month


def identical_written(seed: int) -> Month:
    """Fifteen of sixty patients with 27 min, in a log of whole minutes."""
    month = honest(seed, 60, unit=60)
    for patient in range(15):
        set_total(month, patient, 27 * 60)
    return month


def heaped(seed: int) -> Month:
    """Twenty-five of eighty patients stopped within the very minute of 20, at different seconds."""
    month = honest(seed, 80)
    rng = Random(seed)
    for patient in range(25):
        set_total(month, patient, 1200 + rng.randrange(1, 60))
    return month


def rounded(seed: int) -> Month:
    """One of five persons rounds each duration up to five minutes (a hundred patients, whole minutes, no call records)."""
    month = honest(seed, 100, unit=60, calls=False)
    for patient, entries in month.time.items():
        month.time[patient] = [replace(e, seconds=-(-e.seconds // 300) * 300) if e.person == STAFF[0] else e for e in entries]
    return month


def cloned(seed: int) -> Month:
    """Five patients with one description, but for the patient's name, the date, case and punctuation."""
    month = honest(seed, 40)
    for patient in range(5):
        text = f"Called Zebedee{patient} QUILLFEATHER on 10/{patient + 1}/2025: medications reviewed, doing well"
        month.time[patient][0] = replace(month.time[patient][0], description=text)
    return month


def long_day(seed: int) -> Month:
    """A person of ten hours and a half on one day, none of it overlapping."""
    month = honest(seed, 40)
    for number in range(21):
        month.time[number].append(entry(number, 90, at(8, 8) + timedelta(minutes=31 * number), 1800, "rn_77", call=1790))
    return month


def double_booked(seed: int) -> Month:
    """One person on the telephone with two patients at once for two minutes."""
    month = honest(seed, 40)
    month.time[0].append(entry(0, 90, at(8, 7), 600, "rn_77", call=590))
    month.time[1].append(entry(1, 90, at(8, 7, 8), 600, "rn_77", call=590))
    return month


def never_off(seed: int) -> Month:
    """One person logs time on every day of the month."""
    month = honest(seed, 40)
    for day in range(1, 32):
        month.time[day].append(entry(day, 90, at(day, 10), 120, "rn_77", call=110))
    return month


def around_the_clock(seed: int) -> Month:
    """One person at work from 4 in the morning to 9 at night."""
    month = honest(seed, 40)
    month.time[0].append(entry(0, 90, at(8, 4), 300, "rn_77", call=290))
    month.time[1].append(entry(1, 90, at(8, 20, 56), 300, "rn_77", call=290))
    return month


def made_up_calls(seed: int) -> Month:
    """One of five persons has no call record for any call; a hundred patients."""
    month = honest(seed, 100)
    for patient, entries in month.time.items():
        month.time[patient] = [replace(e, call_id="", call_seconds=None) if e.person == STAFF[1] else e for e in entries]
    return month


def padded_calls(seed: int) -> Month:
    """Each documented call is three times as long as the talk time behind it."""
    month = honest(seed, 60)
    for patient, entries in month.time.items():
        month.time[patient] = [e if e.call_seconds is None else replace(e, call_seconds=max(1, e.seconds // 3)) for e in entries]
    return month


PLANTS = {
    identical_recorded: "audit.identical_minutes",
    identical_written: "audit.identical_minutes",
    heaped: "audit.threshold_heaping",
    rounded: "audit.rounded_minutes",
    cloned: "audit.cloned_description",
    long_day: "audit.impossible_day",
    double_booked: "audit.impossible_day",
    never_off: "audit.impossible_day",
    around_the_clock: "audit.impossible_day",
    made_up_calls: "audit.manual_time",
    padded_calls: "audit.manual_time",
}


@cache
def raised(plant: Callable[[int], Month], seed: int) -> frozenset[str]:
    return frozenset(plant(seed).raised())


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.__name__)
def test_planted_pattern_is_caught(plant):
    missed = [seed for seed in SEEDS if PLANTS[plant] not in raised(plant, seed)]
    assert missed == [], plant.__doc__


@pytest.mark.parametrize("plant", [p for p in PLANTS if p is not rounded], ids=lambda plant: plant.__name__)
def test_nothing_else_is_raised_with_it(plant):
    assert {i for seed in SEEDS for i in raised(plant, seed)} == {PLANTS[plant]}


def test_who_is_concerned():
    by_patient = double_booked(0).screen().by_patient
    assert set(by_patient) == {"key0000", "key0001"}
    (reason,) = by_patient["key0000"]
    assert [s.line for s in reason.sources] == [92]
    assert "rn_77" in reason.detail
    assert "120 seconds" in reason.detail


def test_the_patients_of_a_heap_carry_the_flag_and_others_do_not():
    screening = identical_recorded(0).screen()
    assert set(screening.by_patient) == {f"key{n:04d}" for n in range(6)}


@pytest.mark.parametrize(
    ("minutes", "people", "flagged"),
    [(600, 1, False), (601, 1, True), (601, 2, False)],
    ids=["ten hours", "ten hours and a minute", "shared by two persons"],
)
def test_ten_hours_fit_into_a_day(minutes, people, flagged):
    month = Month({})
    start, left, number = at(8, 7), minutes, 0
    while left:
        length = min(left, 25)
        month.time[number] = [entry(number, 0, start, length * 60, f"rn_{number % people}")]
        start, left, number = start + timedelta(minutes=length), left - length, number + 1
    assert ("audit.impossible_day" in month.raised()) is flagged


@pytest.mark.parametrize(("seconds", "flagged"), [(59, False), (60, True)])
def test_an_overlap_of_a_minute_is_none_of_rounding(seconds, flagged):
    month = Month({0: [entry(0, 0, at(8, 9), 600)], 1: [entry(1, 0, at(8, 9, 10) - timedelta(seconds=seconds), 600)]})
    assert ("audit.impossible_day" in month.raised()) is flagged


@pytest.mark.parametrize(
    ("patients", "text", "flagged"),
    [(4, "reviewed all medications", False), (5, "reviewed all medications", True), (9, "check-in call", False)],
)
def test_cloned_from_five_patients_on(patients, text, flagged):
    month = Month({n: [entry(n, 0, at(WEEKDAYS[n], 9), 600 + n, text=text)] for n in range(patients)})
    assert ("audit.cloned_description" in month.raised()) is flagged


def test_one_patients_own_repeated_note_is_no_clone():
    month = Month({0: [entry(0, n, at(WEEKDAYS[n], 9), 600 + n, text="reviewed all medications") for n in range(9)]})
    assert month.raised() == set()


def test_a_day_is_local():
    # 9 p.m. to 3 a.m. in Chicago is one day in UTC, two in the practice's zone
    calls = [entry(n, 0, at(8, 18) + timedelta(minutes=24 * n), 24 * 60 - n) for n in range(30)]
    month = Month({n: [c] for n, c in enumerate(calls)})
    assert month.raised() == set()


def test_days_past_the_month_are_left_to_the_next_screening():
    # a call over the month's last midnight, and that day's work until the evening
    month = Month({0: [entry(0, 0, at(31, 23, 50), 900)], 1: [entry(1, 0, at(31, 17) + timedelta(days=1), 300)]})
    assert month.raised() == set()
