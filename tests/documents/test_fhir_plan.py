"""The plan as FHIR: valid by an independent model of R4, in US Core shapes, whole in itself, the same in every run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.documentreference import DocumentReference

from flows.ccm.patient import Address, Condition, PlanItem
from flows.ccm.service_month import ServiceMonth
from flows.outbox.fhir_plan import INDEX, attached, write_fhir
from tests.documents.examples import HOSTILE_NAME, PLAN, PRACTICE, month_result

ABSENT, SCT = "http://terminology.hl7.org/CodeSystem/data-absent-reason", "http://snomed.info/sct"
PDFS = {f"care-plans/p00{n}.pdf": b"%PDF " + bytes([n]) for n in (1, 2, 3, 4)}
# What US Core 6.1 and 7 require (minimum 1) of each profile, beyond what R4 itself does.
REQUIRED = {
    "Patient": {"identifier", "name", "gender"},
    "Condition": {"category", "code", "subject", "clinicalStatus"},
    "Goal": {"lifecycleStatus", "description", "subject"},
    "CareTeam": {"subject", "participant"},
    "CarePlan": {"text", "status", "intent", "category", "subject"},
    "MedicationRequest": {"status", "intent", "medicationCodeableConcept", "subject"},
    "Organization": {"active", "name"},
    "Practitioner": {"identifier", "name"},
}


def fhir_files(result, pdfs):
    return dict(write_fhir(result, {name: attached(data) for name, data in pdfs.items()}))


def resources(files: dict[str, bytes], key: str = "p001") -> list[dict[str, Any]]:
    return [entry["resource"] for entry in json.loads(files[f"fhir/{key}.json"])["entry"]]


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("reference"), str):
            yield node["reference"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for value in node:
            yield from references(value)


def first_with(**plan: object) -> dict[str, bytes]:
    month = month_result()
    changed = replace(month.patient_months[0], care_plan=replace(PLAN, **plan))
    return fhir_files(replace(month, patient_months=(changed, *month.patient_months[1:])), PDFS)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return fhir_files(month_result(), PDFS)


def test_a_document_for_each_billed_patient_and_one_index_of_the_pdfs(files):
    assert sorted(files) == [INDEX, *(f"fhir/p00{n}.json" for n in (1, 2, 3, 4))]


def test_each_is_valid_fhir_by_a_model_that_is_not_ours(files):
    for name, data in files.items():
        if name == INDEX:
            assert len([DocumentReference.model_validate_json(line) for line in data.splitlines()]) == 4
        else:
            Bundle.model_validate_json(data)


def test_the_model_would_refuse_a_document_that_is_not_fhir(files):
    broken = json.loads(files["fhir/p001.json"])
    broken["entry"][1]["resource"]["birthDate"] = "11/04/1944"
    with pytest.raises(ValueError, match="birthDate"):
        Bundle.model_validate(broken)


def test_a_document_begins_with_its_composition_and_refers_to_nothing_outside(files):
    for key in ("p001", "p002", "p003", "p004"):
        bundle = json.loads(files[f"fhir/{key}.json"])
        assert bundle["type"] == "document"
        assert bundle["entry"][0]["resource"]["resourceType"] == "Composition"
        urls = [entry["fullUrl"] for entry in bundle["entry"]]
        assert len(urls) == len(set(urls))
        assert set(references(bundle)) <= set(urls)
        assert all(url == f"urn:uuid:{entry['resource']['id']}" for url, entry in zip(urls, bundle["entry"], strict=True))


def test_each_resource_claims_a_us_core_profile_and_has_what_it_requires(files):
    seen = set()
    for resource in resources(files)[1:]:
        kind = resource["resourceType"]
        seen.add(kind)
        assert resource["meta"]["profile"][0].startswith("http://hl7.org/fhir/us/core/StructureDefinition/us-core-")
        assert REQUIRED[kind] <= resource.keys(), kind
    assert seen == REQUIRED.keys()


def test_every_item_of_the_plan_is_there_and_nothing_else_is(files):
    found = resources(files)
    texts = {
        "Goal": [(r["description"]["text"], r["note"][0]["text"]) for r in found if r["resourceType"] == "Goal"],
        "MedicationRequest": [
            (r["medicationCodeableConcept"]["text"], r["dosageInstruction"][0]["text"])
            for r in found
            if r["resourceType"] == "MedicationRequest"
        ],
    }
    assert texts["Goal"] == [(i.text, i.detail) for i in PLAN.goals]
    assert texts["MedicationRequest"] == [(i.text, i.detail) for i in PLAN.medications]
    (team,) = (r for r in found if r["resourceType"] == "CareTeam")
    assert [(p["member"]["display"], p["role"][0]["text"]) for p in team["participant"]] == [
        (i.text, i.detail) for i in (*PLAN.care_team, *PLAN.specialists)
    ]
    codes = [r["code"]["coding"][0]["code"] for r in found if r["resourceType"] == "Condition"]
    assert codes == ["E11.9", "I10"], "the cold that ended in 2024 is no longer a problem"
    (plan,) = (r for r in found if r["resourceType"] == "CarePlan")
    told = [activity["detail"]["description"] for activity in plan["activity"] if "detail" in activity]
    assert told[-1] == "Salt: less than a teaspoon a day"
    assert len(told) == len(PLAN.monitoring) + len(PLAN.self_management)


def test_what_is_not_on_record_is_left_out_or_said_to_be_unknown():
    found = resources(first_with(care_team=(PlanItem("Ann Lee"),), specialists=(), goals=(PlanItem("Walk"),), medications=()))
    (team,) = (r for r in found if r["resourceType"] == "CareTeam")
    assert team["participant"][0]["role"][0]["coding"][0]["code"] == "unknown"
    assert all("note" not in r for r in found if r["resourceType"] == "Goal")
    assert not [r for r in found if r["resourceType"] == "MedicationRequest"]
    assert not {"telecom", "address", "deceasedDateTime"} & found[1].keys()


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (Condition("", None, "Tired"), {"text": "Tired"}),
        (Condition("not a code", None), {"text": "not a code"}),
        (Condition("", None), {"coding": [{"system": ABSENT, "code": "unknown"}]}),
        (Condition("", None, "Asthma", snomed="195967001"), {"coding": [{"system": SCT, "code": "195967001"}], "text": "Asthma"}),
    ],
)
def test_a_condition_without_icd10_is_told_as_it_is(item, code):
    month = month_result()
    changed = replace(month.patient_months[0], conditions=(item,))
    files = fhir_files(replace(month, patient_months=(changed, *month.patient_months[1:])), PDFS)
    Bundle.model_validate_json(files["fhir/p001.json"])
    (condition,) = (r for r in resources(files) if r["resourceType"] == "Condition")
    assert condition["code"] == code


def test_ids_are_the_same_in_every_run_and_no_two_patients_or_months_share_one(files):
    assert fhir_files(month_result(), PDFS) == files
    later = fhir_files(replace(month_result(), month=ServiceMonth(2025, 12)), PDFS)
    everyone = [r["id"] for made in (files, later) for key in ("p001", "p002", "p003", "p004") for r in resources(made, key)]
    assert len(everyone) == len(set(everyone))


def test_the_index_leads_to_each_pdf_with_its_size_and_hash(files):
    for line in files[INDEX].splitlines():
        attachment = json.loads(line)["content"][0]["attachment"]
        pdf = PDFS[attachment["url"].removeprefix("../")]
        assert attachment["size"] == len(pdf)
        assert base64.b64decode(attachment["hash"]) == hashlib.sha1(pdf, usedforsecurity=False).digest()


def test_hostile_text_stays_text_in_every_narrative(files):
    found = resources(files, "p002")
    assert found[1]["name"][0]["family"] == HOSTILE_NAME
    divs = [section["text"]["div"] for section in found[0]["section"] if "text" in section]
    divs += [r["text"]["div"] for r in found if "text" in r]
    assert len(divs) == 7
    for div in divs:
        tags = {element.tag.split("}")[1] for element in ElementTree.fromstring(div).iter()}
        assert tags == {"div", "p"}


def test_an_address_and_a_death_are_told():
    month = month_result()
    patient = replace(
        month.patient_months[0].patient, address=Address("1 Elm", "San Mateo", "CA", "944011234"), died=month.month.last_day
    )
    changed = replace(month.patient_months[0], patient=patient)
    files = fhir_files(replace(month, patient_months=(changed, *month.patient_months[1:])), PDFS)
    Bundle.model_validate_json(files["fhir/p001.json"])
    told = resources(files)[1]
    assert (told["address"][0]["postalCode"], told["deceasedDateTime"]) == ("94401-1234", "2025-11-30")
    assert PRACTICE.npi == resources(files)[2]["identifier"][0]["value"]
