"""Public synthetic exports read through: every resource accounted for, and the rows as counted without the reader."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.intake.reading import InboxObject, Intake, read_month
from tests.intake.practice_fixture import CROSSWALK, MONTH, PRACTICE, assert_balanced

DATA = Path(__file__).parents[3] / "shared" / "data" / "fhir"
PATIENTS = {
    "ahrq_ecare_personas": 4,
    "ahrq_mcc_2022": 31,
    "carebundle_200": 200,
    "clinosim_us_150": 83,
    "cms_synthetic_mbi": 0,
    "smart_bulk_2025_10": 13,
}

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the public exports (../shared/data/fhir) are not beside this repository"
)


def _read(name: str) -> tuple[Intake, list[Path]]:
    paths = sorted(path for path in (DATA / name).rglob("*") if path.is_file())
    objects = [InboxObject(f"inbox/records/{p.relative_to(DATA / name)}", "v1", p.read_bytes()) for p in paths]
    return read_month(objects, PRACTICE, MONTH, CROSSWALK), paths


def _resources(path: Path) -> int:
    """Rows as counted without the reader: lines of NDJSON, entries of a bundle, else the object itself."""
    if path.suffix == ".ndjson":
        return sum(1 for line in path.read_bytes().split(b"\n") if line.strip())
    if path.suffix == ".json":
        value = json.loads(path.read_bytes())
        return len(value["entry"]) if value.get("resourceType") == "Bundle" else 1
    return 1


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_export_reads_through(name):
    intake, paths = _read(name)
    assert_balanced(intake)
    assert intake.patients_on_roster == PATIENTS[name]
    assert [i.rows for i in intake.inputs] == [
        _resources(p) for p in sorted(paths, key=lambda p: str(p.relative_to(DATA / name)))
    ]
    assert sum(i.rejected for i in intake.inputs) == len(intake.rejects)
    assert {r.reason for r in intake.rejects} <= {"row.bad_value", "row.missing_field"}


def test_employment_and_the_like_are_not_conditions():
    intake, _ = _read("ahrq_mcc_2022")
    (item,) = [i for i in intake.inputs if i.key.endswith("Condition.ndjson")]
    text = (DATA / "ahrq_mcc_2022" / "Condition.ndjson").read_text()
    # "(finding" less the ten of chronic low back pain, which the crosswalk lists as a diagnosis.
    findings = sum(1 for line in text.splitlines() if "(finding" in line and '"278860009"' not in line)
    assert item.ignored["Condition that is no diagnosis (finding)"] == findings
