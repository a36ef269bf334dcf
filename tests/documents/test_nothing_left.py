"""Processes that render leave nothing in the temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

_PROGRAM = """
import os, tempfile
from pathlib import Path
from flows.outbox.pdf import Document, render_all

if __name__ == "__main__":
    text = "<html lang='en'><head><title>A plan</title></head><body><h1>Plan {}</h1></body></html>"
    documents = [Document(f"{n}.pdf", text.format(n)) for n in range(40)]
    made = [name for batch in render_all([documents[:20], documents[20:]], PROCESSES) for name in batch]
    print(len(made))
    if PROCESSES == 1:
        print(len(list(Path(tempfile.gettempdir()).iterdir())))
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_the_fonts_folder_goes_with_the_process(processes: int, tmp_path: Path) -> None:
    temporary, program = tmp_path / "tmp", tmp_path / "renders.py"
    temporary.mkdir()
    program.write_text(_PROGRAM.replace("PROCESSES", str(processes)), encoding="utf-8")
    told = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert told[0] == "40"
    assert told[1:] == (["1"] if processes == 1 else [])  # there was something to leave behind
    assert list(temporary.iterdir()) == []
