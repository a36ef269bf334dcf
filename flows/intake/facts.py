"""What one input row says of one patient, before it is known whether the patient is on the roster."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from flows.ccm.patient import (
    Address,
    CarePlan,
    Condition,
    Consent,
    Coverage,
    InitiatingVisit,
    InpatientStay,
    OtherService,
)
from flows.ccm.remittance import Remittance
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A roster row from either form of records; any field may still be empty and be filled from the other form.

    ``deceased`` says that the record calls the patient dead without a day.
    """

    mrn: str
    source: Source
    family_name: str = ""
    given_name: str = ""
    born: date | None = None
    sex: str = ""
    died: date | None = None
    deceased: bool = False
    mbi: str = ""
    phone: str = ""
    address: Address | None = None
    language: str = ""
    practitioner: str = ""
    enrolled: date | None = None
    disenrolled: date | None = None


@dataclass(frozen=True, slots=True)
class PlanItemRow:
    """One row of care_plans: an item of the plan established that day, or with no element the plan's own dates."""

    established: date
    revised: date | None
    element: str
    text: str
    detail: str


@dataclass(frozen=True, slots=True)
class DecisionMaking:
    """The level of medical decision making documented for a month."""

    month: ServiceMonth
    level: str


FactValue: TypeAlias = (
    Condition
    | Consent
    | CarePlan
    | PlanItemRow
    | Coverage
    | InitiatingVisit
    | OtherService
    | InpatientStay
    | DecisionMaking
    | Remittance
)


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the patient with this MRN, and the row that it came from."""

    mrn: str
    value: FactValue
    source: Source
