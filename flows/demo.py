"""``ccm demo``: an invented month of three practices, from their inboxes to packets, on this machine alone."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from flows import expectation, prefect_environment, settings
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.commands.exits import DONE, NOT_HELD, SOME_FAILED, UsageProblem
from flows.commands.outcome_table import outcome_table
from flows.commands.run import mirror
from flows.store import Store, client
from flows.tenancy import load_practice, practice_slugs

MONTH = ServiceMonth(2025, 11)
PATIENTS = 30
SEED = 5
OUT = Path("out")
_RECORDS = {"office": "csv", "rhc": "fhir", "hospital_outpatient": "mixed"}
_BUCKET = "ccm-demo"


def run_demo() -> int:
    """Run the demo and print what came of it. Returns 0 when every patient's outcome is the one planted."""
    console = Console()
    practices = _practices()
    with tempfile.TemporaryDirectory(prefix="ccm-demo-") as home, _storage() as endpoint:
        os.environ.update(_environment(endpoint))
        prefect_environment.prepare(os.environ, embedded_home=Path(home))
        own = settings.from_environment(os.environ)
        client(own).create_bucket(Bucket=_BUCKET)
        with console.status(f"inventing {PATIENTS} patients for each of {len(practices)} practices"):
            expected = {practice.slug: _fill(own, practice) for practice in practices}
        with console.status("starting Prefect's embedded server, then billing the month"):
            outcomes = _bill()
        console.print(outcome_table(outcomes, f"Demo, service month {MONTH}: invented patients, claim files marked as tests"))
        differences: list[str] = []
        for outcome in outcomes:
            if outcome.failure:
                console.print(f"{outcome.practice}: {outcome.failure}", markup=False, highlight=False)
                continue
            folder = OUT / outcome.practice / str(MONTH)
            mirror(Store(own, outcome.practice), MONTH, outcome.packet, folder)
            differences += expectation.differences(folder, expected[outcome.practice])
    return _close(console, outcomes, differences)


def _practices() -> list[Practice]:
    root = settings.tenants_folder(os.environ)
    practices = [load_practice(root, slug) for slug in practice_slugs(root)]
    if not practices or not all(practice.test for practice in practices):
        raise UsageProblem(f"the demo needs the test practices alone in {root}; run it in a fresh copy of the repository")
    return practices


def _environment(endpoint: str) -> dict[str, str]:
    return {
        "CCM_BUCKET": _BUCKET,
        "CCM_S3_ENDPOINT": endpoint,
        "CCM_S3_REGION": "us-east-1",
        "CCM_S3_ACCESS_KEY": "demo",
        "CCM_S3_SECRET_KEY": "demo",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def _storage() -> Iterator[str]:
    """An S3 server on loopback while the demo lasts, as a process of its own: documents are rendered in forks of this one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(server, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(10)


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.1)
    raise UsageProblem("the demo's storage did not start on loopback within a minute; run it again")


def _fill(own: settings.Settings, practice: Practice) -> dict[str, Any]:
    """Put a practice's invented inbox into its prefix, and what must come of it into ``out/``."""
    from flows.synthesize.generate import synthesize

    made = synthesize(practice, MONTH, PATIENTS, SEED, records=_RECORDS.get(practice.kind, "csv"))
    store = Store(own, practice.slug)
    for key, data in made.objects.items():
        store.put(key, data)
    folder = OUT / practice.slug
    shutil.rmtree(folder / str(MONTH), ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(made.expected, ensure_ascii=False, indent=1, sort_keys=True, default=str)
    (folder / f"expected-{MONTH}.json").write_text(text + "\n", encoding="utf-8")
    expected: dict[str, Any] = json.loads(text)
    return expected


def _bill() -> tuple[Any, ...]:
    from flows import monthly

    try:
        return tuple(monthly.bill_all(str(MONTH)))
    except monthly.PracticesFailed as failed:
        return failed.outcomes


def _close(console: Console, outcomes: tuple[Any, ...], differences: list[str]) -> int:
    for difference in differences:
        console.print(difference, markup=False, highlight=False)
    checked = sum(outcome.patients for outcome in outcomes)
    if not differences:
        console.print(f"{checked} patients decided as planted (out/PRACTICE/expected-{MONTH}.json).", highlight=False)
    for outcome in outcomes:
        if not outcome.failure:
            console.print(f"Open {OUT / outcome.practice / str(MONTH) / 'index.html'}", highlight=False, soft_wrap=True)
    if any(outcome.failure for outcome in outcomes):
        return SOME_FAILED
    return NOT_HELD if differences else DONE
