"""A practice's prefix in memory, and a month billed over it as the flow does it. PDFs are tested elsewhere and left out."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest

from flows import packets, steps
from flows.ccm.service_month import ServiceMonth
from flows.store import AlreadyThere, Listed, StoreError
from flows.tenancy import load_practice
from flows.verify.packet import verify_packet
from tests.golden.months import HOME, MONTHS, TENANTS

LATE = "inbox/calls/2025-11/late-2.csv"
DOCUMENTS = ("attestations/", "care-plans/", "documents.json")  # where `without_documents` leaves faults to be found
_HEADER = "entry_id,started,minutes,staff_id,mrn,activity,about,mode,description\n"


class Shelf:
    """A store's objects in a dictionary, under its conditions."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def list(self, prefix: str) -> tuple[Listed, ...]:
        found = sorted(key for key in self.objects if key.startswith(prefix))
        return tuple(Listed(key, hashlib.md5(self.objects[key]).hexdigest(), len(self.objects[key])) for key in found)

    def read(self, key: str, version: str = "") -> bytes:
        if key not in self.objects:
            raise StoreError("the object is gone")
        return self.objects[key]

    def stream(self, found: Listed) -> Iterator[bytes]:
        yield self.read(found.key, found.version)

    def find(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def put_new(self, key: str, data: bytes) -> None:
        if key in self.objects:
            raise AlreadyThere("there")
        self.objects[key] = data


class Month:
    """A golden month whose inbox a test changes; ``bill`` makes and seals a packet where there is something to say."""

    def __init__(self, name: str = "office-2025-11") -> None:
        slug, month = MONTHS[name]
        self.practice, self.month, self.shelf = load_practice(TENANTS, slug), ServiceMonth.parse(month), Shelf()
        for path in sorted((HOME / name / "inbox").rglob("*")):
            if path.is_file():
                self.shelf.objects[path.relative_to(HOME / name).as_posix()] = path.read_bytes()

    @classmethod
    def resumed(cls, objects: dict[str, bytes], name: str = "office-2025-11") -> Month:
        """A month that goes on from what a shelf held; the objects given stay as they are."""
        month = cls(name)
        month.shelf.objects = dict(objects)
        return month

    def late(self, *rows: str, key: str = LATE) -> None:
        self.shelf.objects[key] = (_HEADER + "".join(f"{row}\n" for row in rows)).encode()

    def edit(self, key: str, old: str, new: str) -> None:
        text = self.shelf.objects[key].decode()
        assert old in text
        self.shelf.objects[key] = text.replace(old, new).encode()

    def references(self, *rows: str) -> None:
        text = "claim_id,payer_claim_number\n" + "".join(f"{row}\n" for row in rows)
        self.shelf.objects[f"corrections/{self.month}/payer-references.csv"] = text.encode()

    def bill(self) -> steps.Sealed:
        intake = steps.read_month(self.shelf, self.practice, self.month)
        result = steps.decide_month(intake, self.practice, self.month)
        number = packets.latest(self.shelf, self.month) + 1
        told = steps.correct_month(self.shelf, result, number)
        if isinstance(told, steps.Sealed):
            return told
        return steps.seal(self.shelf, told, steps.make_packet(told, number, 1), number)

    def file(self, packet: int, name: str) -> bytes:
        return self.shelf.objects[f"packets/{self.month}/{packet}/{name}"]

    def faults(self, packet: int) -> list[str]:
        """What `ccm verify` finds wrong with a packet, but for the documents that were not rendered."""
        prefix = f"packets/{self.month}/{packet}/"
        files = {key.removeprefix(prefix): data for key, data in self.shelf.objects.items() if key.startswith(prefix)}
        return [line for line in verify_packet(files) if not line.startswith(DOCUMENTS)]

    def rows(self, packet: int, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.file(packet, name).decode("utf-8-sig"), newline="")))

    def changes(self, packet: int) -> dict[str, tuple[str, str]]:
        """By record number: the kind of change, and what becomes of the claim."""
        return {row["mrn"]: (row["change"], row["what_becomes_of_the_claim"]) for row in self.rows(packet, "changes.csv")}

    def sent(self, packet: int) -> dict[str, str]:
        """The frequency of each claim in the packet's claim files, by record number; sheet and files must agree."""
        rows = self.rows(packet, "claims/claim-sheet.csv")
        prefix = f"packets/{self.month}/{packet}/claims/"
        segments = [
            segment.split("*")
            for key, data in self.shelf.objects.items()
            if key.startswith(prefix) and key.endswith(".837")
            for segment in data.decode().replace("\n", "").split("~")
        ]
        in_files = {parts[1]: parts[5].split(":")[-1] for parts in segments if parts[0] == "CLM"}
        assert in_files == {row["claim_id"]: row["frequency"] for row in rows}
        return {row["mrn"]: row["frequency"] for row in rows}

    def claim_of(self, mrn: str, packet: int = 1) -> str:
        return next(row["claim_id"] for row in self.rows(packet, "claims/claim-sheet.csv") if row["mrn"] == mrn)


def without_documents(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_given: Any) -> None:
        return None

    monkeypatch.setattr(steps, "write_documents", none)
