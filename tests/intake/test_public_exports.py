"""Public synthetic exports read through: every resource accounted for, and the rows as counted without the reader."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from flows.intake.reading import InboxObject, Intake, read_month
from tests.intake.practice_fixture import CALL_HEADER, CROSSWALK, MONTH, PRACTICE, assert_balanced, call

DATA = Path(__file__).parents[3] / "shared" / "data" / "fhir"
PATIENTS = {
    "ahrq_ecare_personas": 4,
    "ahrq_mcc_2022": 31,
    "carebundle_200": 200,
    "clinosim_us_150": 83,
    "cms_synthetic_mbi": 0,
    "smart_bulk_2025_10": 13,
}
# Patients who share their names with one born within the same days: nothing but a number tells them apart.
NAMESAKES = {"carebundle_200": 4}

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the public exports (../shared/data/fhir) are not beside this repository"
)


CALLS = "inbox/calls/2025-11/a.csv"


def _read(name: str, calls: str = "") -> tuple[Intake, list[Path]]:
    paths = sorted(path for path in (DATA / name).rglob("*") if path.is_file())
    objects = [InboxObject(f"inbox/records/{p.relative_to(DATA / name)}", "v1", p.read_bytes()) for p in paths]
    objects += [InboxObject(CALLS, "v1", calls.encode())] if calls else []
    return read_month(objects, PRACTICE, MONTH, CROSSWALK), paths


def _calls(name: str) -> list[str]:
    """A call about each patient of an export, who gave a name and a birth date, as read without the reader."""
    people = set()
    for path in (DATA / name).rglob("*.*json"):
        text = path.read_text(encoding="utf-8-sig")
        values = (
            [json.loads(line) for line in text.splitlines() if line.strip()] if path.suffix == ".ndjson" else [json.loads(text)]
        )
        for value in values:
            entries = [e["resource"] for e in value["entry"]] if value.get("resourceType") == "Bundle" else [value]
            for body in entries:
                if body.get("resourceType") == "Patient":
                    told = next((n for n in body["name"] if n.get("use") == "official"), body["name"][0])
                    people.add((told["family"], " ".join(told["given"]), body["birthDate"]))
    return [
        call(entry_id=f"e{n}", mrn="", family_name=f'"{family}"', given_name=f'"{given}"', born=born)
        for n, (family, given, born) in enumerate(sorted(people))
    ]


@pytest.mark.parametrize("name", sorted(PATIENTS))
def test_a_caller_who_gives_name_and_birth_date_is_matched(name):
    calls = _calls(name)
    if calls:
        intake, _ = _read(name, "\n".join([CALL_HEADER, *calls, ""]))
        assert_balanced(intake)
        (log,) = [item for item in intake.inputs if item.key == CALLS]
        assert (log.rows, log.taken) == (PATIENTS[name], PATIENTS[name] - NAMESAKES.get(name, 0))
        assert {r.reason for r in intake.rejects if r.source.key == CALLS} <= {"patient.ambiguous"}


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
    # A CSV that is none of the inbox's tables is refused whole.
    assert {r.source.key for r in intake.rejects if r.reason == "row.unreadable"} == {
        item.key for item in intake.inputs if item.key.endswith(".csv")
    }
    assert {r.reason for r in intake.rejects} <= {"row.bad_value", "row.missing_field", "row.unreadable"}


def test_employment_and_the_like_are_not_conditions():
    intake, _ = _read("ahrq_mcc_2022")
    (item,) = [i for i in intake.inputs if i.key.endswith("Condition.ndjson")]
    text = (DATA / "ahrq_mcc_2022" / "Condition.ndjson").read_text()
    # "(finding" less the ten of chronic low back pain, which the crosswalk lists as a diagnosis.
    findings = sum(1 for line in text.splitlines() if "(finding" in line and '"278860009"' not in line)
    assert item.ignored["Condition that is no diagnosis (finding)"] == findings


def figures() -> None:
    """Print what each export came to: patients, rows, the rejected ones by reason, and how many callers are matched."""
    for name in sorted(PATIENTS):
        intake, _ = _read(name)
        rows, taken, excluded = (sum(getattr(i, what) for i in intake.inputs) for what in ("rows", "taken", "excluded"))
        why = dict(Counter(f"{r.reason} {r.field}" for r in intake.rejects))
        print(f"{name}: {intake.patients_on_roster} patients; {rows} rows = {taken} taken + {excluded} excluded + rejected {why}")
        calls = _calls(name)
        if calls:
            logged, _ = _read(name, "\n".join([CALL_HEADER, *calls, ""]))
            print(f"  {sum(i.taken for i in logged.inputs if i.key == CALLS)} of {len(calls)} callers matched by names and birth")


if __name__ == "__main__":
    figures()
