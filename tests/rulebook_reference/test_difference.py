"""What changed between two months: at the real change dates, under an added block, and nothing where nothing did."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.service_month import ServiceMonth
from flows.rulebook.difference import Change, changes, rules_diff
from flows.rulebook.read import HOME
from tests.rulebook_reference.examples import altered, practice


def by_subject(found: tuple[Change, ...]) -> dict[str, Change]:
    return {change.subject: change for change in found if not change.topic.startswith("Amounts")}


def test_an_rhc_turns_from_g0511_to_the_codes():
    found = by_subject(changes(ServiceMonth(2025, 6), ServiceMonth(2025, 7), practice("cumberland-rural")))
    assert set(found) == {"rhc", "general", "practitioner", "staff", "complex"}
    assert found["rhc"].fields() == (("bills the families", "general", "practitioner, staff and complex"),)
    assert found["general"].after is None
    assert found["staff"].before is None


def test_the_same_months_change_nothing_for_an_office():
    text = rules_diff(ServiceMonth(2025, 6), ServiceMonth(2025, 7), practice("bayview-family"))
    assert text == "Nothing changed in the rules between 2025-06 and 2025-07 for bayview-family.\n"


def test_new_year_new_rates_with_both_sources():
    text = rules_diff(ServiceMonth(2025, 12), ServiceMonth(2026, 1))
    assert "  99490: source [1] -> [2]\n    not facility: $60.49 -> $66.13\n    facility: $47.87 -> $43.76\n" in text
    assert "\n    conversion factor: $32.3465 -> $33.4009\n" in text
    assert "  G0511: no longer in force in 2026-01; source [1]\n    flat: $54.67\n" in text
    assert "[1] Medicare physician fee schedule relative value file, October 2025 <https://" in text
    assert "[2] Medicare physician fee schedule relative value file, July 2026, not a qualifying participant <https://" in text
    assert "-> [4] [unverified]" in text or "-> [3] [unverified]" in text  # the 2026 indices


ADDED = """
[[family]]
id = "staff"
effective = "2025-11"
pool = "month"
base = { code = "99490", minutes = 20 }
add_on = { code = "99439", minutes = 20, max_units = 3 }
flag_over_limit = false
citation = { title = "An invented later limit", url = "https://example.org/limit", verified = false }
"""


def test_an_added_block_changes_one_field_of_one_rule(tmp_path: Path):
    text = (HOME / "families.toml").read_text(encoding="utf-8")
    home = altered(tmp_path, "families.toml", text, text + ADDED)
    (change,) = changes(ServiceMonth(2025, 10), ServiceMonth(2025, 11), home=home)
    assert (change.topic, change.subject) == ("Code families, thresholds and monthly limits", "staff")
    assert change.fields() == (("monthly limit", "99490 1, 99439 2", "99490 1, 99439 3"),)
    assert "  staff: source [1] -> [2] [unverified]\n    monthly limit: 99490 1, 99439 2 -> 99490 1, 99439 3\n" in rules_diff(
        ServiceMonth(2025, 10), ServiceMonth(2025, 11), home=home
    )
    assert changes(ServiceMonth(2025, 11), ServiceMonth(2025, 12), home=home) == ()


def test_a_source_alone_may_change(tmp_path: Path):
    text = (HOME / "care_plan.toml").read_text(encoding="utf-8")
    later = '\n[[version]]\neffective = "2025-11"\ncitation = { title = "Another page", url = "https://example.org/plan" }\n'
    home = altered(tmp_path, "care_plan.toml", text, text + later)
    told = rules_diff(ServiceMonth(2025, 10), ServiceMonth(2025, 11), home=home)
    assert "  comprehensive care plan: only the source changed, source [1] -> [2]\n" in told


MONTHS = st.builds(ServiceMonth, st.integers(2024, 2026), st.integers(1, 12))


@settings(max_examples=15, deadline=None)
@given(MONTHS, MONTHS, st.sampled_from([None, "bayview-family", "cumberland-rural"]))
def test_backwards_is_the_same_turned_round(one: ServiceMonth, two: ServiceMonth, slug: str | None):
    who = practice(slug) if slug else None
    there, back = changes(one, two, who), changes(two, one, who)
    assert {(c.before, c.after) for c in there} == {(c.after, c.before) for c in back}
    assert changes(one, one, who) == ()


@pytest.mark.parametrize("month", range(1, 12))
def test_within_a_year_only_the_known_dates_change_anything(month: int):
    found = changes(ServiceMonth(2025, month), ServiceMonth(2025, month + 1))
    assert bool(found) == (month == 6)
