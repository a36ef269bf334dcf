"""The audit file is checked like every rule, and its numbers are the ones in use."""

import shutil

import pytest

from flows.ccm.practice import Terms
from flows.rulebook.read import HOME, RulebookError
from flows.rulebook.resolve import load
from tests.audit.honest import MONTH
from tests.audit.test_planted import cloned, double_booked


def changed(tmp_path, old: str, new: str):
    for path in HOME.glob("*.toml"):
        shutil.copy(path, tmp_path)
    text = (tmp_path / "audit.toml").read_text()
    assert old in text
    (tmp_path / "audit.toml").write_text(text.replace(old, new))
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("hours           = 10", "hours           = 30", "impossible_day.hours"),
        ("call_share = 0.5", "call_shares = 0.5", "manual_time.call_shares"),
        ("level     = 0.01", "level     = 1", "version[1].level"),
        ("multiple = 5", "", "rounded_minutes.multiple"),
    ],
)
def test_a_fault_is_named_by_file_and_key(tmp_path, old, new, said):
    with pytest.raises(RulebookError) as refused:
        load(changed(tmp_path, old, new))
    assert any(problem.startswith("audit.toml: ") and said in problem for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("make", "old", "new"),
    [
        (cloned, "patients   = 5", "patients   = 6"),
        (double_booked, "overlap_seconds = 60", "overlap_seconds = 121"),
    ],
)
def test_a_number_changed_changes_the_flag(tmp_path, make, old, new):
    terms = Terms("office", "J6", "06102", "15", "America/Chicago", "11", {}, None, {"dr": "MD"})
    lenient = load(changed(tmp_path, old, new)).in_force(MONTH, terms)
    assert make(3).screen().month
    assert make(3).screen(lenient).month == ()


def test_every_threshold_has_a_source():
    block = load().in_force(MONTH, Terms("office", "J6", "06102", "15", "America/Chicago", "11", {}, None, {})).audit
    tables = [block, block.identical_minutes, block.threshold_heaping, block.rounded_minutes]
    tables += [block.cloned_description, block.impossible_day, block.manual_time]
    assert all(table.citation.url.startswith("https://") for table in tables)
