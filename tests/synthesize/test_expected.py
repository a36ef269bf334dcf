"""expected.json balances, and its minutes are those of the rows, counted here without the generator's own figures."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.service_month import ServiceMonth
from flows.synthesize.dials import COURSE_DIALS, RECORD_DIALS, ROW_DIALS, TIME_DIALS, Dials
from flows.synthesize.generate import synthesize
from flows.synthesize.roster import with_enough_staff
from tests.synthesize.examples import NOVEMBER, only, practice
from tests.synthesize.reading import call_keys, doubled_seconds, logged, raw_rows

SHARES = st.sampled_from([0.0, 0.02, 0.3, 1.0])
OTHER_DIALS = ("below_threshold", "two_at_once")


@settings(max_examples=30, deadline=None)
@given(
    shares=st.dictionaries(st.sampled_from([*RECORD_DIALS, *COURSE_DIALS, *TIME_DIALS, *ROW_DIALS, *OTHER_DIALS]), SHARES),
    patients=st.integers(0, 14),
    seed=st.integers(0, 10**6),
    records=st.sampled_from(["csv", "fhir", "mixed"]),
)
def test_every_row_has_one_fate(shares, patients, seed, records):
    month = synthesize(practice(), NOVEMBER, patients, seed, only(**shares), records)
    expected = month.expected
    totals = expected["totals"]
    for key in month.objects:
        if ".csv" in key:
            assert sum(1 for _ in raw_rows(month, key)) - 1 == expected["rows"][key]
    assert expected["rows"].keys() == month.objects.keys()
    lines = {f"{key}:{line}" for key in call_keys(month) for line, _ in raw_rows(month, key) if line > 1}
    assert expected["rejects"].keys() <= lines
    assert len(lines) == totals["call_rows"] == totals["counted_rows"] + totals["excluded_rows"] + totals["rejected_rows"]
    assert len(expected["patients"]) == patients == sum(totals["outcomes"].values())


def test_counted_and_excluded_are_all_that_was_logged():
    facts = practice()
    month = synthesize(facts, NOVEMBER, 150, 21, Dials(duplicate_rows=0.2, overlap=0.2, double_booked=0.2, outside_month=0.2))
    seconds = defaultdict(int)
    for row in logged(month, facts):
        seconds[row.patient] += row.seconds
    planted = {mrn: sum(p["seconds"].values()) + sum(p["excluded"].values()) for mrn, p in month.expected["patients"].items()}
    assert seconds == {mrn: total for mrn, total in planted.items() if total}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nobody_is_in_two_places_unless_planted(seed):
    facts = practice()
    month = synthesize(facts, NOVEMBER, 200, seed, Dials.clean())
    by_person, by_patient = defaultdict(list), defaultdict(list)
    for row in logged(month, facts):
        by_person[row.person].append(row)
        by_patient[row.patient].append(row)
        local = row.started.astimezone(ZoneInfo(facts.time_zone))
        assert local.weekday() < 5 and 8 <= local.hour < 18 and NOVEMBER.contains(local.date())
    assert sum(map(doubled_seconds, by_person.values())) == sum(map(doubled_seconds, by_patient.values())) == 0
    assert month.expected["totals"]["outcomes"] == {"bill": 200}


@pytest.mark.parametrize(
    "dial, reason, whose, times",
    # an overlap is excluded once, from the later entry; a double booking from both patients
    [("overlap", "time.overlap", "patient", 1), ("double_booked", "time.double_booked", "person", 2)],
)
def test_planted_overlaps_are_as_long_as_expected(dial, reason, whose, times):
    facts = practice()
    month = synthesize(facts, NOVEMBER, 60, 5, only(**{dial: 1.0}))
    groups = defaultdict(list)
    for row in logged(month, facts):
        groups[getattr(row, whose)].append(row)
    excluded = [p["excluded"].get(reason, 0) for p in month.expected["patients"].values()]
    assert times * sum(map(doubled_seconds, groups.values())) == sum(excluded) > 0
    assert sum(map(bool, excluded)) > 30


def test_time_outside_the_month_is_what_lies_beyond_its_midnights():
    facts = practice()
    month = synthesize(facts, NOVEMBER, 40, 5, only(outside_month=1.0))
    zone = ZoneInfo(facts.time_zone)
    first, after = NOVEMBER.start(zone), NOVEMBER.end(zone)
    outside, straddling = defaultdict(timedelta), 0
    for row in logged(month, facts):
        inside = max(timedelta(), min(row.ended, after) - max(row.started, first))
        outside[row.patient] += row.ended - row.started - inside
        straddling += bool(inside) and inside < row.ended - row.started
    assert {m: p["excluded"]["time.outside_month"] for m, p in month.expected["patients"].items()} == {
        mrn: int(beyond.total_seconds()) for mrn, beyond in outside.items()
    }
    assert straddling >= 3


def test_totals_spread_over_every_tier_without_crowding_a_threshold():
    facts = with_enough_staff(practice(), 600)
    patients = synthesize(facts, NOVEMBER, 600, 8).expected["patients"].values()
    minutes = [sum(p["seconds"].values()) // 60 for p in patients]
    assert all(sum(low <= m < high for m in minutes) > 20 for low, high in ((0, 20), (20, 40), (40, 60), (60, 200)))
    for threshold in (20, 40, 60):
        just_above = sum(threshold <= m < threshold + 2 for m in minutes)
        assert just_above <= 0.12 * len(minutes)
    assert sum(p["seconds"]["practitioner"] >= 1800 for p in patients) > 20
    assert {"99487 x1", "99489 x1", "99491 x1"} <= {line for p in patients for line in p["lines"]}


def test_more_staff_make_room_for_any_number_of_patients():
    facts = with_enough_staff(practice(), 900)
    month = synthesize(facts, ServiceMonth(2026, 2), 900, 8, entry_seconds=240)
    assert month.expected["totals"]["patients"] == 900
    known = {login for s in facts.staff for login in (s.id, *s.logins)} | {p.id for p in facts.practitioners}
    assert all(row.cells["staff_id"] in known or row.cells["staff_id"].startswith("temp-agency") for row in logged(month, facts))
