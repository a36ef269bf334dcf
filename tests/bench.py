"""``make bench``: how long each stage of one practice's month takes, from an inbox in memory. Figures, not assertions."""

from __future__ import annotations

import argparse
import gzip
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from flows import steps
from flows.ccm.service_month import ServiceMonth
from flows.store import Listed
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice

TENANTS = Path(__file__).parents[1] / "tenants"
MONTH = ServiceMonth(2025, 11)


class Shelf:
    """Objects in memory, listed and read as a store's are: the bench measures us, not a network."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self._objects = objects

    def list(self, prefix: str) -> tuple[Listed, ...]:
        return tuple(Listed(key, "1", len(data)) for key, data in sorted(self._objects.items()) if key.startswith(prefix))

    def read(self, key: str, version: str = "") -> bytes:
        return self._objects[key]


def rows(objects: dict[str, bytes]) -> int:
    return sum((gzip.decompress(data) if key.endswith(".gz") else data).count(b"\n") for key, data in objects.items())


def timed(work: Callable[..., Any], *given: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work(*given)
    return result, time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--practice", default="bayview-family")
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    practice = load_practice(TENANTS, given.practice)
    made, inventing = timed(synthesize, practice, MONTH, given.patients, 1)
    intake, reading = timed(steps.read_month, Shelf(made.objects), practice, MONTH)
    result, deciding = timed(steps.decide_month, intake, practice, MONTH)
    files, writing = timed(steps.make_packet, result, 1, given.processes)
    documents = sum(name.endswith(".pdf") for name in files)
    table = Table(title=f"{practice.slug}, {given.patients} patients, {given.processes} processes for documents")
    for heading in ("stage", "seconds", "units", "units a second"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for stage, seconds, units, count in (
        ("invent the month", inventing, "patients", given.patients),
        ("read the inbox", reading, "rows", rows(made.objects)),
        ("decide and build claims", deciding, "patient-months", len(result.decisions)),
        ("write the packet", writing, "documents", documents),
    ):
        table.add_row(stage, f"{seconds:.2f}", f"{count:,} {units}", f"{count / seconds:,.0f}")
    Console().print(table)
    own, children = (resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    Console().print(f"peak memory {own} MB, of a child process {children} MB", highlight=False)


if __name__ == "__main__":
    main()
