"""An export as a server tells it: later versions, deletions, records merged into others."""

from __future__ import annotations

import json

import pytest

from tests.intake.fhir_fixture import ICD10, about_p1, coding, export, ignored, patient
from tests.intake.practice_fixture import read


@pytest.mark.parametrize("place", ["export.json", "export.ndjson"])
@pytest.mark.parametrize(
    ("entry", "rejected"), [({"resource": {"resourceType": "Device", "id": "d"}}, 0), ({}, 1), ("Device/d", 1), (7, 1), (None, 1)]
)
def test_a_bundle_whose_entry_is_no_list_is_accounted_for(place, entry, rejected):
    bundle = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry})
    intake = read({f"inbox/records/{place}": bundle})
    (told,) = intake.inputs
    assert (told.rows, told.rejected, [r.reason for r in intake.rejects]) == (1, rejected, ["row.unreadable"] * rejected)


def test_the_later_version_of_a_resource_stands_and_one_delivered_again_is_no_conflict():
    old = about_p1("Condition", code=coding(ICD10, "I10"), meta={"lastUpdated": "2025-01-01T00:00:00Z"})
    new = about_p1("Condition", code=coding(ICD10, "I11.0"), meta={"lastUpdated": "2025-02-01T00:00:00Z"})
    intake = export(patient(), old, new, new)
    assert [c.icd10 for c in intake.patient_months[0].conditions] == ["I11.0"]
    assert ignored(intake) == {"Condition superseded by a later version": 1, "Condition delivered again": 1}


def deleted(url: str, **bundle) -> dict:
    entry = {"request": {"method": "DELETE", "url": url}}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]} | bundle


STAY = about_p1("Encounter", status="finished", **{"class": {"code": "IMP"}}, period={"start": "2025-11-03", "end": "2025-11-05"})


@pytest.mark.parametrize("first", [True, False], ids=["told first", "told last"])
@pytest.mark.parametrize(
    ("told", "resources", "gone"),
    [
        ("by type and id", [deleted("Encounter/x"), STAY], True),
        ("absolute", [deleted("https://ehr.example/fhir/Encounter/x/_history/3"), STAY], True),
        ("another's", [deleted("Encounter/y"), STAY], False),
        (
            "put back later",
            [
                deleted("Encounter/x", meta={"lastUpdated": "2025-11-06T00:00:00Z"}),
                STAY | {"meta": {"lastUpdated": "2025-11-07"}},
            ],
            False,
        ),
        (
            "put back before",
            [deleted("Encounter/x", timestamp="2025-11-08T00:00:00Z"), STAY | {"meta": {"lastUpdated": "2025-11-07"}}],
            True,
        ),
    ],
)
def test_what_the_server_deleted_is_taken_out_whichever_comes_first(told, resources, gone, first):
    intake = export(patient(), *(resources if first else reversed(resources)))
    (month,) = intake.patient_months
    assert (len(month.inpatient), intake.rejects) == (0 if gone else 1, ()), told
    assert ignored(intake) == {"deletion of a resource": 1} | ({"Encounter deleted on the server": 1} if gone else {})


def test_a_deletion_that_names_no_resource_is_rejected():
    intake = export(patient(), deleted("Encounter?subject=Patient/p1"), STAY)
    assert [(r.reason, r.source.resource) for r in intake.rejects] == [("row.unreadable", "entry 1")]
    assert len(intake.patient_months[0].inpatient) == 1


def test_a_record_that_was_merged_into_another_is_no_patient_of_its_own():
    link = {"other": {"reference": "Patient/p1"}, "type": "replaced-by"}
    other = patient(id="p2", identifier=[{"type": coding("", "MR"), "value": "M2"}], link=[link])
    intake = export(patient(), other, about_p1("Condition", code=coding(ICD10, "I10"), subject={"reference": "Patient/p2"}))
    assert [(r.source.line, r.reason, r.field) for r in intake.rejects] == [
        (2, "row.bad_value", "link"),
        (3, "patient.unmatched", "subject"),
    ]
    assert intake.patients_on_roster == 1


@pytest.mark.parametrize("updated", [{}, {"meta": {"lastUpdated": "2025-11-07T00:00:00Z"}}], ids=["undated", "later"])
def test_two_servers_that_give_one_id_to_two_people_mix_no_charts(updated):
    mine = patient(meta={"lastUpdated": "2025-11-01T00:00:00Z"})
    other = patient(identifier=[{"type": coding("", "MR"), "value": "M2"}], birthDate="1961-05-05", **updated)
    intake = export(mine, STAY, other, other | {"gender": "male"})
    assert [(r.source.line, r.reason) for r in intake.rejects] == [
        (1, "row.bad_value"),
        (2, "patient.unmatched"),
        (3, "row.bad_value"),
        (4, "row.bad_value"),
    ]
    assert [m.inpatient for m in intake.patient_months] == [()]


def test_a_later_version_may_correct_a_birth_date():
    intake = export(
        patient(birthDate="1950-10-01", meta={"lastUpdated": "2025-11-01T00:00:00Z"}),
        patient(meta={"lastUpdated": "2025-11-07T00:00:00Z"}),
    )
    assert (intake.rejects, ignored(intake)) == ((), {"Patient superseded by a later version": 1})


@pytest.mark.parametrize("mark", [{"use": "old"}, {"period": {"end": "2024-12-31"}}])
def test_a_number_that_was_replaced_gives_way_to_the_one_in_use(mark):
    old = [i | {"value": "9XX9XX9XX99"[: len(i["value"])]} | mark for i in patient()["identifier"]]
    (month,) = export(patient(identifier=old + patient()["identifier"])).patient_months
    assert (month.patient.mrn, month.patient.mbi) == ("M1", "1EG4TE5MK73")
