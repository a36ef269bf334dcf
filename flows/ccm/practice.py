"""The practice that bills: facts and recorded choices from its tenant folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flows.ccm.patient import Address, Charge

KINDS = ("office", "hospital_outpatient", "rhc", "fqhc")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a practice chose where the rules leave room: the value, who chose it, when, and on what source."""

    value: str
    by: str
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class Practitioner:
    """A billing practitioner. ``id`` is the practice's own; ``credential`` one of the rulebook's practitioner credentials."""

    id: str
    family_name: str
    given_name: str
    credential: str
    npi: str
    taxonomy: str
    start: date
    end: date | None = None
    email: str = ""


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person whose time may count, with the credential held from ``start`` to ``end``; a new credential is a new row."""

    id: str
    name: str
    credential: str
    employer: str  # practice or vendor
    start: date
    end: date | None = None
    logins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Practice:
    """A tenant. ``slug`` names it and its prefix. ``test`` marks synthetic records: claim files then say T, never P."""

    slug: str
    name: str
    kind: str
    mac: str
    contractor: str  # the MAC's five-digit contractor (payer) number for the practice's location
    locality: str
    time_zone: str
    npi: str
    tax_id: str
    taxonomy: str
    address: Address
    phone: str
    contact: str
    place_of_service: str
    type_of_bill: str  # three digits for RHC/FQHC (711, 771), else empty
    submitter_id: str
    control_series: int  # 1-999, unique across tenants: the leading digits of every X12 control number
    test: bool
    choices: dict[str, Choice]
    practitioners: tuple[Practitioner, ...]
    staff: tuple[StaffMember, ...]
    charges: tuple[Charge, ...]

    def practitioner(self, practitioner_id: str) -> Practitioner | None:
        """The practitioner with this id, or None."""
        return next((p for p in self.practitioners if p.id == practitioner_id), None)

    def charge(self, code: str, on: date) -> Decimal | None:
        """The charge in force for a code on a day, in dollars, or None where the practice has none."""
        for row in self.charges:
            if row.code == code and row.start <= on and (row.end is None or on <= row.end):
                return row.amount
        return None
