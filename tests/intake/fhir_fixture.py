"""FHIR resources of one patient, and an export of them read beside the patient's enrolment."""

from __future__ import annotations

import json

from flows.ccm.patient_month import PatientMonth
from flows.intake.reading import Intake
from tests.intake.practice_fixture import assert_balanced, read

KEY = "inbox/records/export/all.ndjson"
SNOMED, ICD10, CPT = "http://snomed.info/sct", "http://hl7.org/fhir/sid/icd-10-cm", "http://www.ama-assn.org/go/cpt"
ENROLLED = "mrn,family_name,given_name,born,sex,practitioner,enrolled\nM1,Doe,Jane,1950-01-01,F,dr_a,2025-01-06\n"


def patient(**more) -> dict:
    return {
        "resourceType": "Patient",
        "id": "p1",
        "identifier": [
            {"system": "http://hl7.org/fhir/sid/us-mbi", "value": "1EG4-TE5-MK73"},
            {"type": {"coding": [{"code": "SS"}]}, "value": "999-00-1111"},
            {"type": {"coding": [{"code": "MR"}]}, "value": "M1"},
        ],
        "name": [{"use": "maiden", "family": "Roe"}, {"use": "official", "family": "Doe", "given": ["Jane", "Q"]}],
        "birthDate": "1950-01-01",
        "gender": "female",
    } | more


def about_p1(kind: str, **more) -> dict:
    field = {"Coverage": "beneficiary", "Consent": "patient"}.get(kind, "subject")
    return {"resourceType": kind, "id": "x", field: {"reference": "Patient/p1"}} | more


def coding(system: str, code: str, display: str = "") -> dict:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def export(*resources: dict, csv: dict[str, str] | None = None) -> Intake:
    lines = "\n".join(json.dumps(r) for r in resources) + "\n"
    files = {KEY: lines, "inbox/records/patients.csv": ENROLLED} | {f"inbox/records/{k}.csv": v for k, v in (csv or {}).items()}
    intake = read(files)
    assert_balanced(intake)
    return intake


def month_of(*resources: dict, csv: dict[str, str] | None = None) -> PatientMonth:
    intake = export(patient(), *resources, csv=csv)
    assert intake.rejects == ()
    (month,) = intake.patient_months
    return month


def ignored(intake: Intake) -> dict[str, int]:
    return next(i.ignored for i in intake.inputs if i.key == KEY)
