"""The same month in every contact center's form gives the decisions that it gives in our own CSV."""

from __future__ import annotations

from functools import cache

import pytest

from flows.ccm.audit import screen
from flows.ccm.decide import decide
from flows.ccm.practice import terms_of
from flows.intake.reading import InboxObject, Intake, read_month
from flows.rulebook.resolve import load
from flows.synthesize.dials import Dials
from flows.synthesize.generate import SyntheticMonth, synthesize
from flows.synthesize.vendor_forms import CALL_FORMS, LAYOUTS, write_as
from tests.intake.practice_fixture import assert_balanced
from tests.synthesize.examples import NOVEMBER, practice

DIALS = Dials(duplicate_rows=0.2, overlap=0.1, double_booked=0.1, outside_month=0.2, unmatched_caller=0.1, garbled_rows=0.1)
# Practices in other zones: a local time that is not Pacific is where a layout's zone shows.
ZONES = ("America/Los_Angeles", "America/Chicago")

SETS = [LAYOUTS, *[(name,) for name in CALL_FORMS], ("crm_activity", "ringcentral")]


@cache
def _month(zone: str) -> SyntheticMonth:
    return synthesize(practice(time_zone=zone), NOVEMBER, 60, 11, DIALS)


def _read(month: SyntheticMonth, zone: str) -> Intake:
    objects = [InboxObject(key, "v1", data) for key, data in month.objects.items()]
    intake = read_month(objects, practice(time_zone=zone), NOVEMBER, load().crosswalk)
    assert_balanced(intake)
    return intake


@cache
def _canonical(zone: str) -> Intake:
    return _read(_month(zone), zone)


def _decisions(intake: Intake, zone: str) -> dict[str, object]:
    who = practice(time_zone=zone)
    rules = load().in_force(NOVEMBER, terms_of(who, NOVEMBER.last_day))
    decisions = [decide(month, rules) for month in intake.patient_months]
    flags = screen(intake.patient_months, decisions, rules)
    told = {
        d.patient_key: (d.outcome, d.lines, d.at_stake, [r.id for r in d.reasons], d.seconds, d.excluded, d.service_to)
        for d in decisions
    }
    return told | {"flags": [(f.id, f.detail) for f in flags.month], "tests": flags.statistics}


def _time(intake: Intake) -> dict[str, list[tuple[object, ...]]]:
    """Every entry with all that a decision may ask of it, in an order that does not hang on the files."""
    return {
        month.patient.key: sorted(
            (e.started, e.seconds, e.person, e.credential, e.activity, e.about, e.mode, e.call_id, e.call_seconds or 0)
            for e in month.time
        )
        for month in intake.patient_months
    }


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("layouts", SETS, ids=["all in one inbox", *CALL_FORMS, "CRM report beside RingCentral"])
def test_the_same_month_in_other_forms_is_decided_alike(layouts, zone):
    month = _month(zone)
    told = write_as(month, practice(time_zone=zone), layouts)
    assert len(told.objects) >= len(month.objects) + len(set(layouts) & set(CALL_FORMS))
    intake = _read(told, zone)
    assert _time(intake) == _time(_canonical(zone))
    assert _decisions(intake, zone) == _decisions(_canonical(zone), zone)
    # every call of a documented entry is accounted for by name
    assert sum(item.ignored.get("call record of a documented entry", 0) for item in intake.inputs) > 50


def test_calls_that_nobody_documented_count_where_their_record_says_all():
    zone = ZONES[1]
    told = write_as(_month(zone), practice(time_zone=zone), LAYOUTS, undocumented=0.5)
    intake, canonical = _read(told, zone), _canonical(zone)
    alone = [e for m in intake.patient_months for e in m.time if e.call_seconds == e.seconds]
    assert len(alone) > 20
    got, wanted = _decisions(intake, zone), _decisions(canonical, zone)
    patients = [m.patient.key for m in canonical.patient_months]
    assert {key: got[key] for key in patients} == {key: wanted[key] for key in patients}


def test_only_the_rejects_that_were_planted_concern_documentation():
    zone = ZONES[0]
    month = _month(zone)
    intake = _read(write_as(month, practice(time_zone=zone), CALL_FORMS), zone)
    told = {f"{r.source.key}:{r.source.line}": r.reason for r in intake.rejects if r.source.key in month.objects}
    assert told == month.expected["rejects"]
    # the calls behind rejected entries have no entry of their own, and say what they lack
    others = [r for r in intake.rejects if r.source.key not in month.objects]
    assert others and {(r.reason, r.field) for r in others} <= {("row.missing_field", "mrn"), ("row.missing_field", "about")}


def test_the_same_month_is_told_in_the_same_bytes():
    month, who = _month(ZONES[0]), practice(time_zone=ZONES[0])
    assert write_as(month, who, undocumented=0.3).objects == write_as(month, who, undocumented=0.3).objects
    with pytest.raises(ValueError, match="avaya"):
        write_as(month, who, ("avaya",))
