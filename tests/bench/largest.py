"""The largest practice: a month of many patients through every stage, with seconds and the peak of memory after each.

``python -m tests.bench.largest`` invents the inbox in one process, in a temporary folder that is taken away, and bills it in
another over a store on disk. ``--documents`` renders as many PDFs at least, the rest stand in.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from flows import packets, steps
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.outbox import documents
from flows.outbox.batches import BATCH
from flows.outbox.pdf import Document
from flows.store import AlreadyThere, Listed
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice

ROOT = Path(__file__).parents[2]
MONTH = ServiceMonth(2025, 11)
_ENTRY_SECONDS = 60  # some twenty entries a patient
_PATIENTS_A_PERSON = 30


class Folder:
    """Objects in a folder, listed and read as a store's are."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def list(self, prefix: str) -> tuple[Listed, ...]:
        found = sorted(path for path in self._home.rglob("*") if path.is_file())
        named = ((path.relative_to(self._home).as_posix(), path.stat().st_size) for path in found)
        return tuple(Listed(key, "1", size) for key, size in named if key.startswith(prefix))

    def read(self, key: str, version: str = "") -> bytes:
        return (self._home / key).read_bytes()

    def stream(self, found: Listed) -> Iterator[bytes]:
        with (self._home / found.key).open("rb") as file:
            yield from iter(lambda: file.read(1 << 20), b"")

    def find(self, key: str) -> bytes | None:
        return self.read(key) if (self._home / key).exists() else None

    def put(self, key: str, data: bytes) -> None:
        path = self._home / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def put_new(self, key: str, data: bytes) -> None:
        if (self._home / key).exists():
            raise AlreadyThere("there")
        self.put(key, data)


def staffed(practice: Practice, patients: int) -> Practice:
    """The practice with as many people as so many patients take."""
    times = max(1, patients // _PATIENTS_A_PERSON // max(1, len(practice.staff)))
    staff = [
        replace(who, id=f"{who.id}-{n}", logins=tuple(f"{x}-{n}" for x in who.logins))
        for n in range(times)
        for who in practice.staff
    ]
    doctors = [
        replace(who, id=f"{who.id}-{n}", npi=_npi(100_000_000 + 1000 * at + n))
        for n in range(times)
        for at, who in enumerate(practice.practitioners)
    ]
    return replace(practice, staff=tuple(staff), practitioners=tuple(doctors))


def _npi(nine: int) -> str:
    """A number with the check digit that NPIs have: Luhn's, over 80840 and the nine digits."""
    digits = [int(c) for c in f"80840{nine}"]
    total = sum(sum(divmod(2 * d, 10)) if at % 2 == 0 else d for at, d in enumerate(reversed(digits)))
    return f"{nine}{-total % 10}"


def invent(home: Path, practice: Practice, patients: int) -> None:
    made = synthesize(staffed(practice, patients), MONTH, patients, 1, entry_seconds=_ENTRY_SECONDS)
    folder = Folder(home)
    for key, data in made.objects.items():
        folder.put(key, data)


def bill(home: Path, practice: Practice, patients: int, processes: int, rendered: int) -> None:
    """One line a stage: what was done, seconds, MB of this process at its most so far and of the largest child."""
    who, folder = staffed(practice, patients), Folder(home)
    store: Any = folder
    if rendered >= 0:
        _stand_in(rendered)

    def told(stage: str, work: Callable[..., Any], *given: Any) -> Any:
        begun = time.perf_counter()
        result = work(*given)
        own, child = (resource.getrusage(w).ru_maxrss // 1024 for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        line = {"stage": stage, "seconds": round(time.perf_counter() - begun, 1), "mb_peak": own, "mb_child": child}
        print(json.dumps(line), flush=True)
        return result

    intake = told("read", steps.read_month, store, who, MONTH)
    rows, entries = sum(i.rows for i in intake.inputs), sum(len(m.time) for m in intake.patient_months)
    print(json.dumps({"rows": rows, "entries": entries, "patient_months": len(intake.patient_months)}), flush=True)
    result = told("decide", steps.decide_month, intake, who, MONTH)
    del intake
    print(json.dumps({"claims": len(result.claims)}), flush=True)
    files = told("packet", steps.make_packet, result, 1, processes, steps.renders(store, MONTH))
    told("seal", steps.seal, store, result, files, 1)
    assert packets.sealed_numbers(store, MONTH) == (1,)


def _stand_in(rendered: int) -> None:
    """Render the first documents, and let a text of a PDF's length stand for each of the others."""
    real = documents.render_all

    def some(batches: Iterable[list[Document]], processes: int) -> Iterator[dict[str, bytes]]:
        waiting = iter(batches)
        yield from real(islice(waiting, -(-rendered // BATCH)), processes)
        for batch in waiting:
            yield {document.name: document.name.encode().ljust(40_000, b"%") for document in batch}

    documents.render_all = some


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.largest")
    parser.add_argument("--patients", type=int, default=20_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--documents", type=int, default=0, help="PDFs that are rendered, in whole batches; -1 for all")
    parser.add_argument("--practice", default="bayview-family")
    parser.add_argument("--stage", choices=("invent", "bill"))
    parser.add_argument("--home", type=Path)
    given = parser.parse_args()
    practice = load_practice(ROOT / "tenants", given.practice)
    if given.stage == "invent":
        invent(given.home, practice, given.patients)
    elif given.stage == "bill":
        bill(given.home, practice, given.patients, given.processes, given.documents)
    else:
        with tempfile.TemporaryDirectory() as home:
            for stage in ("invent", "bill"):
                own = [sys.executable, "-m", "tests.bench.largest", *sys.argv[1:], "--stage", stage, "--home", home]
                subprocess.run(own, check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
