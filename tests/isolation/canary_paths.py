"""Runs a month along given paths, as a process of its own, with a text full of canaries in every exception that is injected.

``python -m tests.isolation.canary_paths FOLDER PATH...``. FOLDER holds ``canaries.json``; every path's outcome is written there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flows import prefect_environment

prefect_environment.prepare(os.environ)

from prefect import flow, get_run_logger, task  # noqa: E402
from prefect.artifacts import create_markdown_artifact  # noqa: E402

from flows import monthly, packets, steps  # noqa: E402
from flows.monthly import month as month_room  # noqa: E402
from flows.store import StoreError  # noqa: E402

MONTH = "2025-11"
FOLDER = Path(sys.argv[1])
PLANTED = json.loads((FOLDER / "canaries.json").read_text())
TEXT = "bad row: " + " ".join(PLANTED["canaries"])
STAGES = {
    "read": (steps, "read_month"),
    "decide": (steps, "decide_month"),
    "claim": (steps, "claim_month"),
    "latest packet": (packets, "latest"),
    "correct": (steps, "correct_month"),
    "documents": (steps, "make_packet"),
    "confirm": (steps, "confirm_claims"),
    "seal": (steps, "seal"),
    "settle": (steps, "settle_registry"),
    "outside a stage": (month_room, "outcome_of"),
}


def raising(error: Callable[[], BaseException], times: int = 99) -> Callable[..., Any]:
    """A stand-in that raises, the first ``times`` times it is called, from a cause that tells more still."""
    calls = 0

    def act(*_: Any, **__: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls <= times:
            try:
                raise UnicodeDecodeError("utf-8", TEXT.encode(), 0, 1, TEXT)
            except UnicodeDecodeError as cause:
                raise error() from cause
        return kept(*_, **__)

    kept = steps.read_month
    return act


def bill(slug: str) -> str:
    """The practice's month as a front door bills it: the failure's line, or nothing."""
    return monthly.run_practice(slug, MONTH).failure


def fault(stage: str) -> str:
    """A fault of the software in a stage, and another while the claims are given up."""
    place, name = STAGES[stage]
    bug = raising(lambda: KeyError(TEXT))
    with patch.object(place, name, bug), patch.object(steps, "give_up_claims", bug):
        return bill(PLANTED["slug"])


def storage(times: int) -> str:
    """Storage that fails ``times`` times, in words that Store gives, from a cause that quotes what was read."""
    with patch.object(steps, "read_month", raising(lambda: StoreError("storage not reachable"), times)):
        return bill(PLANTED["slug"])


def unbalanced() -> str:
    """A month that loses decisions before its packet is made: what the balance says of them."""
    make = steps.make_packet

    def losing(result: Any, *more: Any) -> Any:
        return make(replace(result, decisions=result.decisions[1:], rejects=result.rejects[1:]), *more)

    with patch.object(steps, "make_packet", losing):
        return bill(PLANTED["slug"])


def waiting() -> str:
    """A month that says it has come to its documents and waits there to be killed."""

    def never(*_: Any) -> Any:
        (FOLDER / "waiting").write_text(str(os.getpid()))
        time.sleep(600)

    with patch.object(steps, "make_packet", never):
        return bill(PLANTED["slug"])


@task(name="leak-task", task_run_name=PLANTED["leaks"]["task name"])
def named() -> None:
    """Nothing but a name."""


@flow(name="leaks")
def leaks() -> None:
    """Every way that a canary must not take, each with a canary of its own: what the search has to find."""
    told = PLANTED["leaks"]
    get_run_logger().info("read %s", told["log"])
    print(told["printed"])
    print(told["on stderr"], file=sys.stderr)
    create_markdown_artifact(key="leak", markdown=told["artifact"])
    named()
    Path(os.environ["TMPDIR"], "left-over").write_text(told["temporary file"])
    Path(os.environ["TMPDIR"], told["file name"]).write_text("")
    shown = subprocess.Popen([sys.executable, "-c", "input()", told["argument"]], stdin=subprocess.PIPE)
    sweeps = (FOLDER / "sweeps").read_text()
    while len((FOLDER / "sweeps").read_text()) < len(sweeps) + 2:
        time.sleep(0.05)
    shown.communicate(b"\n")
    raise ValueError(told["exception"])


PATHS: dict[str, Callable[[], str]] = {
    "success": lambda: bill(PLANTED["slug"]),
    "bad input": lambda: bill(PLANTED["hostile"]),
    "empty inbox": lambda: bill(PLANTED["empty"]),
    "retry": lambda: storage(1),
    "storage fails": lambda: storage(99),
    "imbalance": unbalanced,
    "killed": waiting,
    **{f"fault: {stage}": (lambda stage=stage: fault(stage)) for stage in STAGES},
}

if __name__ == "__main__":
    month_room._read.retry_delay_seconds = [0, 0, 0]
    for path in sys.argv[2:]:
        if path == "leaks":
            with suppress(ValueError):
                leaks()
            continue
        outcome = PATHS[path]()
        with (FOLDER / "outcomes.jsonl").open("a") as out:
            out.write(json.dumps([path, outcome]) + "\n")
