"""The unit of work: everything known about one patient in one service month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flows.ccm.patient import (
    CarePlan,
    Condition,
    Consent,
    Coverage,
    InitiatingVisit,
    InpatientStay,
    OtherService,
    Patient,
)
from flows.ccm.remittance import Remittance
from flows.ccm.service_month import ServiceMonth
from flows.ccm.time_entry import BusyTime, TimeEntry


@dataclass(frozen=True, slots=True)
class PatientMonth:
    """One patient's records and time for one month. ``decision_making`` None is not documented.

    ``practitioner`` is the billing practitioner's id. ``busy`` is the time the same persons logged for other patients.
    """

    practice: str
    month: ServiceMonth
    patient: Patient
    practitioner: str
    enrolled: date | None
    disenrolled: date | None
    decision_making: str | None
    conditions: tuple[Condition, ...]
    consents: tuple[Consent, ...]
    care_plan: CarePlan | None
    visits: tuple[InitiatingVisit, ...]
    coverages: tuple[Coverage, ...]
    other_services: tuple[OtherService, ...]
    inpatient: tuple[InpatientStay, ...]
    time: tuple[TimeEntry, ...]
    busy: tuple[BusyTime, ...] = ()
    remittances: tuple[Remittance, ...] = ()  # what payers answered to this month's codes
