"""The practice's patients: roster rows of both forms of records joined by MRN, each patient once."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import reduce

from flows.ccm.month_result import Reject
from flows.ccm.patient import Patient
from flows.ccm.practice import Practice
from flows.intake.accounts import Accounts
from flows.intake.facts import PatientRow
from flows.intake.identity import mbi_key

_FACTS = tuple(f.name for f in fields(PatientRow) if f.name not in ("mrn", "source", "deceased"))
_NOTHING = {None, ""}


@dataclass(frozen=True, slots=True)
class RosterPatient:
    """A patient with what the roster says beside: the billing practitioner's id and the enrolment."""

    patient: Patient
    practitioner: str
    enrolled: date | None
    disenrolled: date | None


def patient_key(practice: Practice, mrn: str) -> str:
    """The patient's name in files: practice and MRN hashed, so that neither can be read from it."""
    return "p" + hashlib.sha256(f"{practice.slug}|{mrn}".encode()).hexdigest()[:12]


def build_roster(
    fhir: Iterable[PatientRow], csv: Iterable[PatientRow], practice: Practice, accounts: Accounts
) -> dict[str, RosterPatient]:
    """The patients by MRN. Rows of one form fill each other's empty fields; where they differ, which is right nobody can tell,
    and all of them are rejected.

    A CSV row fills the empty fields of the FHIR patient of the same MRN; where it has another birth date or MBI it is another
    person's, and is rejected. A patient without the facts that a claim needs is rejected, naming the field.
    """
    roster = one_each(fhir, accounts)
    for mrn, row in one_each(csv, accounts).items():
        known = roster.get(mrn)
        if known is not None and (against := _contradiction(known, row)):
            detail = "differs from the FHIR patient of the same MRN; correct one of them"
            accounts.reject(Reject(row.source, "row.bad_value", against, detail, (mrn,)))
        else:
            roster[mrn] = row if known is None else _filled(known, row)
    return {mrn: patient for mrn, row in roster.items() if (patient := _patient(row, practice, accounts))}


def one_each(rows: Iterable[PatientRow], accounts: Accounts) -> dict[str, PatientRow]:
    """One row for each MRN: its rows fill each other's empty fields. Where two say different things, all are rejected."""
    together: dict[str, list[PatientRow]] = defaultdict(list)
    for row in rows:
        together[row.mrn].append(row)
    found: dict[str, PatientRow] = {}
    for mrn, same in together.items():
        against = next((name for name in _FACTS if len({getattr(row, name) for row in same} - _NOTHING) > 1), "")
        if against:
            detail = "the roster's rows of this MRN differ here; deliver one roster, or correct one of them"
            for row in same:
                accounts.reject(Reject(row.source, "row.bad_value", against, detail, (mrn,)))
        else:
            found[mrn] = reduce(_filled, same)
    return found


def _contradiction(known: PatientRow, row: PatientRow) -> str:
    pairs = (("born", known.born, row.born), ("mbi", mbi_key(known.mbi), mbi_key(row.mbi)))
    return next((name for name, one, other in pairs if one and other and one != other), "")


def _filled(known: PatientRow, row: PatientRow) -> PatientRow:
    filled = {name: getattr(row, name) for name in _FACTS if not getattr(known, name)}
    return replace(known, deceased=known.deceased or row.deceased, **filled)


def _patient(row: PatientRow, practice: Practice, accounts: Accounts) -> RosterPatient | None:
    missing = next((n for n in ("family_name", "given_name", "born") if not getattr(row, n)), "")
    detail = "is empty; give it in the export or in patients.csv"
    if not missing and row.deceased and row.died is None:
        missing, detail = "died", "the record says deceased without a day; give the day in patients.csv"
    if missing or row.born is None:
        accounts.reject(Reject(row.source, "row.missing_field", missing, detail, (row.mrn,)))
        return None
    patient = Patient(
        key=patient_key(practice, row.mrn),
        mrn=row.mrn,
        family_name=row.family_name,
        given_name=row.given_name,
        born=row.born,
        sex=row.sex or "U",
        died=row.died,
        mbi=row.mbi,
        phone=row.phone,
        address=row.address,
        language=row.language or "en",
        source=row.source,
    )
    return RosterPatient(patient, row.practitioner, row.enrolled, row.disenrolled)
