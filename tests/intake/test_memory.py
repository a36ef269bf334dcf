"""Memory does not grow with the length of an export: the same patients, four times as much beside them, in one process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

_READ_TWICE = """
import json
from tests.bench.big_export import ROOT, load_practice, measure
practice = load_practice(ROOT / "tenants", "bayview-family")
print(json.dumps([measure(practice, 20, size << 20) for size in (20, 80)]))
"""
_MB = 8  # a memory of each row, or one file held whole, takes more


def test_four_times_the_export_takes_no_more_memory():
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", _READ_TWICE], cwd=root, capture_output=True, text=True, check=True)
    short, long = json.loads(run.stdout)
    assert long["rows"] > 3.5 * short["rows"] > 20_000
    assert long["sha256"] == short["sha256"]
    assert long["mb_peak"] < short["mb_peak"] + _MB
