"""Every way that a canary must not take, each taken on purpose: what the search has to find.

A flow, so that a server and a worker carry what it lets out. ``CCM_CANARY_FOLDER`` holds ``canaries.json`` and is told of sweeps.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact

FOLDER = Path(os.environ["CCM_CANARY_FOLDER"])
TOLD = json.loads((FOLDER / "canaries.json").read_text())["leaks"]


@task(name="leak-task", task_run_name=TOLD["task name"], persist_result=True)
def named() -> str:
    """A name, and a result that is kept."""
    return str(TOLD["result"])


@flow(name="leaks")
def leaks() -> None:
    """All ways, one after the other."""
    get_run_logger().info("read %s", TOLD["log"])
    print(TOLD["printed"])
    print(TOLD["on stderr"], file=sys.stderr)
    create_markdown_artifact(key="leak", markdown=TOLD["artifact"])
    named()
    Path(os.environ["TMPDIR"], "left-over").write_text(TOLD["temporary file"])
    Path(os.environ["TMPDIR"], TOLD["file name"]).write_text("")
    shown = subprocess.Popen([sys.executable, "-c", "input()", TOLD["argument"]], stdin=subprocess.PIPE)
    sweeps = (FOLDER / "sweeps").read_text()
    while len((FOLDER / "sweeps").read_text()) < len(sweeps) + 2:
        time.sleep(0.05)
    shown.communicate(b"\n")
    raise ValueError(TOLD["exception"])
