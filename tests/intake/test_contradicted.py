"""One id told two ways counts for nothing until someone says which is right; the same told again is a duplicate."""

from __future__ import annotations

import pytest

from tests.intake.practice_fixture import CALL_HEADER, PATIENTS, assert_balanced, call, read

FIRST = call(entry_id="E1", started="2025-11-20T10:00:00", minutes="20")
MOVED = call(entry_id="E1", started="2025-11-21T10:00:00", minutes="20")
OTHER = call(entry_id="E2", started="2025-11-22T10:00:00", minutes="7")


def month(**files: list[str]):
    texts = {f"inbox/calls/2025-11/{name}.csv": "\n".join([CALL_HEADER, *rows, ""]) for name, rows in files.items()}
    intake = read({**texts, "inbox/records/patients.csv": PATIENTS})
    assert_balanced(intake)
    seconds = sorted(entry.seconds for m in intake.patient_months for entry in m.time)
    return seconds, sorted((r.source.line, r.reason, r.field) for r in intake.rejects)


@pytest.mark.parametrize(
    ("told", "files", "seconds", "rejects"),
    [
        (
            "in one file",
            {"a": [FIRST, OTHER, MOVED]},
            [420],
            [(2, "row.bad_value", "entry_id"), (4, "row.bad_value", "entry_id")],
        ),
        (
            "in the other order",
            {"a": [MOVED, OTHER, FIRST]},
            [420],
            [(2, "row.bad_value", "entry_id"), (4, "row.bad_value", "entry_id")],
        ),
        ("in two files", {"a": [FIRST], "b": [MOVED, OTHER]}, [420], [(2, "row.bad_value", "entry_id")] * 2),
        ("the same again", {"a": [FIRST, FIRST], "b": [FIRST]}, [1200, 1200, 1200], []),
        ("two systems' ids alike", {"a": [FIRST], "b": [call(entry_id="E1", staff_id="dr_a", minutes="5")]}, [300, 1200], []),
    ],
)
def test_one_id_told_two_ways(told, files, seconds, rejects):
    assert month(**files) == (seconds, rejects), told
