"""The inbox of one practice for one month, read: patient-months, rejects, and the account of every input row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pandas as pd

from flows.ccm.file_kind import CALLS, FHIR, file_kind
from flows.ccm.likeness import Likeness
from flows.ccm.month_result import InputObject, Reject
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.call_log import read_call_log
from flows.intake.call_objects import read_call_object
from flows.intake.columns import RECORDS
from flows.intake.confirmed import Confirmed, read_confirmations
from flows.intake.csv_rows import read_table
from flows.intake.facts import Fact, PatientRow
from flows.intake.fhir_encounter import why_left_out
from flows.intake.fhir_patient import another_person
from flows.intake.fhir_resources import Resources
from flows.intake.identity import Roster
from flows.intake.layout import load_layouts
from flows.intake.likely import Likely
from flows.intake.objects import InboxObject
from flows.intake.placement import Placement
from flows.intake.reconcile import group_facts, patient_months
from flows.intake.records_csv import read_records
from flows.intake.records_fhir import FhirReader
from flows.intake.roster import build_roster
from flows.intake.text_encoding import as_utf8

__all__ = ["InboxObject", "Intake", "read_month"]


@dataclass(frozen=True, slots=True)
class Intake:
    """A month as read. ``patients_on_roster`` counts all patients, also those without a patient-month.

    Of a call log, ``taken`` rows are time entries; which of them count is decided later. Each rejected row has one Reject.
    """

    patient_months: tuple[PatientMonth, ...]
    rejects: tuple[Reject, ...]
    inputs: tuple[InputObject, ...]
    patients_on_roster: int


def read_month(
    objects: Iterable[InboxObject],
    practice: Practice,
    month: ServiceMonth,
    crosswalk: Mapping[str, str],
    likeness: Likeness | None = None,
) -> Intake:
    """Read the month's call logs and the practice's records. ``crosswalk`` maps SNOMED CT to ICD-10-CM codes;
    ``likeness`` says when an unplaced caller has candidates (None: never).

    Nothing in an object raises: what cannot be read is rejected with its key and line. The same objects in any order give
    the same result. Raises LayoutError where the layouts of the software itself cannot be used.
    """
    layouts = load_layouts()
    accounts = Accounts()
    zone = ZoneInfo(practice.time_zone)
    calls: list[InboxObject] = []
    told_apart: list[pd.DataFrame] = []
    read: dict[str, list[PatientRow | Fact]] = {name: [] for name in RECORDS}
    resources = Resources(accounts, {"Encounter": why_left_out}, another_person)
    for item in sorted(objects, key=lambda o: o.key):
        kind = _kind(item.key, month)
        if kind == CALLS:
            calls.append(item)
            continue
        content = accounts.look_through(item)
        if kind in RECORDS:
            content, note = as_utf8(content)
            if note:
                accounts.note(item.key, note)
            for frame in read_table(item.key, content, RECORDS[kind], accounts):
                if kind == "identity":
                    told_apart.append(frame)
                else:
                    read[kind] += read_records(kind, frame, zone, month, crosswalk, accounts)
        elif kind == FHIR:
            resources.add_object(item.key, content)
        elif kind == "no table":
            accounts.damage(item.key, 0, f"the file name begins with no table's name ({', '.join(sorted(RECORDS))}); rename it")
        else:
            accounts.rows(item.key)
            accounts.exclude(Source(item.key), "unknown object")
    csv_patients = [row for row in read["patients"] if isinstance(row, PatientRow)]
    csv_facts = [fact for kind in read.values() for fact in kind if isinstance(fact, Fact)]
    fhir_patients, fhir_facts = FhirReader(resources, practice, month, crosswalk, accounts).read()
    roster = build_roster(fhir_patients, csv_patients, practice, accounts)
    facts = group_facts([*fhir_facts, *csv_facts], roster, accounts)
    patients = [listed.patient for listed in roster.values()]
    confirmed = Confirmed(read_confirmations(told_apart, roster, zone, accounts))
    placement = Placement(Roster(patients), confirmed, Likely(patients, likeness) if likeness else None)
    # Read once the roster is known, so that a row becomes an entry, or is rejected, as it comes.
    found = (read_call_object(item.key, accounts.look_through(item), layouts, zone, accounts) for item in calls)
    entries = read_call_log(found, practice, placement, accounts)
    months = patient_months(practice, month, roster, facts, entries, accounts)
    return Intake(months, accounts.rejects, accounts.inputs, len(roster))


def _kind(key: str, month: ServiceMonth) -> str:
    """What an object is by its key: its kind (of call logs: the month's own), ``no table`` for a CSV of no known one, or ''."""
    kind, name = file_kind(key), key.rsplit("/", 1)[-1]
    if kind == CALLS:
        return CALLS if key.startswith(f"inbox/calls/{month}/") and name and not name.startswith(".") else ""
    if kind == FHIR or kind in RECORDS:
        return kind
    is_csv = name.casefold().removesuffix(".gz").endswith(".csv")
    return "no table" if is_csv and key.startswith("inbox/records/") else ""
