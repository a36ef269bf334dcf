"""Changing one number of the rulebook changes exactly the cases that a reader of the cases would expect."""

from __future__ import annotations

from flows.cases.run import run_case
from flows.rulebook.resolve import load
from tests.rules.examples import added, changed, copied_rulebook, our_cases

CITATION = 'citation = { title = "A citation for a test", url = "https://www.cms.gov/" }'


def broken_by(home) -> set[str]:
    """The names of the cases that no longer hold under a changed rulebook."""
    rules = load(home)
    return {case.name for case in our_cases() if run_case(case, rules).differences}


def test_one_add_on_fewer_breaks_the_cases_that_bill_two(tmp_path):
    home = copied_rulebook(tmp_path)
    changed(home, "families.toml", 'code = "99439", minutes = 20, max_units = 2', 'code = "99439", minutes = 20, max_units = 1')
    assert broken_by(home) == {case.name for case in our_cases() if "99439 x2" in case.expect.lines}


def test_half_a_year_for_the_initiating_visit_breaks_the_visits_that_are_older(tmp_path):
    home = copied_rulebook(tmp_path)
    changed(home, "visits.toml", "within_months = 12", "within_months = 6")
    assert broken_by(home) == {
        "Seen a year before enrolment to the day is within the year",
        "Seen eleven months before an enrolment three years ago: the visit is tested at enrolment only",
        "Enrolled on a leap day, seen on the first of March before",
    }


def test_a_rule_of_next_year_breaks_no_case_of_this_one(tmp_path):
    home = copied_rulebook(tmp_path)
    added(
        home,
        "conditions.toml",
        f'[[version]]\neffective = "2098-01"\ncount = 3\nmonths = 12\n{CITATION}',
    )
    assert broken_by(home) == set()


def test_a_convention_that_a_mac_told_moves_only_that_macs_dates_from_its_first_month(tmp_path):
    home = copied_rulebook(tmp_path)
    added(
        home,
        "dates.toml",
        f'[[mac]]\njurisdictions = ["JN"]\neffective = "2025-06"\nconvention = "full_month"\n{CITATION}',
    )
    assert broken_by(home) == {"JN has no convention of its own on record: the month's last day"}
