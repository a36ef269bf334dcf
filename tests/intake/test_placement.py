"""Callers and patients: exact rules and confirmations attach, a likeness only ranks; nobody is attached to the wrong chart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from flows.ccm.patient import Patient
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.intake.confirmed import Confirmation, Confirmed
from flows.intake.identity import Identity, Roster
from flows.intake.likely import Likely
from flows.intake.placement import Placement
from flows.rulebook.resolve import load
from tests.intake.planted_callers import score
from tests.rules.examples import terms_with

LIKENESS = load().in_force(ServiceMonth(2025, 11), terms_with()).likeness
SENIOR = Patient("k1", "M1", "Baker", "Robert", date(1940, 3, 4), "M", phone="415-555-0100")
JUNIOR = replace(SENIOR, key="k2", mrn="M2", born=date(1965, 8, 9))
TWIN_ONE = Patient("k3", "M3", "Ortiz", "Alma", date(1950, 2, 11), "F", phone="415-555-0101")
TWIN_TWO = replace(TWIN_ONE, key="k4", mrn="M4", given_name="Irma")
HYPHENATED = Patient("k5", "M5", "Nowak-Reyes", "Dorothy", date(1948, 7, 1), "F", phone="415-555-0102")
ROSTER = (SENIOR, JUNIOR, TWIN_ONE, TWIN_TWO, HYPHENATED)


def placed(row: Identity, *confirmations: Confirmation):
    assert LIKENESS is not None
    return Placement(Roster(ROSTER), Confirmed(confirmations), Likely(ROSTER, LIKENESS)).match(row)


@pytest.mark.parametrize(
    ("row", "mrn"),
    [
        (Identity(family_name="Baker", given_name="Robert", born=date(1965, 8, 9)), "M2"),
        (Identity(family_name="ortiz", given_name="IRMA", phone="(415) 555-0101"), "M4"),
        (Identity(family_name="Nowak Reyes", given_name="Dorothy", born=date(1948, 7, 1)), "M5"),
    ],
)
def test_an_exact_rule_attaches(row, mrn):
    assert placed(row).mrn == mrn


@pytest.mark.parametrize(
    ("told", "row", "first"),
    [
        (
            "a junior and a senior on one phone",
            Identity(family_name="Baker", given_name="Robert", phone="4155550100"),
            ("M1", "M2"),
        ),
        ("a nickname", Identity(family_name="Baker", given_name="Bob", born=date(1940, 3, 4)), ("M1",)),
        ("day and month swapped", Identity(family_name="Baker", given_name="Robert", born=date(1940, 4, 3)), ("M1",)),
        ("half of a hyphenated name", Identity(family_name="Nowak", given_name="Dorothy", phone="4155550102"), ("M5",)),
        ("a maiden name", Identity(family_name="Lind", given_name="Dorothy", born=date(1948, 7, 1), phone="4155550102"), ("M5",)),
        ("names swapped", Identity(family_name="Dorothy", given_name="Nowak-Reyes", born=date(1948, 7, 1)), ("M5",)),
        ("a misspelling", Identity(family_name="Ortis", given_name="Alma", born=date(1950, 2, 11)), ("M3",)),
    ],
)
def test_a_likeness_ranks_and_never_attaches(told, row, first):
    match = placed(row)
    assert match.mrn == "", told
    assert match.candidates[: len(first)] == first


def test_a_namesake_born_on_nearly_that_day_is_not_told_apart_by_names_and_date_alone():
    younger = replace(SENIOR, key="k6", mrn="M6", born=date(1941, 3, 4), phone="415-555-0177")
    roster = Roster((*ROSTER, younger))
    row = Identity(family_name="Baker", given_name="Robert", born=date(1940, 3, 4), phone="2125550199")
    assert roster.match(row).candidates == ("M1", "M6")
    assert roster.match(replace(row, phone="4155550100")).mrn == "M1"
    assert roster.match(replace(row, mrn="M1")).mrn == "M1"


def test_a_caller_on_no_roster_has_no_patient():
    match = placed(Identity(family_name="Zielinski", given_name="Hugo", born=date(1931, 1, 1), phone="2125550199"))
    assert (match.mrn, match.reason, match.candidates) == ("", "patient.unmatched", ())


def test_a_confirmed_caller_is_attached_and_only_that_caller():
    bob = Identity(family_name="Baker", given_name="Bob", born=date(1940, 3, 4))
    confirmation = Confirmation(bob, "M1", "Ana Reyes, front desk", date(2025, 12, 2), Source("identity.csv", 2))
    assert placed(replace(bob, family_name="BAKER"), confirmation).mrn == "M1"
    assert placed(replace(bob, born=date(1940, 3, 5)), confirmation).mrn == ""


def test_of_two_confirmations_for_one_caller_the_later_holds():
    bob = Identity(family_name="Baker", given_name="Bob", phone="4155550100")
    first = Confirmation(bob, "M1", "Ana", date(2025, 12, 2), Source("identity.csv", 2))
    second = Confirmation(bob, "M2", "Ana", date(2025, 12, 9), Source("identity.csv", 3))
    assert placed(bob, second, first).mrn == "M2"


def test_planted_callers():
    """The whole measure: no wrong chart; exact rules place most; whom facts can tell, the queue has first."""
    found = score(4_000, 12_000, 11)
    assert (found.wrong, found.strangers_attached) == (0, 0)
    assert found.easy_attached >= 0.92 * found.easy
    assert found.first >= 0.98 * (found.queued - found.tied)
