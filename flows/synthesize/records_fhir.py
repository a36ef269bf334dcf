"""The practice's records as a Bulk FHIR export (NDJSON, shaped by US Core), without what such exports commonly lack."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flows.ccm.practice import Practice
from flows.synthesize.fhir_care_plan import Resource, care_plan_resources
from flows.synthesize.records_csv import in_export
from flows.synthesize.script import Script

TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
COMPRESSED = "MedicationRequest"  # one type comes compressed, as some servers send it
SEX = {"F": "female", "M": "male"}


def write_fhir_records(scripts: Sequence[Script], practice: Practice) -> tuple[dict[str, bytes], dict[str, int]]:
    """One file a resource type for the patients whose records are exported, and the number of resources in each."""
    lines: dict[str, list[str]] = defaultdict(list)
    exported = [s for s in scripts if s.chart.fhir]
    for resource in _all(exported, practice):
        lines[str(resource["resourceType"])].append(json.dumps(resource, ensure_ascii=False, separators=(",", ":")))
    objects, rows = {}, {}
    for kind in sorted(lines):
        data = ("\n".join(lines[kind]) + "\n").encode("utf-8")
        key = f"inbox/records/fhir/{kind}.ndjson" + (".gz" if kind == COMPRESSED else "")
        objects[key] = gzip.compress(data, mtime=0) if kind == COMPRESSED else data
        rows[key] = len(lines[kind])
    return objects, rows


def _all(scripts: Sequence[Script], practice: Practice) -> Iterator[Resource]:
    if not scripts:
        return
    zone = ZoneInfo(practice.time_zone)
    yield _organization("practice", practice.name)
    yield _organization("medicare", "Medicare Part B") | {
        "identifier": [{"type": _coded(f"{TERMINOLOGY}/v2-0203", "NIIP"), "value": practice.contractor}]
    }
    for practitioner in practice.practitioners:
        yield {
            "resourceType": "Practitioner",
            "id": practitioner.id,
            "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": practitioner.npi}],
            "name": [{"family": practitioner.family_name, "given": [practitioner.given_name]}],
            "qualification": [{"code": {"text": practitioner.credential}}],
        }
    for script in scripts:
        yield _patient(script, practice)
        yield from _conditions(script)
        yield from care_plan_resources(script, practice)
        yield from _consents(script)
        yield from _coverage(script)
        yield from _encounters(script, zone)


def _organization(resource_id: str, name: str) -> Resource:
    return {"resourceType": "Organization", "id": resource_id, "active": True, "name": name}


def _coded(system: str, code: str, text: str = "") -> Resource:
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def _patient(script: Script, practice: Practice) -> Resource:
    chart, patient, address = script.chart, script.chart.patient, script.chart.patient.address
    assert address is not None
    resource: Resource = {
        "resourceType": "Patient",
        "id": patient.mrn,
        "identifier": [
            {"system": "http://hl7.org/fhir/sid/us-mbi", "type": _coded(f"{TERMINOLOGY}/v2-0203", "MC"), "value": patient.mbi},
            {
                "system": f"https://{practice.slug}.example/mrn",
                "type": _coded(f"{TERMINOLOGY}/v2-0203", "MR"),
                "value": patient.mrn,
            },
        ],
        "active": True,
        "name": [{"use": "official", "family": patient.family_name, "given": [patient.given_name]}],
        "telecom": [
            {"system": "phone", "use": "home", "value": f"({patient.phone[:3]}) {patient.phone[3:6]}-{patient.phone[6:]}"}
        ],
        "gender": SEX[patient.sex],
        "birthDate": str(patient.born),
        "address": [
            {
                "use": "home",
                "line": [line for line in (address.line1, address.line2) if line],
                "city": address.city,
                "state": address.state,
                "postalCode": f"{address.postal_code[:5]}-{address.postal_code[5:]}",
                "country": "US",
            }
        ],
        "communication": [{"language": _coded("urn:ietf:bcp:47", patient.language), "preferred": True}],
        "generalPractitioner": [{"reference": f"Practitioner/{chart.practitioner}"}],
    }
    return resource | ({"deceasedDateTime": str(patient.died)} if patient.died else {})


def _conditions(script: Script) -> Iterator[Resource]:
    """The problem list, now and then with a circumstance of life among it, which is no condition."""
    mrn = script.chart.patient.mrn
    for number, condition in enumerate(script.chart.conditions):
        codings = [{"system": "http://snomed.info/sct", "code": condition.snomed, "display": condition.description}]
        if condition.icd10:
            codings.append({"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": condition.icd10})
        status = "resolved" if condition.resolved else "active"
        resource: Resource = {
            "resourceType": "Condition",
            "id": f"condition-{mrn}-{number}",
            "clinicalStatus": _coded(f"{TERMINOLOGY}/condition-clinical", status),
            "verificationStatus": _coded(f"{TERMINOLOGY}/condition-ver-status", "confirmed"),
            "category": [_coded(f"{TERMINOLOGY}/condition-category", "problem-list-item")],
            "code": {"coding": codings, "text": condition.description},
            "subject": {"reference": f"Patient/{mrn}"},
            "onsetDateTime": str(condition.since),
        }
        yield resource | ({"abatementDateTime": str(condition.resolved)} if condition.resolved else {})
    if int(mrn[1:]) % 11 == 0:
        display = "Social isolation (finding)"
        yield {
            "resourceType": "Condition",
            "id": f"circumstance-{mrn}",
            "clinicalStatus": _coded(f"{TERMINOLOGY}/condition-clinical", "active"),
            "verificationStatus": _coded(f"{TERMINOLOGY}/condition-ver-status", "confirmed"),
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "422650009", "display": display}], "text": display},
            "subject": {"reference": f"Patient/{mrn}"},
        }


def _consents(script: Script) -> Iterator[Resource]:
    """The answer and its day; what was explained, and how the patient answered, are no elements of FHIR."""
    for consent in script.chart.consents:
        status = "rejected" if consent.decision == "declined" else "inactive" if consent.revoked else "active"
        provision: Resource = {"type": "deny" if consent.decision == "declined" else "permit"}
        if consent.revoked:
            provision["period"] = {"start": str(consent.on), "end": str(consent.revoked)}
        yield {
            "resourceType": "Consent",
            "id": f"consent-{script.chart.patient.mrn}",
            "status": status,
            "scope": _coded(f"{TERMINOLOGY}/consentscope", "treatment"),
            "category": [{"text": "Chronic care management"}],
            "patient": {"reference": f"Patient/{script.chart.patient.mrn}"},
            "dateTime": str(consent.on),
            "provision": provision,
        }


def _coverage(script: Script) -> Iterator[Resource]:
    if in_export(script, "coverage"):
        coverage = script.chart.coverage
        yield {
            "resourceType": "Coverage",
            "id": f"coverage-{script.chart.patient.mrn}",
            "status": "active",
            "type": _coded("https://nahdo.org/sopt", "121", "Medicare"),
            "subscriberId": coverage.member_id,
            "beneficiary": {"reference": f"Patient/{script.chart.patient.mrn}"},
            "period": {"start": str(coverage.start)},
            "payor": [{"reference": "Organization/medicare"}],
            "order": 1,
        }


def _encounters(script: Script, zone: ZoneInfo) -> Iterator[Resource]:
    mrn = script.chart.patient.mrn
    coded = in_export(script, "visits")
    for number, visit in enumerate(script.chart.visits):
        system = (
            "http://www.ama-assn.org/go/cpt" if visit.code[0] != "G" else "https://bluebutton.cms.gov/resources/codesystem/hcpcs"
        )
        yield _encounter(f"visit-{mrn}-{number}", mrn, "AMB", _at(visit.on, 10, zone), _at(visit.on, 11, zone)) | {
            "type": [_coded(system, visit.code) if coded else {"text": "Office visit"}]
        }
    for number, stay in enumerate(script.chart.inpatient):
        assert stay.end is not None
        yield _encounter(f"stay-{mrn}-{number}", mrn, "IMP", _at(stay.start, 1, zone), _at(stay.end, 22, zone))


def _encounter(resource_id: str, mrn: str, kind: str, start: str, end: str) -> Resource:
    return {
        "resourceType": "Encounter",
        "id": resource_id,
        "status": "finished",
        "class": {"system": f"{TERMINOLOGY}/v3-ActCode", "code": kind},
        "subject": {"reference": f"Patient/{mrn}"},
        "period": {"start": start, "end": end},
    }


def _at(day: date, hour: int, zone: ZoneInfo) -> str:
    """An instant with its offset: a stay that begins at one in the morning is the day before in UTC's west, as exports show."""
    return datetime.combine(day, time(hour), zone).isoformat()
