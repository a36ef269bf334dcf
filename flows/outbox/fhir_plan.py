"""The care plan for the EHR: a FHIR R4 document for each billed patient, and an index of the PDFs, in US Core shapes.

Ids are derived from practice, patient key and month, and every time is the month's own: same inputs, same bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from flows.ccm.decision import BILL, COUNTED, Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient import CarePlan
from flows.ccm.patient_month import PatientMonth
from flows.outbox import fhir_entries as entries
from flows.outbox import wording
from flows.outbox.care_plan_summary import care_plan_name

INDEX = "fhir/DocumentReference.ndjson"
_PLAN_NOTE = {"coding": [{"system": entries.LOINC, "code": "18776-5"}], "text": "Care plan"}
_SECTION_CODES = {"conditions": "11450-4", "goals": "61146-7", "medications": "10160-0", "team": "85847-2", "plan": "18776-5"}


@dataclass(frozen=True, slots=True)
class Attached:
    """A PDF as a FHIR Attachment tells it: its size in bytes and its SHA-1 in base64."""

    size: int
    hash: str


def attached(pdf: bytes) -> Attached:
    """What is told of a PDF."""
    # FHIR R4 defines this hash as SHA-1; the manifest's SHA-256 is what protects the packet.
    return Attached(len(pdf), base64.b64encode(hashlib.sha1(pdf, usedforsecurity=False).digest()).decode("ascii"))


def bundle_name(patient_key: str) -> str:
    """Where a billed patient's FHIR document lies in the packet."""
    return f"fhir/{quote(patient_key, safe='')}.json"


def write_fhir(result: MonthResult, pdfs: Mapping[str, Attached]) -> Iterator[tuple[str, bytes]]:
    """Files by name: a document Bundle for each billed patient with a plan, a DocumentReference for each PDF in ``pdfs``."""
    lines = []
    for patient_month, decision in zip(result.patient_months, result.decisions, strict=True):
        if decision.outcome != BILL:
            continue
        if patient_month.care_plan is not None:
            text = json.dumps(plan_bundle(result, patient_month, decision, patient_month.care_plan), ensure_ascii=False, indent=1)
            yield bundle_name(decision.patient_key), text.encode("utf-8") + b"\n"
        name = care_plan_name(decision.patient_key)
        if name in pdfs:
            lines.append(json.dumps(document_reference(result, patient_month, name, pdfs[name]), ensure_ascii=False) + "\n")
    yield INDEX, "".join(lines).encode("utf-8")


def plan_bundle(result: MonthResult, patient_month: PatientMonth, decision: Decision, plan: CarePlan) -> dict[str, Any]:
    """The patient's plan and the month's services as a FHIR document."""
    practice, patient, month = result.practice, patient_month.patient, result.month
    ids = _Ids(result, patient.key)
    signer = practice.practitioner(decision.rendering or patient_month.practitioner)
    listed = [c for c in patient_month.conditions if c.resolved is None or c.resolved > month.last_day]
    resources: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("Patient",), entries.patient_resource(practice, patient, _numbering(result))),
        (("Organization",), entries.organization(practice)),
        *([(("Practitioner",), entries.practitioner(signer))] if signer else []),
        *((("Condition", n), entries.condition(c, month.last_day, ids.refer)) for n, c in enumerate(listed)),
        *((("Goal", n), entries.goal(g, plan, ids.refer)) for n, g in enumerate(plan.goals)),
        *((("MedicationRequest", n), entries.medication(m, plan, ids.refer)) for n, m in enumerate(plan.medications)),
        *([(("CareTeam",), entries.care_team(plan, ids.refer))] if plan.care_team or plan.specialists else []),
        (("CarePlan",), entries.care_plan(plan, len(listed), ids.refer)),
    ]
    composition = _composition(result, decision, plan, [key for key, _ in resources], ids)
    return {
        "resourceType": "Bundle",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": ids.urn("Bundle")},
        "type": "document",
        "timestamp": _month_end(result),
        "entry": [
            {"fullUrl": ids.urn(*key), "resource": {"resourceType": body["resourceType"], "id": str(ids.of(*key))} | body}
            for key, body in ((("Composition",), composition), *resources)
        ],
    }


def document_reference(result: MonthResult, patient_month: PatientMonth, name: str, pdf: Attached) -> dict[str, Any]:
    """US Core DocumentReference of a care-plan PDF: by record number, since the EHR's own ids are not known here."""
    practice, patient = result.practice, patient_month.patient
    ids = _Ids(result, patient.key)
    author = {"identifier": {"system": entries.NPI, "value": practice.npi}, "display": practice.name}
    category = {"system": "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category", "code": "clinical-note"}
    attachment = {
        "contentType": "application/pdf",
        "url": f"../{name}",
        "size": pdf.size,
        "hash": pdf.hash,
        "title": f"Care plan, {wording.month_name(result.month)}",
    }
    return {
        "resourceType": "DocumentReference",
        "id": str(ids.of("DocumentReference")),
        "meta": {"profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-documentreference"]},
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": ids.urn("DocumentReference")}],
        "status": "current",
        "type": _PLAN_NOTE,
        "category": [{"coding": [category]}],
        "subject": {"type": "Patient", "identifier": entries.mrn_identifier(practice, patient, _numbering(result))},
        "date": _month_end(result),
        "author": [author],
        "custodian": author,
        "content": [{"attachment": attachment}],
        "context": {"period": {"start": result.month.first_day.isoformat(), "end": result.month.last_day.isoformat()}},
    }


class _Ids:
    """The ids of one patient's resources in one month."""

    def __init__(self, result: MonthResult, patient_key: str) -> None:
        self._space = uuid5(_practice_space(result), f"{patient_key}/{result.month}")

    def of(self, kind: str, number: int = 0) -> UUID:
        return uuid5(self._space, f"{kind}/{number}")

    def urn(self, kind: str, number: int = 0) -> str:
        return self.of(kind, number).urn

    def refer(self, kind: str, number: int = 0) -> dict[str, str]:
        return {"reference": self.urn(kind, number)}


def _practice_space(result: MonthResult) -> UUID:
    return uuid5(NAMESPACE_URL, f"{entries.NPI}|{result.practice.npi}|{result.practice.slug}")


def _numbering(result: MonthResult) -> str:
    """The system of the practice's record numbers."""
    return uuid5(_practice_space(result), "record numbers").urn


def _month_end(result: MonthResult) -> str:
    return result.month.end(ZoneInfo(result.practice.time_zone)).isoformat()


def _composition(
    result: MonthResult, decision: Decision, plan: CarePlan, keys: list[tuple[Any, ...]], ids: _Ids
) -> dict[str, Any]:
    of_kind = {kind: [ids.refer(*key) for key in keys if key[0] == kind] for kind in {key[0] for key in keys}}
    month, say = wording.month_name(result.month), entries.said
    counted = sorted((p for p in decision.pieces if p.fate == COUNTED), key=lambda p: (p.started, p.entry_id))
    zone = ZoneInfo(result.practice.time_zone)
    services = [
        f"{wording.shown_date(p.started.astimezone(zone).date())}: {p.activity.replace('_', ' ')}, {wording.clock(p.seconds)}"
        for p in counted
    ]
    team = [say(item) for item in (*plan.care_team, *plan.specialists)]
    steps = [say(item) for item in (*plan.monitoring, *plan.self_management)]
    sections = [
        _section("Conditions", "conditions", [say(item) for item in plan.conditions], of_kind.get("Condition", [])),
        _section("Goals", "goals", [say(item) for item in plan.goals], of_kind.get("Goal", [])),
        _section("Medications", "medications", [say(item) for item in plan.medications], of_kind.get("MedicationRequest", [])),
        _section("Care team and specialists", "team", team, of_kind.get("CareTeam", [])),
        _section("Monitoring and self-management", "plan", steps, of_kind["CarePlan"]),
        _section(f"Services in {month}, minutes and seconds", "", services, []),
    ]
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": _PLAN_NOTE,
        "subject": ids.refer("Patient"),
        "date": _month_end(result),
        "author": of_kind.get("Practitioner") or of_kind["Organization"],
        "title": f"Care plan, {month}",
        "custodian": ids.refer("Organization"),
        "section": [section for section in sections if section],
    }


def _section(title: str, code: str, lines: list[str], refers: list[dict[str, str]]) -> dict[str, Any]:
    """A section of the document, empty where there is nothing to say: FHIR asks for a text or an entry in each."""
    if not lines and not refers:
        return {}
    found: dict[str, Any] = {"title": title}
    if code:
        found["code"] = {"coding": [{"system": entries.LOINC, "code": _SECTION_CODES[code]}]}
    if lines:
        found["text"] = entries.narrative(lines)
    if refers:
        found["entry"] = refers
    return found
