"""Audit binders out of sealed packets: a claim's pages as its packet holds them, rendered with the packet's own style.

Nothing is read but packets: not the rulebook, the templates or the practice's folder, which may all have changed since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from flows import ledger, packets
from flows.ccm.claim_record import ClaimRecord
from flows.ccm.service_month import ServiceMonth
from flows.outbox.binder_pages import LOOK, PAGES, PLAIN, BinderPage, read_pages, read_style
from flows.outbox.manifest import read_manifest
from flows.outbox.manifest_shape import has_shape
from flows.outbox.pdf import Document, render
from flows.store import Store

# The retention that any rule asks for ends long before; a longer range is a slip of the finger.
_MONTHS = 240


class PacketAltered(Exception):
    """A packet is not as it was sealed, so no binder is made of it. ``problems`` holds the one line."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


@dataclass(frozen=True, slots=True)
class Binder:
    """One claim's binder. ``name`` is its file's: month and claim id, no PHI. ``newest`` is the month's newest packet, and
    ``stands`` whether what was sent of the claim stands by that one."""

    month: ServiceMonth
    packet: int
    newest: int
    claim_id: str
    stands: bool
    pdf: bytes

    @property
    def name(self) -> str:
        """The file's name."""
        return f"{self.month}-{self.claim_id}.pdf"


def months_between(first: ServiceMonth, last: ServiceMonth) -> tuple[ServiceMonth, ...]:
    """The months from ``first`` to ``last``, both included; none where ``last`` lies before. Raises ValueError beyond 240."""
    start, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
    if end - start >= _MONTHS:
        raise ValueError(f"{first} to {last} is more than {_MONTHS} months; ask for fewer")
    return tuple(ServiceMonth(n // 12, n % 12 + 1) for n in range(start, end + 1))


def binders(store: Store, months: Collection[ServiceMonth], patient: str = "", claims: Collection[str] = ()) -> Iterator[Binder]:
    """The binder of each claim asked for, by month and claim id: those of ``patient`` (key or record number), or of ``claims``.

    A claim is taken from the newest packet that holds it: one that was withdrawn later was submitted all the same. Raises
    PacketAltered, StoreError.
    """
    for month in sorted(months):
        sealed = packets.sealed_numbers(store, month)
        found: dict[str, tuple[int, BinderPage]] = {}
        for number in sealed[::-1]:
            for page in read_pages(_file(store, month, number, PAGES)):
                if page.claim_id in claims or (patient and patient in (page.mrn, page.patient)):
                    found.setdefault(page.claim_id, (number, page))
        newest = sealed[-1] if sealed and any(number != sealed[-1] for number, _ in found.values()) else 0
        records = ledger.from_lines(_file(store, month, newest, ledger.CLAIM_RECORDS), ClaimRecord) if newest else ()
        standing = {record.claim_id for record in records if record.standing}
        for claim_id, (number, page) in sorted(found.items()):
            style = read_style(_file(store, month, number, LOOK), _file(store, month, number, PLAIN))
            document = Document(f"{month}-{claim_id}.pdf", page.xhtml)
            stands = number == sealed[-1] or claim_id in standing
            yield Binder(month, number, sealed[-1], claim_id, stands, render(document, style))


def _file(store: Store, month: ServiceMonth, number: int, name: str) -> bytes:
    """A file of a packet, once it is proven to be the one that was sealed."""
    manifest = read_manifest(packets.read_file(store, month, number, packets.MANIFEST))
    if manifest is not None and not has_shape(manifest):
        manifest = None
    listed: Mapping[str, Mapping[str, str]] = manifest["files"] if manifest else {}
    if manifest is None or name not in listed:
        what = "its manifest is not as it was sealed" if manifest is None else f"it holds no {name}"
        raise PacketAltered(f"{month}: packet {number}: {what}; run `ccm verify` on it")
    data = packets.read_file(store, month, number, name)
    if hashlib.sha256(data).hexdigest() != listed[name]["sha256"]:
        raise PacketAltered(f"{month}: packet {number}: {name} is not as it was sealed; run `ccm verify` on it")
    return data
