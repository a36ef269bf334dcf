"""Every rule case holds, every reason is told by one, and a case that is wrong or malformed is reported as such."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cases import run_files
from flows.cases.run import read_cases, run_case
from tests.rules.examples import CASES, SHARED_CASES, case_files, our_cases, rulebook

ALL = [(path.name, case) for path in case_files(CASES) + case_files(SHARED_CASES) for case in read_cases(path)]

# Reason ids that no case can raise, with why. All the rest must occur in tests/cases.
A_CASE_HAS_ONE_PATIENT = "a case tells one patient of one practice"
A_CASE_HAS_ONE_PLAN = "two plans are told in tests/corrections/test_two_payers.py"
A_CASE_HAS_NO_CLAIM_FILE = "a case stops at the decision: it has no charges, no practice file and writes no claim"
A_CASE_HAS_NO_ROWS = "a case has no input rows, so none can be rejected"
A_MONTH_IS_SCREENED = "the screening looks at all patients of a practice's month"
UNTOLD = {
    "conflict.other_practice": A_CASE_HAS_ONE_PATIENT,
    "time.double_booked": A_CASE_HAS_ONE_PATIENT,
    "time.other_service": "also_billed has no minutes",
    "practice.place_of_service": A_CASE_HAS_NO_CLAIM_FILE,
    "practice.charge": A_CASE_HAS_NO_CLAIM_FILE,
    "claim.invalid": A_CASE_HAS_NO_CLAIM_FILE,
    **dict.fromkeys(("coverage.order", "coverage.primary_first", "coverage.second_due"), A_CASE_HAS_ONE_PLAN),
}


def untold(reason: str, kind: str) -> str:
    """Why no case can raise the reason; empty where one can."""
    if kind == "reject":
        return A_CASE_HAS_NO_ROWS
    if reason.startswith("audit."):
        return A_MONTH_IS_SCREENED
    return UNTOLD.get(reason, "")


@pytest.mark.parametrize(("file", "case"), ALL, ids=[f"{file}: {case.name}" for file, case in ALL])
def test_case_holds(file, case):
    assert run_case(case, rulebook()).differences == ()


def test_the_shared_cases_were_run():
    if not case_files(SHARED_CASES):
        pytest.skip("no shared cases beside this repository")
    assert {path.name for path in case_files(SHARED_CASES)} <= {file for file, _ in ALL}


def test_names_are_unique():
    names = [case.name for case in our_cases()]
    assert len(set(names)) == len(names)
    assert len(names) >= 170


def _told() -> set[str]:
    told = set()
    for case in our_cases():
        told |= set(case.expect.reasons or ())
        told |= set((case.expect.minutes.excluded if case.expect.minutes else None) or ())
    return told


def test_every_reason_that_a_case_can_raise_occurs_in_one():
    missing = {reason for reason, kind in _kinds().items() if not untold(reason, kind)} - _told()
    assert missing == set()


def test_the_list_of_untold_reasons_is_not_stale():
    assert set(UNTOLD) <= set(_kinds())
    assert not {reason for reason in _told() if untold(reason, _kinds()[reason])}


def _kinds() -> dict[str, str]:
    reasons = rulebook().files.reasons
    return {reason: kind for kind in ("hold", "never", "excluded", "reject", "flag") for reason in getattr(reasons, kind)}


RIGHT = """
[[case]]
name   = "Right"
month  = "2025-11"
time   = [ { at = 2025-11-04T10:00:00, minutes = 20 } ]
expect = { outcome = "bill", lines = ["99490 x1"] }
"""

WRONG = """
[[case]]
name   = "Wrong in all it says"
month  = "2025-11"
time   = [ { at = 2025-11-04T10:00:00, minutes = 20 }, { at = 2025-11-05T10:00:00, minutes = 5, about = "acute" } ]
[case.expect]
outcome = "hold"
lines   = ["99491 x1"]
reasons = ["consent.missing"]
dates   = [2025-11-01, 2025-11-02]
place_of_service = "22"
claim   = "837I"
minutes = { staff = 19, practitioner = 1, excluded = { "time.overlap" = 5 } }
"""


def _written(folder: Path, text: str) -> Path:
    path = folder / "asked.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_cases_that_hold_exit_0(tmp_path, capsys):
    assert run_files([_written(tmp_path, RIGHT)]) == 0
    out = capsys.readouterr().out
    assert "holds  Right" in out
    assert "1 cases, 1 hold, 0 do not" in out


def test_a_wrong_case_is_reported_with_name_expected_and_got(tmp_path, capsys):
    assert run_files([_written(tmp_path, RIGHT + WRONG)]) == 1
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == "holds  Right"
    assert lines[1].startswith("FAILS  Wrong in all it says")
    assert lines[2:11] == [
        "outcome: expected hold, got bill",
        "lines: expected [99491 x1], got [99490 x1]",
        "reasons: expected [consent.missing], got []",
        "dates: expected [2025-11-01, 2025-11-02], got [2025-11-30, 2025-11-30]",
        "place_of_service: expected 22, got 11",
        "claim: expected 837I, got 837P",
        "minutes.staff: expected 19, got 20",
        "minutes.practitioner: expected 1, got 0",
        "minutes.excluded: expected {'time.overlap': 5}, got {'time.not_chronic': 5}",
    ]
    assert lines[11] == "2 cases, 1 hold, 1 do not"


def test_a_case_that_names_an_unknown_reason_does_not_hold(tmp_path, capsys):
    text = RIGHT.replace('lines = ["99490 x1"]', 'lines = ["99490 x1"], reasons = ["consent.mising"]')
    assert run_files([_written(tmp_path, text)]) == 1
    assert "the rulebook has no reason 'consent.mising'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("minutes = 20", "minuts = 20", "time.0.minuts"),
        ("minutes = 20", "minutes = 0", "time.0.minutes"),
        ("minutes = 20", 'minutes = "20"', "time.0.minutes"),
        ("minutes = 20", 'minutes = 20, by = "DDS"', "time.0.by"),
        ("2025-11-04T10:00:00", '"2025-11-04"', "time.0.at"),
        ('"2025-11"', '"2025-13"', "month"),
        ('outcome = "bill", ', "", "expect.outcome"),
        (', lines = ["99490 x1"]', "", "expect.lines"),
        ('"99490 x1"', '"99490"', "expect.lines.0"),
        ("expect =", 'practice = { kind = "clinic" }\nexpect =', "practice.kind"),
        ("expect =", 'practice = { mac = "J9" }\nexpect =', "practice.mac"),
        ("expect =", "patient = { consent = { on = 2025-11-04T10:00:00 } }\nexpect =", "patient.consent.on"),
        ("expect =", 'patient = { care_plan = { missing = ["aims"] } }\nexpect =', "patient.care_plan.missing.0"),
        ("expect =", 'colour = "red"\nexpect =', "colour"),
    ],
)
def test_a_malformed_case_names_file_case_and_key(tmp_path, capsys, old, new, key):
    assert old in RIGHT
    path = _written(tmp_path, RIGHT.replace(old, new))
    assert run_files([path]) == 2
    said = capsys.readouterr().out
    assert f"{path}: case 'Right': key '{key}':" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no [[case]] in it; write at least one"),
        ("[[case]\n", "not TOML:"),
        (RIGHT + "\n[extra]\n", "key 'extra': no such key at the top"),
        (RIGHT.replace('name   = "Right"\n', ""), "case 'case 1': key 'name':"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, capsys, text, says):
    path = _written(tmp_path, text)
    assert run_files([path]) == 2
    assert f"{path}: " in (said := capsys.readouterr().out)
    assert says in said


def test_an_absent_file_is_refused(tmp_path, capsys):
    assert run_files([tmp_path / "nowhere.toml"]) == 2
    assert "nowhere.toml: cannot be read" in capsys.readouterr().out
