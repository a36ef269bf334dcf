"""A rulebook that is wrong is refused with file, key and how to mend it; a month that it does not govern is refused too."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from flows.cases import run_files
from flows.ccm import raised
from flows.rulebook.read import RulebookError
from flows.rulebook.resolve import load
from tests.rules.examples import added, changed, copied_rulebook

_REASON_ID = re.compile(
    r"(patient|time|visit|conditions|consent|care_plan|coverage|practice|claim|conflict|units|audit)\.[a-z_]+"
)
CITATION = 'citation = { title = "A citation for a test", url = "https://www.cms.gov/" }'


def refusal(home) -> list[str]:
    """The lines that a rulebook is refused with."""
    with pytest.raises(RulebookError) as refused:
        load(home)
    return list(refused.value.problems)


# file, text, what it becomes; then the place that the refusal must name, and how to mend it.
FAULTS = {
    "a typo in a key": (
        ("conditions.toml", "count     = 2", "cuont     = 2"),
        ("conditions.toml: version[1].cuont:", "correct its spelling or remove it"),
    ),
    "a key left out": (
        ("families.toml", "minutes = 60", "moments = 60"),
        ("families.toml: family[3].base.minutes:", "add the key"),
    ),
    "a missing citation": (
        ("care_plan.toml", "citation  =", "# citation ="),
        ("care_plan.toml: version[1].citation:", "add the key"),
    ),
    "a citation without https": (
        ("consent.toml", "https://", "http://"),
        ("consent.toml: version[1].citation.url:", "correct the value"),
    ),
    "a title too short to find anything by": (
        ("time.toml", 'title = "Noridian, chronic care management services: who may bill; ', 'title = "CMS", note = "'),
        ("time.toml: version[1].citation.title:", "correct the value"),
    ),
    "an unknown reason id in a conflict": (
        ("conflicts.toml", 'reason   = "conflict.esrd"', 'reason   = "conflict.ersd"'),
        (
            "conflicts.toml: version[1].conflict[3].reason: unknown reason id 'conflict.ersd'",
            "add it to reasons.toml or correct it",
        ),
    ),
    "a reason under two kinds": (
        ("reasons.toml", "[never]\n", '[never]\n"consent.missing" = { message = "There is none." }\n'),
        ("reasons.toml: never.consent.missing:", "an id has one kind"),
    ),
    "a hold without a remedy": (
        ("reasons.toml", ', remedy = "Check the earlier claim; withdraw one of the two."', ""),
        ("reasons.toml: hold.conflict.already_billed.remedy:", "add the key"),
    ),
    "an unknown family": (
        ("families.toml", 'families  = ["general"]', 'families  = ["genral"]'),
        ("families.toml: offer[2].families: no family 'genral'", "define it or correct the id"),
    ),
    "a default that is no option": (
        ("choices.toml", 'default   = "hold"', 'default   = "hodl"'),
        ("choices.toml: choice[1].default: 'hodl'", "correct it"),
    ),
    "an unknown choice": (
        ("conflicts.toml", 'choice = "tcm_same_month"', 'choice = "tcm"'),
        ("conflicts.toml: version[1].conflict[9].unless: no choice 'tcm'", "see choices.toml"),
    ),
    "an unknown value of a choice": (
        ("conflicts.toml", 'value = "allow"', 'value = "alow"'),
        ("conflicts.toml: version[1].conflict[9].unless:", "see choices.toml"),
    ),
    "a level of decision making that there is not": (
        ("families.toml", '["moderate", "high"]', '["moderate", "hihg"]'),
        ("families.toml: family[3].decision_making[2]:", "use one of the values named"),
    ),
    "a code of four characters": (
        ("families.toml", 'code = "99439"', 'code = "9943"'),
        ("families.toml: family[2].add_on.code:", "correct the value"),
    ),
    "no minutes at all": (
        ("families.toml", "minutes = 60", "minutes = 0"),
        ("families.toml: family[3].base.minutes:", "correct the value"),
    ),
    "a month that is none": (
        ("conditions.toml", '"2015-01"', '"2015-13"'),
        ("conditions.toml: version[1].effective:", "correct the value"),
    ),
    "until before effective": (
        ("conditions.toml", 'effective = "2015-01"', 'effective = "2015-01"\nuntil = "2014-12"'),
        ("conditions.toml: version[1].until: 2014-12 lies before effective 2015-01", "correct one"),
    ),
    "rates of two years for one month": (
        ("rates.toml", 'until             = "2025-12"', 'until             = "2026-01"'),
        ("rates.toml: version[4]: overlaps version[3] in 2026-01", "give each its own first month"),
    ),
    "a jurisdiction in two rows": (
        ("dates.toml", '["JE", "JF"]', '["JE", "JF", "JN"]'),
        ("dates.toml: mac[7]: overlaps mac[1] for JN in 2015-01", "give each its own first month"),
    ),
    "text that is not TOML": (
        ("time.toml", "staff         = [", "staff         = "),
        ("time.toml: not TOML:", "line 6"),
    ),
    "a first month in words": (
        ("rulebook.toml", '"2024-01"', '"January 2024"'),
        ("rulebook.toml: first_month:", "correct the value"),
    ),
}


@pytest.mark.parametrize(("change", "says"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_rulebook_is_refused_by_file_and_key(tmp_path, change, says):
    home = copied_rulebook(tmp_path)
    changed(home, *change)
    place, mend = says
    lines = refusal(home)
    assert [line for line in lines if line.startswith(place) and mend in line], lines


@pytest.mark.parametrize("file", ["rates.toml", "reasons.toml", "rulebook.toml", "families.toml", "snomed_crosswalk.toml"])
def test_a_missing_file_is_named(tmp_path, file):
    home = copied_rulebook(tmp_path)
    (home / file).unlink()
    assert f"{file}: missing; restore it from the last version of the rulebook" in refusal(home)


def test_two_versions_of_one_month_are_refused(tmp_path):
    home = copied_rulebook(tmp_path)
    added(home, "consent.toml", f'[[version]]\neffective = "2017-01"\nelements = ["availability"]\n{CITATION}')
    assert refusal(home) == ["consent.toml: version[2]: overlaps version[1] in 2017-01; give each its own first month"]


def test_all_faults_are_told_at_once(tmp_path):
    home = copied_rulebook(tmp_path)
    changed(home, "conditions.toml", "count     = 2", "count     = 0")
    changed(home, "consent.toml", "https://", "http://")
    (home / "visits.toml").unlink()
    assert {line.split(":")[0] for line in refusal(home)} == {"conditions.toml", "consent.toml", "visits.toml"}


TWENTY = """
[[case]]
name   = "Twenty minutes"
month  = "{month}"
time   = [ {{ at = {month}-04T10:00:00, minutes = 20 }} ]
expect = {{ outcome = "bill", lines = ["99490 x1"] }}
"""


@pytest.mark.parametrize(
    ("month", "says"),
    [
        ("2023-12", "service month 2023-12 lies before the rulebook's first, 2024-01; choose a later month"),
        ("2019-11", "service month 2019-11 lies before the rulebook's first, 2024-01; choose a later month"),
        ("2098-01", "rates.toml: no [[version]] is in force in 2098-01; add a block that governs that month"),
    ],
)
def test_a_month_that_no_rule_governs_is_refused(tmp_path, capsys, month, says):
    path = tmp_path / "asked.toml"
    path.write_text(TWENTY.format(month=month), encoding="utf-8")
    assert run_files([path]) == 2
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("FAILS  Twenty minutes") and told[1].strip() == says


def test_a_faulty_rulebook_refuses_the_cases(tmp_path, capsys):
    home = copied_rulebook(tmp_path)
    changed(home, "conditions.toml", "count     = 2", "cuont     = 2")
    path = tmp_path / "asked.toml"
    path.write_text(TWENTY.format(month="2025-11"), encoding="utf-8")
    assert run_files([path], home) == 2
    assert "conditions.toml: version[1].cuont:" in capsys.readouterr().out


_RATE_99437 = '99437 = { work = "1.00", pe_nonfacility = "0.82", pe_facility = "0.24", mp = "0.07" }\n'
LATER = {
    "a reason that the checklist needs": ("reasons.toml", '"patient.died" ', '"patient.dead" ', "patient.died"),
    "a requirement that the checklist needs": ("requirements.toml", "alive  ", "aliev  ", "alive"),
    "a rate of a code that is billed": ("rates.toml", _RATE_99437, "", "99437"),
    "a range of codes written backwards": ("conflicts.toml", '= ["90951-90970"]', '= ["90970-90951"]', "90970-90951"),
}


@pytest.mark.parametrize("change", LATER.values(), ids=LATER)
def test_what_would_fail_in_the_middle_of_a_month_is_refused_at_once(tmp_path, change):
    home = copied_rulebook(tmp_path)
    *edit, named = change
    changed(home, *edit)
    assert any(line.startswith(f"{edit[0]}: ") and named in line for line in refusal(home))


def test_the_core_names_every_reason_that_it_raises():
    """The list a rulebook is held against is the list in the code: read from the code itself."""
    core = Path(raised.__file__).parent
    named = set()
    for path in core.glob("*.py"):
        if path.name == "raised.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _REASON_ID.fullmatch(node.value):
                named.add(node.value)
    assert named | {"conflict.other_practice"} == raised.REASONS  # raised where the registry is asked, outside the core
