"""A patient's plan as FHIR R4 resources in US Core shapes. Only what is on record: an element nobody documented is absent.

Each function returns one resource as a dictionary; ``refer`` turns a resource's kind and number into its ``urn:uuid``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from html import escape
from typing import Any

from flows.ccm.patient import Address, CarePlan, Condition, Patient, PlanItem
from flows.ccm.practice import Practice, Practitioner
from flows.outbox import wording

Refer = Callable[..., dict[str, str]]
Resource = dict[str, Any]

NPI, MBI = "http://hl7.org/fhir/sid/us-npi", "http://hl7.org/fhir/sid/us-mbi"
ICD10, SNOMED, LOINC = "http://hl7.org/fhir/sid/icd-10-cm", "http://snomed.info/sct", "http://loinc.org"
_CORE, _TERMS = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-", "http://terminology.hl7.org/CodeSystem/"
_GENDER = {"F": "female", "M": "male"}
_ICD10_CODE = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?\Z")
_SCT_CODE = re.compile(r"[0-9]{6,18}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
_UNKNOWN = {"coding": [{"system": _TERMS + "data-absent-reason", "code": "unknown"}]}


def clean(text: str) -> str:
    """Text as FHIR takes it: legible, no outer blanks."""
    return wording.legible(text).strip()


def narrative(paragraphs: Sequence[str]) -> dict[str, str]:
    """The human reading of a resource, generated from its data; every text is escaped."""
    body = "".join(f"<p>{escape(clean(paragraph))}</p>" for paragraph in paragraphs)
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{body}</div>'}


def said(item: PlanItem) -> str:
    """A plan's item in one line."""
    return f"{item.text}: {item.detail}" if item.detail else item.text


def mrn_identifier(practice: Practice, patient: Patient, system: str) -> dict[str, Any]:
    """The practice's own record number; ``system`` names the practice's numbering."""
    return {
        "type": {"coding": [{"system": _TERMS + "v2-0203", "code": "MR"}]},
        "system": system,
        "value": clean(patient.mrn),
        "assigner": {"display": practice.name},
    }


def patient_resource(practice: Practice, patient: Patient, system: str) -> Resource:
    """US Core Patient. Race and ethnicity are not in the practice's roster and are left out."""
    name = {"family": clean(patient.family_name), "given": [clean(patient.given_name)]}
    found: Resource = {
        "resourceType": "Patient",
        "meta": _profile("patient"),
        "identifier": [mrn_identifier(practice, patient, system)],
        "name": [{key: value for key, value in name.items() if value and value != [""]}],
        "gender": _GENDER.get(patient.sex, "unknown"),
        "birthDate": patient.born.isoformat(),
    }
    if patient.mbi:
        found["identifier"].append({"system": MBI, "value": clean(patient.mbi)})
    if patient.died:
        found["deceasedDateTime"] = patient.died.isoformat()
    if clean(patient.phone):
        found["telecom"] = [{"system": "phone", "value": clean(patient.phone)}]
    if patient.address:
        found["address"] = [_address(patient.address)]
    if _LANGUAGE.match(patient.language):
        found["communication"] = [{"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": patient.language}]}}]
    return found


def organization(practice: Practice) -> Resource:
    """US Core Organization: the practice."""
    return {
        "resourceType": "Organization",
        "meta": _profile("organization"),
        "identifier": [{"system": NPI, "value": practice.npi}],
        "active": True,
        "name": practice.name,
        "telecom": [{"system": "phone", "value": practice.phone}],
        "address": [_address(practice.address)],
    }


def practitioner(person: Practitioner) -> Resource:
    """US Core Practitioner: who bills."""
    return {
        "resourceType": "Practitioner",
        "meta": _profile("practitioner"),
        "identifier": [{"system": NPI, "value": person.npi}],
        "name": [{"family": person.family_name, "given": [person.given_name], "suffix": [person.credential]}],
    }


def condition(item: Condition, month_end: date, refer: Refer) -> Resource:
    """US Core Condition of the problem list; active unless it ended by the month's end."""
    code: dict[str, Any] = {"coding": []}
    if _ICD10_CODE.match(wording.icd10(item.icd10)):
        code["coding"].append({"system": ICD10, "code": wording.icd10(item.icd10)})
    if _SCT_CODE.match(item.snomed):
        code["coding"].append({"system": SNOMED, "code": item.snomed})
    text = clean(item.description) or clean(item.icd10)
    over = item.resolved is not None and item.resolved <= month_end
    found: Resource = {
        "resourceType": "Condition",
        "meta": _profile("condition-problems-health-concerns"),
        "clinicalStatus": {"coding": [{"system": _TERMS + "condition-clinical", "code": "resolved" if over else "active"}]},
        "category": [{"coding": [{"system": _TERMS + "condition-category", "code": "problem-list-item"}]}],
        "code": {key: value for key, value in (code | {"text": text}).items() if value} or _UNKNOWN,
        "subject": refer("Patient"),
    }
    if item.since:
        found["onsetDateTime"] = item.since.isoformat()
    if item.resolved:
        found["abatementDateTime"] = item.resolved.isoformat()
    return found


def goal(item: PlanItem, plan: CarePlan, refer: Refer) -> Resource:
    """US Core Goal, with its measure as a note."""
    found: Resource = {
        "resourceType": "Goal",
        "meta": _profile("goal"),
        "lifecycleStatus": "active",
        "description": {"text": clean(item.text)},
        "subject": refer("Patient"),
        "startDate": plan.established.isoformat(),
    }
    if clean(item.detail):
        found["note"] = [{"text": clean(item.detail)}]
    return found


def medication(item: PlanItem, plan: CarePlan, refer: Refer) -> Resource:
    """US Core MedicationRequest with the intent of a plan: a medication as the plan lists it, not an order."""
    found: Resource = {
        "resourceType": "MedicationRequest",
        "meta": _profile("medicationrequest"),
        "status": "active",
        "intent": "plan",
        "medicationCodeableConcept": {"text": clean(item.text)},
        "subject": refer("Patient"),
        "authoredOn": plan.last_revision.isoformat(),
    }
    if clean(item.detail):
        found["dosageInstruction"] = [{"text": clean(item.detail)}]
    return found


def care_team(plan: CarePlan, refer: Refer) -> Resource:
    """US Core CareTeam: the plan's team and specialists, each with the role as written."""
    members = (*plan.care_team, *plan.specialists)
    return {
        "resourceType": "CareTeam",
        "meta": _profile("careteam"),
        "status": "active",
        "subject": refer("Patient"),
        "participant": [
            {
                "role": [{"text": clean(item.detail)} if clean(item.detail) else _UNKNOWN],
                "member": {"display": clean(item.text)},
            }
            for item in members
        ],
        "managingOrganization": [refer("Organization")],
    }


def care_plan(plan: CarePlan, conditions: int, refer: Refer) -> Resource:
    """US Core CarePlan: addresses the conditions, leads to the goals; what is watched and done by oneself are activities."""
    items = (*plan.monitoring, *plan.self_management)
    refers = {
        "addresses": [refer("Condition", n) for n in range(conditions)],
        "careTeam": [refer("CareTeam")] if plan.care_team or plan.specialists else [],
        "goal": [refer("Goal", n) for n in range(len(plan.goals))],
        "activity": [{"reference": refer("MedicationRequest", n)} for n in range(len(plan.medications))]
        # Whether a patient does it is not on record.
        + [{"detail": {"status": "unknown", "description": clean(said(item))}} for item in items],
    }
    return {
        "resourceType": "CarePlan",
        "meta": _profile("careplan"),
        "text": narrative([said(item) for item in (*plan.goals, *items)] or ["No goal or step is written."]),
        "status": "active",
        "intent": "plan",
        "category": [{"coding": [{"system": "http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "code": "assess-plan"}]}],
        "subject": refer("Patient"),
        "period": {"start": plan.established.isoformat()},
        "created": plan.established.isoformat(),
    } | {key: value for key, value in refers.items() if value}


def _profile(name: str) -> dict[str, list[str]]:
    return {"profile": [_CORE + name]}


def _address(at: Address) -> dict[str, Any]:
    code = at.postal_code
    lines = [clean(line) for line in (at.line1, at.line2) if clean(line)]
    parts = {"line": lines, "city": clean(at.city), "state": clean(at.state)}
    parts["postalCode"] = f"{code[:5]}-{code[5:]}" if len(code) == 9 else clean(code)
    return {key: value for key, value in parts.items() if value} | {"country": "US"}
