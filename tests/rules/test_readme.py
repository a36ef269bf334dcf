"""The rulebook's README, followed to the letter by someone who reads no Python."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from flows.ccm.service_month import ServiceMonth
from flows.rulebook.read import HOME
from flows.rulebook.resolve import load
from tests.rules.examples import added, changed, copied_rulebook, terms_with

TEXT = (HOME / "README.md").read_text(encoding="utf-8")


def example(heading: str) -> str:
    """The text of the example whose first line is this comment."""
    return re.search(rf"```toml\n# {re.escape(heading)}\n(.*?)```", TEXT, re.DOTALL)[1]


def in_force(home, month, **changes):
    return load(home).in_force(ServiceMonth.parse(month), terms_with(**changes))


def test_every_file_is_told_and_every_file_told_exists():
    files = {path.name for path in HOME.glob("*.toml")}
    table = TEXT[: TEXT.index("## How a rule is changed")]
    assert set(re.findall(r"`(\w+\.toml)`", table)) == files


def _far_off(text: str) -> str:
    """The example in a year that nobody has added yet: whoever follows it for real must not break the test of it."""
    return text.replace("2027", "2098")


def test_next_years_rates(tmp_path):
    home = copied_rulebook(tmp_path)
    changed(home, "rates.toml", "\n# Which setting's", "\n" + _far_off(example("rates.toml")) + "\n# Which setting's")
    rules = in_force(home, "2098-01")
    assert rules.rate_source.year == 2098
    assert rules.expected_amounts["99490"] == Decimal("65.01")  # (1.00 + 0.90 + 0.07) x 33.0000
    assert in_force(home, "2026-12").rate_source.year == 2026


def test_a_macs_convention(tmp_path):
    home = copied_rulebook(tmp_path)
    added(home, "dates.toml", example("dates.toml").replace("2026-04", "2024-04"))
    told = [in_force(home, month, mac=mac) for month, mac in (("2024-03", "JN"), ("2024-04", "JN"), ("2024-04", "JE"))]
    assert [rules.service_dates for rules in told] == ["last_day", "threshold_day", "last_day"]
    assert [rules.service_dates_confirmed for rules in told] == [False, True, False]


def test_a_new_conflict_with_its_own_reason(tmp_path):
    home = copied_rulebook(tmp_path)
    changed(home, "reasons.toml", "[hold]\n", "[hold]\n" + example("reasons.toml, under [hold]"))
    text = (home / "conflicts.toml").read_text(encoding="utf-8")
    last = text[text.rindex("[[version]]") :]
    copied = re.sub(r'effective = "\d{4}-\d\d"', 'effective = "2026-10"', last, count=1)
    added(home, "conflicts.toml", copied + "\n" + example("conflicts.toml, in the copied version"))
    before, after = in_force(home, "2026-09"), in_force(home, "2026-10")
    assert set(before.conflicts) < set(after.conflicts)
    (new,) = set(after.conflicts) - set(before.conflicts)
    assert (new.reason, new.codes) == ("conflict.home_monitoring", {"G9998", "G9999"})


@pytest.mark.parametrize("command", ["ccm cases", "ccm rules diff", "ccm rules 2027-01", "ccm replay", "make docs"])
def test_the_commands_are_told(command):
    assert command in TEXT
