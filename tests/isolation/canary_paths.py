"""Runs a month along given paths, as a process of its own, with a text full of canaries in every exception that is injected.

``python -m tests.isolation.canary_paths FOLDER PATH...``. FOLDER holds ``canaries.json``; every path's outcome is written there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from flows import month_claims, prefect_environment

prefect_environment.prepare(os.environ)

from flows import monthly, steps, stops  # noqa: E402
from flows.__main__ import main as ccm  # noqa: E402
from flows.monthly import month as month_room  # noqa: E402
from flows.store import StoreError  # noqa: E402
from tests.isolation.canary_leaks import leaks  # noqa: E402

MONTH = "2025-11"
FOLDER = Path(sys.argv[1])
PLANTED = json.loads((FOLDER / "canaries.json").read_text())
TEXT = "bad row: " + " ".join(PLANTED["canaries"])
STAGES = {
    "read": (steps, "read_month"),
    "decide": (steps, "decide_month"),
    "claim": (month_claims, "claim_month"),
    "latest packet": (stops, "newest_packet"),
    "correct": (steps, "correct_month"),
    "documents": (steps, "make_packet"),
    "confirm": (month_claims, "confirm_claims"),
    "seal": (steps, "seal"),
    "settle": (month_claims, "settle_registry"),
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
    with patch.object(place, name, bug), patch.object(month_claims, "give_up_claims", bug):
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


def stopped() -> str:
    """A month far from the practice's own: what stopped it before it was sealed."""
    return monthly.run_practice(PLANTED["stopped"], MONTH).stopped


def released() -> str:
    """That month, released by a person and run again."""
    with suppress(SystemExit):
        ccm(["release", PLANTED["stopped"], MONTH, "--by", "Ida Wells", "--why", "Its first months were larger.", "--yes"])
    return bill(PLANTED["stopped"]) or stopped()


PATHS: dict[str, Callable[[], str]] = {
    "success": lambda: bill(PLANTED["slug"]),
    "bad input": lambda: bill(PLANTED["hostile"]),
    "empty inbox": lambda: bill(PLANTED["empty"]),
    "retry": lambda: storage(1),
    "storage fails": lambda: storage(99),
    "imbalance": unbalanced,
    "killed": waiting,
    "stopped": stopped,
    "released": released,
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
