"""The practice that bills: facts and recorded choices from its tenant folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flows.ccm.patient import Address, Charge
from flows.ccm.service_month import ServiceMonth

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
    supervisor: str = ""  # id of the practitioner who supervises this one, where the two differ


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
class Schedule:
    """When a practice's month is billed by itself: on a night (1-3) of the next month, at a local time like ``02:30``."""

    night: int
    at: str


@dataclass(frozen=True, slots=True)
class Facility:
    """The place where the practice sees its patients, where that is not the billing address. ``npi`` is empty where it has none
    of its own."""

    name: str
    address: Address
    npi: str = ""


@dataclass(frozen=True, slots=True)
class Practice:
    """A tenant. ``slug`` names it and its prefix. ``test`` marks synthetic records: claim files then say T, never P."""

    slug: str
    name: str
    kind: str
    mac: str
    contractor: str  # the MAC's five-digit Part B contractor (payer) number for the practice's location
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
    schedule: Schedule | None = None  # None: run by hand alone
    contractor_part_a: str = ""  # the MAC's Part A number there, which 837I claims go to; RHC and FQHC have one
    facility: Facility | None = None
    # Each time entry asks who gave it, several times over, and a large practice has hundreds of people.
    _practitioners: dict[str, Practitioner] = field(init=False, repr=False, compare=False)
    _staff: dict[str, tuple[StaffMember, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Find the people by id once. Of two practitioners of one id the first is meant."""
        staff: dict[str, tuple[StaffMember, ...]] = {}
        for row in self.staff:
            staff[row.id] = (*staff.get(row.id, ()), row)
        object.__setattr__(self, "_practitioners", {p.id: p for p in reversed(self.practitioners)})
        object.__setattr__(self, "_staff", staff)

    def practitioner(self, practitioner_id: str) -> Practitioner | None:
        """The practitioner with this id, or None."""
        return self._practitioners.get(practitioner_id)

    def staff_rows(self, person: str) -> tuple[StaffMember, ...]:
        """The rows of the staff list with this id, in the list's order; a new credential is a new row."""
        return self._staff.get(person, ())

    def charge(self, code: str, on: date) -> Decimal | None:
        """The charge in force for a code on a day, in dollars, or None where the practice has none."""
        for row in self.charges:
            if row.code == code and row.start <= on and (row.end is None or on <= row.end):
                return row.amount
        return None


@dataclass(frozen=True, slots=True)
class Terms:
    """What of a practice the rulebook needs to resolve the rules: its kind and place, its choices, and its charges.

    ``charges`` are dollars a unit by code; None asks for no charge (a rule case). ``billing_credentials`` are by
    practitioner id.
    """

    kind: str
    mac: str
    contractor: str
    locality: str
    time_zone: str
    place_of_service: str  # empty: the kind's usual one
    choices: dict[str, str]
    charges: dict[str, Decimal] | None
    billing_credentials: dict[str, str]


def due_at(practice: Practice, month: ServiceMonth) -> datetime | None:
    """When the month is billed by itself, in the practice's zone; None where it is begun by hand alone."""
    if practice.schedule is None:
        return None
    day = month.last_day + timedelta(days=practice.schedule.night)
    return datetime.combine(day, time.fromisoformat(practice.schedule.at), ZoneInfo(practice.time_zone))


def terms_of(practice: Practice, last_day: date) -> Terms:
    """The practice's terms, with the charges in force on the service month's last day."""
    in_force = {c.code: practice.charge(c.code, last_day) for c in practice.charges}
    return Terms(
        kind=practice.kind,
        mac=practice.mac,
        contractor=practice.contractor,
        locality=practice.locality,
        time_zone=practice.time_zone,
        place_of_service=practice.place_of_service,
        choices={name: choice.value for name, choice in practice.choices.items()},
        charges={code: amount for code, amount in in_force.items() if amount is not None},
        billing_credentials={p.id: p.credential for p in practice.practitioners},
    )
