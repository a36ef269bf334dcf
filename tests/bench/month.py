"""How long each stage of one practice's month takes, from an inbox in memory; and what a late entry costs."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from flows import steps
from flows.ccm.claim import Claim
from flows.ccm.decision import BILL
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.outbox import pyx12_gate
from flows.outbox.claim_checks import faults
from flows.outbox.claim_files import write_claim_files
from flows.outbox.documents import KEYS
from flows.store import Listed
from flows.synthesize.generate import synthesize


class Shelf:
    """Objects in memory, listed and read as a store's are: the bench measures us, not a network."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def list(self, prefix: str) -> tuple[Listed, ...]:
        return tuple(Listed(key, "1", len(data)) for key, data in sorted(self.objects.items()) if key.startswith(prefix))

    def read(self, key: str, version: str = "") -> bytes:
        return self.objects[key]

    def put(self, key: str, data: bytes) -> None:
        self.objects[key] = data

    def stream(self, found: Listed) -> Iterator[bytes]:
        yield self.objects[found.key]


def rows(objects: dict[str, bytes]) -> int:
    return sum((gzip.decompress(data) if key.endswith(".gz") else data).count(b"\n") for key, data in objects.items())


def timed(work: Callable[..., Any], *given: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    result = work(*given)
    return result, time.perf_counter() - start


def stages(practice: Practice, month: ServiceMonth, patients: int, processes: int) -> tuple[list[dict[str, Any]], MonthResult]:
    """Seconds and units of each stage, then of a run again after one late entry; and the month."""
    made = synthesize(practice, month, patients, 1)
    shelf = Shelf(dict(made.objects))
    intake, reading = timed(steps.read_month, shelf, practice, month)
    result, deciding = timed(steps.decide_month, intake, practice, month)
    _, claiming = timed(_claims, result.claims, steps.prepared_on(month))
    renders = steps.renders(shelf, month)  # type: ignore[arg-type]
    files, writing = timed(steps.make_packet, result, 1, processes, renders)
    documents = json.loads(files[KEYS])
    late = _late_entry(shelf, result)
    again = steps.decide_month(steps.read_month(late, practice, month), practice, month)
    after, rewriting = timed(steps.make_packet, again, 2, processes, renders)
    rendered = len(set(json.loads(after[KEYS]).values()) - set(documents.values()))
    found = [
        ("read the inbox", reading, rows(made.objects), "rows"),
        ("decide, build claims, gate them", deciding, len(result.decisions), "patient-months"),
        ("write, check and gate claims", claiming, len(result.claims), "claims"),
        ("write the packet", writing, len(documents), "documents"),
        ("the whole month", reading + deciding + writing, len(result.decisions), "patient-months"),
        ("the packet again after a late entry", rewriting, rendered, f"documents rendered of {len(json.loads(after[KEYS]))}"),
    ]
    return [{"stage": s, "seconds": t, "count": n, "units": u} for s, t, n, u in found], result


def _claims(claims: tuple[Claim, ...], on: Any) -> None:
    assert not any(faults(claim, on) for claim in claims)
    for file in write_claim_files(claims, 99, on):  # a number of its own: a text that passed once is not read again
        assert pyx12_gate.validate(file.text) == ()


def _late_entry(shelf: Shelf, result: MonthResult) -> Shelf:
    """The inbox with one more file: the first billed patient's person, on the month's last evening, for three minutes."""
    month, decision = next((m, d) for m, d in zip(result.patient_months, result.decisions, strict=True) if d.outcome == BILL)
    entry = next(e for e in month.time if e.entry_id == decision.pieces[0].entry_id)
    last = result.month.last_day
    head = "entry_id,started,seconds,staff_id,mrn,activity,about,mode,description\n"
    row = f"late-1,{last}T19:45:00,180,{entry.person},{month.patient.mrn},{entry.activity},chronic,remote,Told late\n"
    return Shelf(shelf.objects | {f"inbox/calls/{result.month}/late.csv": (head + row).encode()})
