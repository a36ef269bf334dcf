"""What the rule tests share: the case files, the rulebook, and a compliant patient-month to vary."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path

from flows.cases.build import patient_month, terms
from flows.cases.run import read_cases
from flows.cases.schema import Case
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Terms
from flows.ccm.rules import Rules
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.read import HOME
from flows.rulebook.resolve import Rulebook, load

ROOT = Path(__file__).parents[2]
CASES = ROOT / "tests" / "cases"
SHARED_CASES = ROOT.parent / "shared" / "cases"


@cache
def rulebook() -> Rulebook:
    """The rulebook as it stands, read once."""
    return load()


def case_files(folder: Path) -> list[Path]:
    """The case files of a folder; none where the folder is absent."""
    return sorted(folder.glob("*.toml"))


@cache
def our_cases() -> tuple[Case, ...]:
    """Every case of tests/cases."""
    return tuple(case for path in case_files(CASES) for case in read_cases(path))


def copied_rulebook(to: Path) -> Path:
    """A copy of the rulebook's files that a test may change."""
    home = to / "rulebook"
    home.mkdir()
    for path in HOME.glob("*.toml"):
        shutil.copy(path, home)
    return home


def changed(home: Path, file: str, old: str, new: str, count: int = 1) -> None:
    """Replace text in a copied rulebook file. The text must be there as often as the test thinks, or the test tests nothing."""
    text = (home / file).read_text(encoding="utf-8")
    assert text.count(old) == count, f"{file} holds {old!r} {text.count(old)} times, not {count}"
    (home / file).write_text(text.replace(old, new), encoding="utf-8")


def added(home: Path, file: str, text: str) -> None:
    """Add text at the end of a copied rulebook file."""
    with (home / file).open("a", encoding="utf-8") as out:
        out.write("\n" + text + "\n")


def _case(month: str) -> Case:
    return Case.model_validate({"name": "compliant", "month": month, "expect": {"outcome": "bill", "lines": []}})


def compliant(month: str = "2025-11", **changes: object) -> PatientMonth:
    """A compliant Medicare patient of an office practice with no time logged, as the case format's defaults have it."""
    return replace(patient_month(_case(month)), **changes)


def terms_with(**changes: object) -> Terms:
    """The terms of the case format's office practice, with changes; ``choices`` are added to its own."""
    plain = terms(_case("2025-11"))
    choices = {**plain.choices, **changes.pop("choices", {})}
    return replace(plain, choices=choices, **changes)


def rules_for(month: str = "2025-11", **changes: object) -> Rules:
    """The rules in force for such a practice."""
    return rulebook().in_force(ServiceMonth.parse(month), terms_with(**changes))
