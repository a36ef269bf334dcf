"""A Bulk FHIR export as roster rows and facts of patients; every resource is taken, excluded by name, or rejected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import TypeAlias
from zoneinfo import ZoneInfo

from flows.ccm.month_result import Reject
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.facts import Fact, FactValue, PatientRow
from flows.intake.fhir_care_plan import read_care_plan
from flows.intake.fhir_condition import read_condition
from flows.intake.fhir_consent import read_consent
from flows.intake.fhir_coverage import read_coverage, type_text
from flows.intake.fhir_elements import NPI, identifier_value, objects, string
from flows.intake.fhir_encounter import read_encounter
from flows.intake.fhir_patient import medical_record_number, patient_row, replaced
from flows.intake.fhir_resources import Resource, Resources
from flows.intake.roster import one_each

# What reading a resource came to: facts, the name it is excluded under, or its Reject.
_Read: TypeAlias = FactValue | tuple[FactValue, ...] | str | Reject

_SUBJECTS = ("subject", "patient", "beneficiary")


class FhirReader:
    """Reads the facts of an export for one practice and month."""

    def __init__(
        self, resources: Resources, practice: Practice, month: ServiceMonth, crosswalk: Mapping[str, str], accounts: Accounts
    ) -> None:
        self._resources = resources
        self._zone = ZoneInfo(practice.time_zone)
        self._month = month
        self._crosswalk = crosswalk
        self._accounts = accounts
        self._practitioners = {p.npi: p.id for p in practice.practitioners}
        self._readers: dict[str, Callable[[Resource], _Read]] = {
            "Condition": self._condition,
            "CarePlan": self._care_plan,
            "Coverage": self._coverage,
            "Consent": self._consent,
            "Encounter": self._encounter,
        }

    def read(self) -> tuple[list[PatientRow], list[Fact]]:
        """Roster rows and facts. A resource whose patient is not in the export is rejected as ``patient.unmatched``."""
        self._resources.hold_against_dropped()
        self._resources.take_out_deleted()
        rows = self._patients()
        facts: list[Fact] = []
        for kind, reader in self._readers.items():
            for resource in self._resources.of(kind):
                row = self._subject(resource, rows)
                if row is None:
                    detail = "the resource's patient is not in the export, or was itself rejected"
                    self._accounts.reject(Reject(resource.source, "patient.unmatched", "subject", detail))
                    continue
                facts += [Fact(row.mrn, value, resource.source) for value in self._values(resource, reader(resource))]
        self._resources.close()
        return list(rows.values()), facts

    def _patients(self) -> dict[Source, PatientRow]:
        """The roster row of each Patient resource that is one.

        An identifier that several patients share is no record number, unless it says that it is one (type MR): then they are one
        patient, or contradict each other; then all are rejected, and what refers to them with them.
        """
        patients = self._resources.of("Patient")
        numbers = {patient.source: medical_record_number(patient.body) for patient in patients}
        shared = Counter(number for number, _ in numbers.values())
        rows: dict[Source, PatientRow] = {}
        for patient in patients:
            if replaced(patient.body):
                detail = "says that another record replaced it; deliver the patient's calls and records under that one"
                self._reject(patient, "row.bad_value", "link", detail)
                continue
            mrn, taken_from = numbers[patient.source]
            if taken_from and shared[mrn] > 1:
                mrn = string(patient.body.get("id"))
                taken_from = "MRN taken from Patient.id, since patients share the first identifier"
            if not mrn:
                self._reject(patient, "row.missing_field", "identifier", "has no record number and no id")
                continue
            row = patient_row(patient, mrn, self._practitioner(patient, "generalPractitioner"), self._zone)
            if taken_from:
                self._accounts.note(patient.source.key, taken_from)
            rows[patient.source] = row
        whole = one_each(rows.values(), self._accounts)
        return {source: row for source, row in rows.items() if row.mrn in whole}

    def _subject(self, resource: Resource, rows: Mapping[Source, PatientRow]) -> PatientRow | None:
        body = resource.body
        found = (self._resources.find(body.get(name), resource) for name in _SUBJECTS)
        return next((rows[patient.source] for patient in found if patient and patient.source in rows), None)

    def _practitioner(self, resource: Resource, name: str) -> str:
        """The practice's own id of a referred practitioner, by NPI; empty where none of the practice's is referred to."""
        for reference in objects(resource.body.get(name)):
            found = self._resources.find(reference, resource)
            if found is not None and found.type == "PractitionerRole":
                found = self._resources.find(found.body.get("practitioner"), self._resources.use(found))
            if found is not None and (own := self._practitioners.get(identifier_value(found.body, NPI))):
                self._resources.use(found)
                return own
        return ""

    def _values(self, resource: Resource, read: _Read) -> tuple[FactValue, ...]:
        """The facts of one resource; empty where it was excluded or rejected."""
        if isinstance(read, str):
            self._accounts.exclude(resource.source, read)
            return ()
        if isinstance(read, Reject):
            self._accounts.reject(read)
            return ()
        return read if isinstance(read, tuple) else (read,)

    def _condition(self, resource: Resource) -> _Read:
        read = read_condition(resource, self._crosswalk, self._zone)
        return read or Reject(resource.source, "row.bad_value", "code", "the ICD-10-CM code has not the form of one")

    def _care_plan(self, resource: Resource) -> _Read:
        read = read_care_plan(resource, self._resources, self._zone, self._month.first_day)
        detail = "has no day; give the plan's day in the export or in care_plans.csv"
        return read or Reject(resource.source, "row.missing_field", "period.start", detail)

    def _coverage(self, resource: Resource) -> _Read:
        read = read_coverage(resource, self._resources, self._zone)
        detail = f"{type_text(resource)!r} names no kind of plan clearly; give the coverage in coverage.csv"
        return read or Reject(resource.source, "row.bad_value", "type", detail)

    def _consent(self, resource: Resource) -> _Read:
        read = read_consent(resource, self._practitioner(resource, "performer"), self._zone)
        if isinstance(read, tuple):
            return Reject(resource.source, "row.missing_field", *read)
        return read

    def _encounter(self, resource: Resource) -> _Read:
        read = read_encounter(resource, self._zone)
        return read or Reject(resource.source, "row.missing_field", "period.start", "has no day")

    def _reject(self, resource: Resource, reason: str, field: str, detail: str) -> None:
        self._accounts.reject(Reject(resource.source, reason, field, detail))
