"""Patient-months, decisions, claim records as JSON lines: the evidence, the same bytes for the same facts, read back exactly."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from flows.ccm.claim_record import ClaimRecord
from flows.ccm.decision import Decision
from flows.ccm.patient_month import PatientMonth

Record = TypeVar("Record", PatientMonth, Decision, ClaimRecord)
# Their names in a packet.
PATIENT_MONTHS, DECISIONS, CLAIM_RECORDS = "patient-months.jsonl", "decisions.jsonl", "claims.jsonl"


class LedgerError(Exception):
    """A line that is not evidence as this version writes it. Names the line only: its content is PHI."""


def to_lines(records: Iterable[PatientMonth | Decision | ClaimRecord]) -> bytes:
    """One line a record, in the order given: UTF-8 JSON, keys sorted, no spaces; Decimals as text, sets as sorted lists."""
    return b"".join(lines(records))


def lines(records: Iterable[PatientMonth | Decision | ClaimRecord]) -> Iterator[bytes]:
    """The lines of ``to_lines``, one after the other."""
    return map(_line, records)


def from_lines(data: bytes, kind: type[Record]) -> tuple[Record, ...]:
    """The records of ``to_lines``. Raises LedgerError at the first line that would not be written back as the same bytes."""
    records = []
    for number, line in enumerate(data.splitlines(keepends=True), start=1):
        try:
            record = _adapter(kind).validate_json(line, strict=True)
        except (ValidationError, ValueError):
            record = None
        if record is None or _line(record) != line:
            raise LedgerError(f"line {number}: not a {kind.__name__} as this version writes it; restore the file from its packet")
        records.append(record)
    return tuple(records)


def _line(record: PatientMonth | Decision | ClaimRecord) -> bytes:
    plain = _adapter(type(record)).dump_python(record, mode="python")
    for line in (*plain.get("lines", ()), *plain.get("at_stake", ())):
        # Written only where a first plan paid: what was sealed before this was known is still read, to the byte.
        if not line["paid_first"]:
            del line["paid_first"]
    # So with what only a claim that was at several payers, or was voided, has.
    for told in (plain, *plain.get("others", ())) if isinstance(record, ClaimRecord) else ():
        for name in ("others", "spent"):
            if name in told and not told[name]:
                del told[name]
    text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_scalar)
    return text.encode() + b"\n"


@cache
def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _scalar(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(f"no evidence form for {type(value).__name__}")
