"""The house rules of templates, and the wording that they print."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows.ccm.decision import DecisionLine
from flows.outbox import wording
from flows.outbox.bar_chart import bar_chart
from flows.outbox.templates import fill, templates_dir, words

TEMPLATES = sorted(path for path in templates_dir().iterdir() if path.suffix in (".html", ".svg"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_never_trusts_data(path: Path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe|autoescape|\bMarkup\b", text)
    assert not re.search(r"""=\s*\{\{""", text), "an unquoted attribute"
    for attribute in ("style", "src", r"on\w+"):
        assert not re.search(rf"""\s{attribute}\s*=\s*["'][^"']*\{{""", text)
    for href in re.findall(r'href="([^"]*)"', text):
        assert href in ("{{ patient.care_plan }}", "{{ file.href }}") or href.startswith("#")


@pytest.mark.parametrize("path", sorted(templates_dir().glob("care-plan.*.toml")), ids=lambda path: path.name)
def test_every_language_says_the_same_things(path: Path):
    english, other = words("en"), words(path.name.split(".")[1])
    assert other["language"] == path.name.split(".")[1]
    assert english.keys() == other.keys()
    for key, value in english.items():
        if isinstance(value, dict):
            assert value.keys() == other[key].keys()
            assert [len(v) for v in value.values() if isinstance(v, list)] == [
                len(v) for v in other[key].values() if isinstance(v, list)
            ]
        elif isinstance(value, list):
            assert len(value) == len(other[key]) == 12
        else:
            assert sorted(re.findall(r"\{\w+\}", value)) == sorted(re.findall(r"\{\w+\}", other[key]))


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("en", "en"),
        ("es", "es"),
        ("es-MX", "es"),
        ("ES_us", "es"),
        ("", "en"),
        ("vi", "en"),
        ("../../etc/x", "en"),
        ("en.toml\0", "en"),
    ],
)
def test_a_language_without_wording_is_english(asked, got):
    assert words(asked)["language"] == got


def test_a_name_that_a_view_lacks_is_an_error_and_not_a_blank():
    with pytest.raises(Exception, match="undefined"):
        fill("page.html")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (wording.clock(0), "0:00"),
        (wording.clock(59), "0:59"),
        (wording.clock(1199), "19:59"),
        (wording.clock(4530), "75:30"),
        (wording.icd10("E119"), "E11.9"),
        (wording.icd10("e11.9"), "E11.9"),
        (wording.icd10("I10"), "I10"),
        (wording.icd10(""), ""),
        (wording.dollars(Decimal("1234.5")), "$1,234.50"),
        (wording.dollars(None), "—"),
        (wording.phone("6505550100"), "(650) 555-0100"),
        (wording.phone("+1 650 555 0100"), "(650) 555-0100"),
        (wording.phone("ext. 12"), "ext. 12"),
        (wording.shown_date(date(2025, 3, 4)), "March 4, 2025"),
        (wording.shown_date(None), "—"),
        (wording.iso_date(date(2025, 3, 4)), "2025-03-04"),
        (wording.iso_date(None), ""),
        (wording.date_range(date(2025, 3, 1), date(2025, 3, 1)), "March 1, 2025"),
        (wording.date_range(date(2025, 3, 1), date(2025, 3, 31)), "March 1 – 31, 2025"),
        (wording.date_range(date(2025, 12, 31), date(2026, 1, 2)), "December 31, 2025 – January 2, 2026"),
        (wording.long_date(date(2025, 11, 4)), "November 4, 2025"),
        (wording.legible("a\0b\ud800c\u202ed\té"), "a�b�c�d\té"),
        (wording.file_size(1023), "1023 bytes"),
        (wording.file_size(30_720), "30 KB"),
    ],
)
def test_facts_are_written_one_way(written, expected):
    assert written == expected


def test_a_missing_charge_makes_the_sum_unknown_and_not_smaller():
    lines = (DecisionLine("99490", 1, Decimal(75), Decimal(60)), DecisionLine("99439", 1, None, Decimal(46)))
    assert wording.charged_amount(lines) is None
    assert wording.charged_amount(lines[:1]) == Decimal(75)
    assert wording.expected_amount(lines) == Decimal(106)


def test_bars_are_as_high_as_their_values_and_stand_inside_the_chart():
    chart = bar_chart("c", "t", [("a", 0, ""), ("b", 5, "5"), ("c", 10, "10")], width=300, height=150)
    nothing, half, full = chart.bars
    assert (nothing.height, half.height * 2) == (0, full.height)
    assert all(bar.y + bar.height == pytest.approx(chart.baseline) for bar in chart.bars)
    assert all(bar.x >= 0 and bar.x + bar.width <= chart.width and bar.y > 0 for bar in chart.bars)
    assert chart.description == "a: none; b: 5; c: 10"
