"""The CSV set of the practice's records: whole for a practice without an export, the missing facts beside a FHIR one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from flows.ccm.patient import CARE_PLAN_ELEMENTS, CONSENT_ELEMENTS
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.script import Script

Row = dict[str, object]

COLUMNS = {
    "patients": (
        "mrn family_name given_name born sex died mbi phone address_line1 address_line2 city state postal_code language "
        "practitioner enrolled disenrolled"
    ),
    "conditions": "mrn icd10 snomed description since resolved expected_months significant_risk",
    "consents": "mrn on decision method explained practitioner revoked",
    "care_plans": "mrn established revised element text detail",
    "coverage": (
        "mrn plan payer_name payer_id member_id start end rank msp_type ccm verified_for authorization_required "
        "authorization_number authorization_start authorization_end"
    ),
    "visits": "mrn on code",
    "other_services": "mrn code on by started seconds",
    "inpatient": "mrn start end",
    "decision_making": "mrn month level practitioner documented_on",
}


def write_csv_records(scripts: Sequence[Script], month: ServiceMonth) -> tuple[dict[str, bytes], dict[str, int]]:
    """One file a table, empty ones left out, and the number of rows in each."""
    objects: dict[str, bytes] = {}
    rows: dict[str, int] = {}
    for table, columns in COLUMNS.items():
        out = io.StringIO()
        writer = csv.DictWriter(out, columns.split(), lineterminator="\n", restval="")
        writer.writeheader()
        written = 0
        for script in scripts:
            for row in _TABLES[table](script, month):
                writer.writerow(row)
                written += 1
        if written:
            key = f"inbox/records/{table}.csv"
            objects[key], rows[key] = out.getvalue().encode("utf-8"), written
    return objects, rows


def in_export(script: Script, fact: str) -> bool:
    """Whether the FHIR export carries this fact of the patient, so that the CSV need not."""
    chart = script.chart
    if not chart.fhir:
        return False
    if fact == "coverage":  # verification and authorization are no part of an export: an Advantage plan comes by CSV
        return chart.coverage.plan == "medicare"
    if fact == "visits":  # half of the practices' visits are exported without a procedure code
        return int(chart.patient.mrn[1:]) % 2 == 0
    return fact in ("care_plans", "inpatient")


def _patients(script: Script, month: ServiceMonth) -> Iterator[Row]:
    chart, patient = script.chart, script.chart.patient
    row: Row = {
        "mrn": patient.mrn,
        "family_name": patient.family_name,
        "given_name": patient.given_name,
        "born": patient.born,
        "sex": patient.sex,
        "practitioner": chart.practitioner,
        "enrolled": chart.enrolled,
    }
    if not chart.fhir and patient.address is not None:
        row |= {
            "died": patient.died or "",
            "mbi": patient.mbi,
            "phone": patient.phone,
            "address_line1": patient.address.line1,
            "address_line2": patient.address.line2,
            "city": patient.address.city,
            "state": patient.address.state,
            "postal_code": f"{patient.address.postal_code[:5]}-{patient.address.postal_code[5:]}",
            "language": patient.language,
        }
    yield row


def _conditions(script: Script, month: ServiceMonth) -> Iterator[Row]:
    for condition in script.chart.conditions:
        row: Row = {"mrn": script.chart.patient.mrn, "icd10": condition.icd10, "snomed": condition.snomed}
        row |= {
            "expected_months": "" if condition.expected_months is None else condition.expected_months,
            "significant_risk": {True: "yes", False: "no", None: ""}[condition.significant_risk],
        }
        # of an ended condition the row says when, lest it read as the same condition begun anew
        if condition.resolved or not script.chart.fhir:
            row |= {"description": condition.description, "since": condition.since, "resolved": condition.resolved or ""}
        if not script.chart.fhir or condition.expected_months is not None:
            yield row


def _consents(script: Script, month: ServiceMonth) -> Iterator[Row]:
    for consent in script.chart.consents:
        yield {
            "mrn": script.chart.patient.mrn,
            "on": consent.on,
            "decision": consent.decision,
            "method": consent.method,
            "explained": ";".join(e for e in CONSENT_ELEMENTS if e in consent.explained),
            "practitioner": consent.practitioner,
            "revoked": consent.revoked or "",
        }


def _care_plans(script: Script, month: ServiceMonth) -> Iterator[Row]:
    plan = script.chart.care_plan
    if plan is None or in_export(script, "care_plans"):
        return
    for element in CARE_PLAN_ELEMENTS:
        for item in getattr(plan, element):
            yield {
                "mrn": script.chart.patient.mrn,
                "established": plan.established,
                "revised": plan.revised or "",
                "element": element,
                "text": item.text,
                "detail": item.detail,
            }


def _coverage(script: Script, month: ServiceMonth) -> Iterator[Row]:
    if in_export(script, "coverage"):
        return
    coverage = script.chart.coverage
    row: Row = {
        "mrn": script.chart.patient.mrn,
        "plan": coverage.plan,
        "payer_name": coverage.payer_name,
        "payer_id": coverage.payer_id,
        "member_id": coverage.member_id,
        "start": coverage.start or "",
        "rank": 1,
        "ccm": coverage.ccm if script.chart.verified_for else "",
        "verified_for": ";".join(map(str, script.chart.verified_for)),
        "authorization_required": {True: "yes", False: "no", None: ""}[coverage.authorization_required],
    }
    if coverage.authorization is not None:
        row |= {
            "authorization_number": coverage.authorization.number,
            "authorization_start": coverage.authorization.start,
            "authorization_end": coverage.authorization.end,
        }
    yield row


def _visits(script: Script, month: ServiceMonth) -> Iterator[Row]:
    if not in_export(script, "visits"):
        for visit in script.chart.visits:
            yield {"mrn": script.chart.patient.mrn, "on": visit.on, "code": visit.code}


def _other_services(script: Script, month: ServiceMonth) -> Iterator[Row]:
    for service in script.chart.other_services:
        yield {"mrn": script.chart.patient.mrn, "code": service.code, "on": service.on, "by": service.by}


def _inpatient(script: Script, month: ServiceMonth) -> Iterator[Row]:
    if not in_export(script, "inpatient"):
        for stay in script.chart.inpatient:
            yield {"mrn": script.chart.patient.mrn, "start": stay.start, "end": stay.end or ""}


def _decision_making(script: Script, month: ServiceMonth) -> Iterator[Row]:
    if script.time.decision_making is not None:
        chart = script.chart
        on = chart.patient.died or month.last_day
        yield {
            "mrn": chart.patient.mrn,
            "month": month,
            "level": script.time.decision_making,
            "practitioner": chart.practitioner,
            "documented_on": on,
        }


_TABLES = {
    "patients": _patients,
    "conditions": _conditions,
    "consents": _consents,
    "care_plans": _care_plans,
    "coverage": _coverage,
    "visits": _visits,
    "other_services": _other_services,
    "inpatient": _inpatient,
    "decision_making": _decision_making,
}
