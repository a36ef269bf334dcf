"""Checks across rows: who is who, on which days, and one charge for a code on a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from flows.tenancy.schema import ChargeRecord, PractitionerRecord, StaffRecord

Practitioners = Sequence[tuple[int, PractitionerRecord]]
Staff = Sequence[tuple[int, StaffRecord]]
Charges = Sequence[tuple[int, ChargeRecord]]


def problems(place: str, practitioners: Practitioners, staff: Staff, charges: Charges) -> list[str]:
    """Every contradiction between rows, one line each. ``place`` is the tenant folder as it is named in messages."""
    return [
        *_practitioners(f"{place}/practitioners.csv", practitioners),
        *_staff(f"{place}/staff.csv", practitioners, staff),
        *_charges(f"{place}/charges.csv", charges),
    ]


def _practitioners(place: str, rows: Practitioners) -> Iterator[str]:
    seen: dict[tuple[str, str], int] = {}
    for line, row in rows:
        for column, value in (("id", row.id), ("npi", row.npi)):
            first = seen.setdefault((column, value), line)
            if first != line:
                yield f"{place}: line {line}: column {column!r}: stands on line {first} too; one row a practitioner"
    known = {row.id for _, row in rows}
    for line, row in rows:
        if row.supervisor and (row.supervisor not in known or row.supervisor == row.id):
            yield f"{place}: line {line}: column 'supervisor': {row.supervisor!r} is no other practitioner; use an id listed here"


def _staff(place: str, practitioners: Practitioners, staff: Staff) -> Iterator[str]:
    billing = {row.id for _, row in practitioners}
    earlier: list[tuple[int, StaffRecord]] = []
    for line, row in staff:
        for name in (row.id, *row.logins):
            if name in billing:
                yield f"{place}: line {line}: {name!r} is a practitioner's id; give the staff member another"
        for first, other in earlier:
            if not _share_a_day(row, other):
                continue
            if row.id == other.id:
                yield f"{place}: line {line}: column 'id': overlaps line {first}; end one credential before the next starts"
            elif {row.id, *row.logins} & {other.id, *other.logins}:
                yield f"{place}: line {line}: column 'logins': an id or login is line {first}'s too; time must name one person"
        earlier.append((line, row))


def _charges(place: str, rows: Charges) -> Iterator[str]:
    earlier: list[tuple[int, ChargeRecord]] = []
    for line, row in rows:
        for first, other in earlier:
            if row.code == other.code and _share_a_day(row, other):
                yield f"{place}: line {line}: column 'code': {row.code} is priced on line {first} for these days; end one first"
        earlier.append((line, row))


def _share_a_day(one: StaffRecord | ChargeRecord, other: StaffRecord | ChargeRecord) -> bool:
    return one.start <= (other.end or date.max) and other.start <= (one.end or date.max)
