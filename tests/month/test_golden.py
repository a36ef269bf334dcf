"""A whole month, from a hand-written inbox to the packet's text; and the same bytes from another process."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows import steps
from tests.golden.months import HOME, MONTHS, decided, packet_texts

_ROOT = Path(__file__).parents[2]
_HASHES = """
import hashlib, json, sys
from flows import steps
from tests.golden.months import decided
if __name__ == "__main__":
    files = steps.make_packet(decided(sys.argv[1]), 1, int(sys.argv[2]))
    print(json.dumps({name: hashlib.sha256(data).hexdigest() for name, data in files.items()}))
"""


@pytest.fixture(scope="module", params=sorted(MONTHS))
def golden(request: pytest.FixtureRequest):
    result = decided(request.param)
    return request.param, result, steps.make_packet(result, 1, 1)


def test_the_packet_reads_as_it_did(golden) -> None:
    name, result, files = golden
    folder = HOME / name / "packet"
    kept = {str(p.relative_to(folder)): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}
    made = packet_texts(result, files)
    assert sorted(made) == sorted(kept)
    for file in sorted(kept):
        assert made[file].splitlines() == kept[file].splitlines(), file


def test_the_same_month_has_the_same_bytes_in_another_process(golden, tmp_path: Path) -> None:
    name, _, files = golden
    script = tmp_path / "hashes.py"
    script.write_text(_HASHES, encoding="utf-8")
    elsewhere = {**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        [sys.executable, str(script), name, "2"], env=elsewhere, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {file: hashlib.sha256(data).hexdigest() for file, data in files.items()}


def test_every_row_and_second_is_accounted_for(golden) -> None:
    _, result, _ = golden
    assert {i.key for i in result.inputs if i.rows != i.taken + i.excluded + i.rejected} == set()
    placed = {(p.source.key, p.source.line) for d in result.decisions for p in d.pieces}
    rejected = {(r.source.key, r.source.line) for r in result.rejects}
    assert not placed & rejected
    calls = [i for i in result.inputs if i.key.startswith("inbox/calls/")]
    assert len(placed) == sum(i.taken + i.excluded for i in calls)
    assert len(rejected) == sum(i.rejected for i in result.inputs)
