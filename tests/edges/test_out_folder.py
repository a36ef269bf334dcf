"""What a command writes for its user: a folder that takes nothing is one line, and what the user keeps there stays."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flows.commands.exits import SETUP, UsageProblem, guarded
from flows.commands.out_folder import check, take_away_copy, write_files, writing_to


def test_only_the_packets_own_files_are_taken_away(tmp_path: Path):
    write_files(
        tmp_path, {"manifest.json": json.dumps({"files": {"claims/a.837": {}, "../beside": {}}}).encode(), "claims/a.837": b"1"}
    )
    (tmp_path / "claims/signed.pdf").write_bytes(b"kept")
    (tmp_path.parent / "beside").write_bytes(b"kept")
    take_away_copy(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["signed.pdf"]
    assert (tmp_path.parent / "beside").read_bytes() == b"kept"


@pytest.mark.parametrize("other", ["{}", "[]", "no JSON", '{"files": 7}'])
def test_a_folder_that_holds_something_else_is_refused_and_left(tmp_path: Path, other: str):
    (tmp_path / "manifest.json").write_text(other)
    with pytest.raises(UsageProblem, match="no packet's copy"):
        take_away_copy(tmp_path)
    assert (tmp_path / "manifest.json").read_text() == other


@pytest.mark.parametrize("write", [check, lambda folder: write_files(folder, {"a": b""})])
def test_a_file_in_place_of_the_folder_is_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str], write):
    (tmp_path / "taken").write_text("")
    for folder in (tmp_path / "taken", tmp_path / "taken/below"):
        assert guarded(lambda folder=folder: write(folder)) == SETUP
        (line,) = capfd.readouterr().err.splitlines()
        assert line.startswith(f"ccm: {folder}: ") and "--out" in line


def test_a_full_disk_is_one_line(tmp_path: Path):
    with (
        pytest.raises(UsageProblem, match="no space left on device"),
        writing_to(tmp_path),
        Path("/dev/full").open("wb", 0) as full,
    ):
        full.write(b"x")
