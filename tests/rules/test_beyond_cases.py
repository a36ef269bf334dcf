"""What a case cannot tell: charges, places on file, another patient's minutes, another service's minutes, whose own NPI."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest

from flows.ccm.decide import decide
from flows.ccm.patient import OtherService
from flows.ccm.source import Source
from flows.ccm.time_entry import BusyTime
from tests.rules.examples import compliant, rules_for
from tests.rules.time_entries import ZONE, entry

TENTH_HOUR = datetime(2025, 11, 4, 10, 0, tzinfo=ZONE)
NEXT_DAY = datetime(2025, 11, 5, 10, 0, tzinfo=ZONE)
NURSE_25 = (entry(1, TENTH_HOUR, 1500, "ann"),)


def _reasons(decision):
    return [reason.id for reason in decision.reasons]


@pytest.mark.parametrize("place", ["02", "10", "12", "13", "21", "23", "31", "32", "51", "61", "50", "72", "99"])
def test_a_place_that_ccm_is_not_billed_with_holds_the_month(place):
    decision = decide(compliant(time=NURSE_25), rules_for(place_of_service=place))
    assert (decision.outcome, _reasons(decision)) == ("hold", ["practice.place_of_service"])


@pytest.mark.parametrize("place", ["11", "19", "22"])
def test_a_place_that_ccm_is_billed_with_is_on_the_claim(place):
    decision = decide(compliant(time=NURSE_25), rules_for(kind="hospital_outpatient", place_of_service=place))
    assert (decision.outcome, decision.place_of_service) == ("bill", place)


def test_an_institutional_claim_asks_no_place():
    assert decide(compliant(time=NURSE_25), rules_for(kind="rhc", place_of_service="50")).outcome == "bill"


def test_a_code_without_a_charge_holds_the_month():
    forty = (entry(1, TENTH_HOUR, 2400, "ann"),)
    decision = decide(compliant(time=forty), rules_for(charges={"99490": Decimal("80.00")}))
    assert (decision.outcome, _reasons(decision)) == ("hold", ["practice.charge"])
    assert "99439" in decision.reasons[0].detail


def test_a_line_carries_the_charge_for_all_its_units():
    sixty = (entry(1, TENTH_HOUR, 3600, "ann"),)
    decision = decide(compliant(time=sixty), rules_for(charges={"99490": Decimal("80.00"), "99439": Decimal("60.50")}))
    assert [(line.code, line.charge) for line in decision.lines] == [("99490", Decimal("80.00")), ("99439", Decimal("121.00"))]


# National amounts: relative values times the year's conversion factor, worked by hand from the fee schedule.
@pytest.mark.parametrize(
    ("month", "kind", "credential", "expected"),
    [
        ("2025-11", "office", "MD", "60.49"),
        ("2025-11", "office", "NP", "51.42"),
        ("2025-11", "office", "CNM", "60.49"),
        ("2025-11", "hospital_outpatient", "MD", "47.87"),
        ("2025-11", "rhc", "NP", "60.49"),
        ("2026-11", "office", "MD", "66.13"),
        ("2026-11", "hospital_outpatient", "MD", "43.76"),
    ],
)
def test_expected_amount(month, kind, credential, expected):
    year, number = map(int, month.split("-"))
    time = (replace(NURSE_25[0], started=TENTH_HOUR.replace(year=year, month=number)),)
    rules = rules_for(month, kind=kind, billing_credentials={"dr_a": credential})
    assert [str(line.expected) for line in decide(compliant(month, time=time), rules).lines] == [expected]


def test_a_persons_minutes_that_overlap_another_patients_count_for_neither():
    busy = (BusyTime("ann", TENTH_HOUR.replace(minute=20), 600),)
    decision = decide(compliant(time=NURSE_25, busy=busy), rules_for())
    assert decision.excluded == {"time.double_booked": 300}
    assert decision.seconds == {"staff": 1200, "practitioner": 0}


def test_another_persons_other_patient_takes_nothing():
    assert decide(compliant(time=NURSE_25, busy=(BusyTime("bea", TENTH_HOUR, 1500),)), rules_for()).excluded == {}


def test_minutes_shared_with_remote_monitoring_count_there():
    """Twenty-five minutes, six of them inside another service's: nineteen are left."""
    monitoring = OtherService("99457", TENTH_HOUR.date(), "same", started=TENTH_HOUR.replace(minute=19), seconds=1320)
    decision = decide(compliant(time=NURSE_25, other_services=(monitoring,)), rules_for())
    assert (decision.outcome, _reasons(decision)) == ("not_billable", ["time.below_threshold"])
    assert decision.excluded == {"time.other_service": 360}


def test_staff_and_practitioner_seconds_are_floored_apart():
    """Ten and a half minutes of a nurse and nine and a half of a physician are 10 + 9: one floor a month and performer."""
    pooled = (entry(1, TENTH_HOUR, 630, "ann"), entry(2, NEXT_DAY, 570, "ames"))
    assert decide(compliant(time=pooled), rules_for()).outcome == "not_billable"
    exact = (entry(1, TENTH_HOUR, 660, "ann"), entry(2, NEXT_DAY, 570, "ames"))
    assert [str(line) for line in decide(compliant(time=exact), rules_for()).lines] == ["99490 x1"]


def test_a_duplicate_never_changes_whose_minutes_count():
    tied = (entry(5, TENTH_HOUR, 1800, "ames"), entry(6, TENTH_HOUR, 1800, "bell"), entry(9, NEXT_DAY, 1800, "ames"))
    again = replace(tied[1], entry_id="entry 001", source=Source("a later file", 1))
    once, twice = (decide(compliant(time=time), rules_for()) for time in (tied, (*tied, again)))
    assert [str(line) for line in twice.lines] == [str(line) for line in once.lines]
