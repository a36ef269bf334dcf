"""A rulebook to alter, practices to read it for, and a small month of evidence decided under the shipped rules."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

from flows import ledger
from flows.cases.build import patient_month
from flows.cases.schema import Case
from flows.ccm.decide import decide
from flows.ccm.decision import Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice, terms_of
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.read import HOME
from flows.rulebook.resolve import load
from flows.tenancy import load_practice

ROOT = Path(__file__).parents[2]
NOVEMBER = ServiceMonth(2025, 11)


def practice(slug: str) -> Practice:
    return load_practice(ROOT / "tenants", slug)


def altered(folder: Path, file: str, old: str, new: str) -> Path:
    """A copy of the shipped rulebook with one piece of text replaced."""
    home = folder / "rulebook"
    home.mkdir()
    for path in HOME.glob("*.toml"):
        shutil.copy(path, home)
    text = (home / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
    (home / file).write_text(text.replace(old, new), encoding="utf-8")
    return home


_COMPLEX = {"decision_making": "high"}
_CHARTS = {
    "pt-19": (19, {}),
    "pt-20": (20, {}),
    "pt-60": (60, {}),
    "pt-61-complex": (61, _COMPLEX),
    "pt-60-held": (60, {"care_plan": False}),
}


def evidence() -> tuple[PatientMonth, ...]:
    """Five patients of bayview-family: minutes of staff time each, one of them without a care plan."""
    months = []
    for key, (minutes, chart) in _CHARTS.items():
        entry = {"at": date(2025, 11, 4), "minutes": minutes}
        case = Case.model_validate(
            {"name": key, "month": "2025-11", "time": [entry], "patient": chart, "expect": {"outcome": "hold", "lines": []}}
        )
        month = patient_month(case)
        months.append(
            replace(month, practice="bayview-family", patient=replace(month.patient, key=key, family_name="Quillfeather"))
        )
    return tuple(months)


def decided(months: tuple[PatientMonth, ...]) -> tuple[Decision, ...]:
    """The evidence as the shipped rulebook decides it for bayview-family."""
    rules = load().in_force(NOVEMBER, terms_of(practice("bayview-family"), NOVEMBER.last_day))
    return tuple(decide(month, rules) for month in months)


def packet_lines() -> tuple[bytes, bytes]:
    """The two evidence files of a packet."""
    months = evidence()
    return ledger.to_lines(months), ledger.to_lines(decided(months))
