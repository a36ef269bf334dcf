"""The table says the figures of the month asked for, marks what is unverified, and shows a practice its own choices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from flows.ccm.practice import Choice
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.read import RulebookError, read
from flows.rulebook.statement import Statement, in_force
from flows.rulebook.table import rules_markdown, rules_table
from tests.rulebook_reference.examples import NOVEMBER, practice

FILES = read()


def said(topic: str, subject: str, month: ServiceMonth = NOVEMBER, slug: str = "", mac: str | None = None) -> dict[str, str]:
    found = [s for s in statements(month, slug, mac) if s.topic.startswith(topic) and s.subject == subject]
    assert len(found) == 1
    return dict(found[0].fields)


def statements(month: ServiceMonth, slug: str = "", mac: str | None = None) -> tuple[Statement, ...]:
    return in_force(FILES, month, practice(slug) if slug else None, mac)


# The figures are those of the fee schedule and the unit limits, written here by hand.
@pytest.mark.parametrize(
    ("topic", "subject", "month", "field", "words"),
    [
        ("Code families, thresholds", "staff", NOVEMBER, "first", "99490 at 20 minutes"),
        ("Code families, thresholds", "staff", NOVEMBER, "monthly limit", "99490 1, 99439 2"),
        ("Code families, thresholds", "complex", NOVEMBER, "decision making", "moderate or high"),
        ("Code families, thresholds", "practitioner", NOVEMBER, "then", "99437 for each further 30 minutes"),
        ("Code families by kind", "rhc", ServiceMonth(2025, 6), "bills the families", "general"),
        ("Code families by kind", "rhc", ServiceMonth(2025, 7), "bills the families", "practitioner, staff and complex"),
        ("National rates", "99490", NOVEMBER, "not facility", "$60.49"),
        ("National rates", "99490", ServiceMonth(2026, 1), "not facility", "$66.13"),
        ("National rates", "99487", ServiceMonth(2026, 1), "facility", "$79.16"),
        ("National rates", "G0511", ServiceMonth(2024, 2), "flat", "$71.68"),
        ("National rates", "G0511", ServiceMonth(2024, 3), "flat", "$72.98"),
        ("Claim forms", "fqhc", NOVEMBER, "claim", "837I"),
        ("Conditions", "chronic conditions", NOVEMBER, "at least", "2"),
        ("Places of service", "place of service", NOVEMBER, "refused", "02, 10, 21, 23, 31, 51, 61"),
        ("Services of the month", "conflict.tcm (same/other/elsewhere)", NOVEMBER, "codes", "99495, 99496"),
    ],
)
def test_a_rule_of_a_month(topic: str, subject: str, month: ServiceMonth, field: str, words: str):
    assert said(topic, subject, month)[field] == words


def test_no_statement_is_mute_or_said_twice():
    for slug in ("", "bayview-family", "cumberland-rural", "gulfside-hospital"):
        found = statements(NOVEMBER, slug)
        assert all(s.fields for s in found)
        assert len({(s.topic, s.subject) for s in found}) == len(found)


def test_a_family_that_nobody_bills_is_left_out():
    def families(month: ServiceMonth, slug: str = "") -> set[str]:
        return {s.subject for s in statements(month, slug) if s.topic.startswith("Code families, thresholds")}

    assert families(ServiceMonth(2025, 6)) == {"practitioner", "staff", "complex", "general"}
    assert families(ServiceMonth(2025, 7)) == {"practitioner", "staff", "complex"}
    assert families(ServiceMonth(2025, 6), "cumberland-rural") == {"general"}


def test_a_practice_sees_its_kind_its_mac_and_its_recorded_choice():
    found = statements(NOVEMBER, "gulfside-hospital")
    assert {s.subject for s in found if s.topic == "Claim forms"} == {"hospital_outpatient"}
    assert {s.subject for s in found if s.topic.startswith("Claim dates")} == {"JH"}
    assert said("Claim dates", "JH", slug="gulfside-hospital")["in use"] == "no: the practice recorded full_month"
    dates = said("Choices", "service_dates", slug="gulfside-hospital")
    assert dates["reading"] == "full_month (first to last day of the month)"
    assert dates["recorded"].startswith("by Odalys Ferrante, revenue integrity on 2025-01-02, on: Synthetic example")
    assert dates["default"] == "mac"
    left = said("Choices", "complex_choice", slug="gulfside-hospital")
    assert left["reading"].endswith("bill the complex family), the default")
    assert "recorded" not in left


def test_a_choice_that_lifts_a_conflict_is_seen_at_the_conflict():
    allowing = replace(
        practice("bayview-family"), choices={"tcm_same_month": Choice("allow", "A. Lead", date(2025, 1, 2), "CMS since 2020")}
    )
    tcm = [s for s in in_force(FILES, NOVEMBER, allowing) if s.subject.startswith("conflict.tcm")]
    assert dict(tcm[0].fields)["not applied"] == "where the practice's choice tcm_same_month is allow, as it is"


def test_the_locality_and_the_amounts_of_a_practice():
    index = said("Locality adjustment", "locality 01112-05", slug="bayview-family")
    work, expense, malpractice = (Decimal(index[name]) for name in ("work", "practice expense", "malpractice"))
    by_hand = (work * 1 + expense * Decimal("0.81") + malpractice * Decimal("0.06")) * Decimal("32.3465")
    assert said("Amounts this practice", "99490", slug="bayview-family")["a unit"] == f"${by_hand:.2f}"
    assert said("Amounts this practice", "99490", slug="cumberland-rural") == {
        "a unit": "$60.49",
        "basis": "2025, national, not facility",
    }


def test_a_mac_may_be_named_and_must_be_known():
    assert {s.subject for s in statements(NOVEMBER, mac="J15") if s.topic.startswith("Claim dates")} == {"J15"}
    assert len([s for s in statements(NOVEMBER) if s.topic.startswith("Claim dates")]) == 12
    with pytest.raises(RulebookError, match=r"MAC J99: no such jurisdiction in dates\.toml; use one of J15, J5"):
        rules_table(NOVEMBER, mac="J99")


@pytest.mark.parametrize(
    ("month", "line"),
    [
        (ServiceMonth(2023, 12), "service month 2023-12 lies before the rulebook's first, 2024-01; choose a later month"),
        (ServiceMonth(2098, 1), "rates.toml: no [[version]] is in force in 2098-01; add a block that governs that month"),
    ],
)
def test_a_month_without_rules_is_one_line(month: ServiceMonth, line: str):
    with pytest.raises(RulebookError) as refused:
        rules_table(month)
    assert refused.value.problems == (line,)


def test_each_rule_of_the_text_points_at_a_source_and_unverified_ones_show():
    text = rules_table(NOVEMBER, practice("bayview-family"), width=200)
    body, _, listed = text.partition("\nSources\n")
    sources = dict(line.split(" ", 1) for line in listed.splitlines())
    known = [s.subject for s in statements(NOVEMBER, "bayview-family") if len(s.subject) < 24 and not s.subject.isdecimal()]
    rows = {subject: next(line for line in body.splitlines() if line.startswith(f" {subject} ")) for subject in known}
    assert len(rows) > 20
    for subject, row in rows.items():
        assert row.split()[-1] in sources, subject
    unverified = [line for line in listed.splitlines() if line.endswith("[unverified]")]
    assert any("no Noridian page found" in line for line in unverified)
    assert body.count("[unverified]") == sum(not s.citation.verified for s in statements(NOVEMBER, "bayview-family"))


@pytest.mark.parametrize("width", [60, 80, 120, 240])
def test_the_table_keeps_to_its_width_and_is_the_same_each_time(width: int, monkeypatch: pytest.MonkeyPatch):
    text = rules_table(NOVEMBER, width=width)
    body = text.partition("\nSources\n")[0].splitlines()[1:]
    assert max(len(line) for line in body) <= width
    assert "…" not in text
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert rules_table(NOVEMBER, width=width) == text


def test_the_markdown_form_has_the_same_rules():
    text = rules_markdown(NOVEMBER, practice("gulfside-hospital"))
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| rule |")]
    assert len(rows) == len(statements(NOVEMBER, "gulfside-hospital"))
    assert all(line.count(" | ") == 3 for line in rows)
