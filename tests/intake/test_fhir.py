"""FHIR resources: what each becomes, under which name it is left out, or why it is rejected."""

from __future__ import annotations

import json
from datetime import date

import pytest

from flows.ccm.source import Source
from tests.intake.fhir_fixture import CPT, ENROLLED, ICD10, KEY, SNOMED, about_p1, coding, export, ignored, month_of, patient
from tests.intake.practice_fixture import assert_balanced, read


def test_patient_with_enrolment_from_csv():
    month = month_of()
    assert (month.patient.mrn, month.patient.mbi, month.patient.family_name) == ("M1", "1EG4TE5MK73", "Doe")
    assert (month.patient.given_name, month.patient.sex, month.practitioner) == ("Jane Q", "F", "dr_a")
    assert (month.enrolled, month.patient.source) == (date(2025, 1, 6), Source(KEY, 1, "Patient/p1"))


@pytest.mark.parametrize(
    ("identifiers", "mrn", "note"),
    [
        ([{"value": "A"}, {"type": coding("", "MR"), "value": "B"}], "B", {}),
        ([{"system": "http://hl7.org/fhir/sid/us-ssn", "value": "A"}, {"value": "B"}], "B",
         {"MRN taken from the first identifier, none is of type MR": 0}),
        ([{"type": coding("", "PPN"), "value": "A"}], "p1", {"MRN taken from Patient.id, there is no other identifier": 0}),
    ],
)  # fmt: skip
def test_record_number(identifiers, mrn, note):
    intake = export(patient(identifier=identifiers), csv={"patients": ENROLLED.replace("M1", mrn)})
    assert [m.patient.mrn for m in intake.patient_months] == [mrn]
    assert ignored(intake) == note


@pytest.mark.parametrize(
    ("more", "field"),
    [({"birthDate": "1950"}, "born"), ({"name": "Jane"}, "family_name"), ({"deceasedBoolean": True}, "died")],
)
def test_a_patient_without_a_needed_fact_is_rejected_with_all_that_refers_to_it(more, field):
    condition = about_p1("Condition", code=coding(ICD10, "I10"))
    rows = f"{json.dumps(patient(**more))}\n{json.dumps(condition)}\n"
    intake = read({KEY: rows})
    assert [(r.reason, r.field) for r in intake.rejects] == [("row.missing_field", field), ("patient.unmatched", "mrn")]
    assert_balanced(intake)


def test_the_csv_fills_what_the_export_lacks_and_may_not_contradict_it():
    born = export(patient(birthDate=None)).patient_months[0].patient.born
    assert born == date(1950, 1, 1)
    intake = export(patient(birthDate="1951-01-01"))
    assert [(r.source.key, r.field) for r in intake.rejects] == [("inbox/records/patients.csv", "born")]


def test_two_patients_of_one_record_number_are_rejected_with_their_resources():
    other = patient(id="p2", birthDate="1960-01-01")
    condition = about_p1("Condition", code=coding(ICD10, "I10"), subject={"reference": "Patient/p2"})
    intake = export(patient(), other, condition)
    assert [(r.source.line, r.reason) for r in intake.rejects] == [
        (1, "row.bad_value"),
        (2, "row.bad_value"),
        (3, "patient.unmatched"),
    ]
    assert intake.patient_months[0].conditions == ()


def test_patients_who_share_an_identifier_that_is_no_record_number_are_told_apart():
    intake = read({KEY: "\n".join(json.dumps(patient(id=i, birthDate=b, identifier=[{"value": "demo"}])) for i, b in
                                  [("p1", "1950-01-01"), ("p2", "1960-01-01")])})  # fmt: skip
    assert (intake.patients_on_roster, intake.rejects) == (2, ())


CONDITIONS = [
    ("ICD-10-CM", {"code": coding(ICD10, "E11.9")}, ("E11.9", "")),
    (
        "ICD-10-CM beside SNOMED",
        {"code": {"coding": [{"system": SNOMED, "code": "1"}, {"system": ICD10, "code": "I10"}]}},
        ("I10", "1"),
    ),
    ("crosswalk", {"code": coding(SNOMED, "44054006", "Diabetes (disorder)")}, ("E11.9", "44054006")),
    ("a finding of the crosswalk", {"code": coding(SNOMED, "278860009", "Low back pain (finding)")}, ("M54.50", "278860009")),
    ("no entry in the crosswalk", {"code": coding(SNOMED, "999", "Rare disease (disorder)")}, ("", "999")),
    ("text only", {"code": {"text": "Sore knees"}}, ("", "")),
    ("finding", {"code": coding(SNOMED, "1", "Full-time employment (finding)")}, "Condition that is no diagnosis (finding)"),
    (
        "situation, cut off",
        {"code": coding(SNOMED, "1", "History of stroke (situation")},
        "Condition that is no diagnosis (situation)",
    ),
    ("circumstance without a tag", {"code": coding(SNOMED, "1", "Unemployed")}, "Condition that is no diagnosis (circumstance)"),
    ("social ICD-10-CM", {"code": coding(ICD10, "Z59.0")}, "Condition that is no diagnosis (social circumstance)"),
    ("refuted", {"code": coding(ICD10, "I10"), "verificationStatus": coding("", "refuted")}, "Condition refuted"),
    ("error", {"code": coding(ICD10, "I10"), "verificationStatus": coding("", "entered-in-error")}, "Condition entered in error"),
    ("provisional", {"code": coding(ICD10, "I10"), "verificationStatus": coding("", "provisional")}, "Condition not confirmed"),
    ("over, no day", {"code": coding(ICD10, "I10"), "clinicalStatus": coding("", "resolved")}, "Condition over, no day recorded"),
    ("nothing", {}, "Condition without code or text"),
    ("malformed", {"code": coding(ICD10, "hypertension")}, ("row.bad_value", "code", None)),
]


@pytest.mark.parametrize(("name", "more", "expected"), CONDITIONS, ids=[c[0] for c in CONDITIONS])
def test_condition(name, more, expected):
    intake = export(patient(), about_p1("Condition", **more))
    conditions = intake.patient_months[0].conditions
    if isinstance(expected, str):
        assert (conditions, ignored(intake)) == ((), {expected: 1})
    elif len(expected) == 3:
        assert [(r.reason, r.field) for r in intake.rejects] == [expected[:2]]
    else:
        assert [(c.icd10, c.snomed) for c in conditions] == [expected]


def test_condition_days_are_local_and_a_year_is_no_day():
    active = about_p1("Condition", id="a", code=coding(ICD10, "I10"), onsetDateTime="2020-01-01T03:00:00Z")
    vague = about_p1("Condition", id="b", code=coding(ICD10, "E11.9"), onsetDateTime="2019", abatementDateTime="2021-02-03")
    month = month_of(active, vague)
    assert [(c.icd10, c.since, c.resolved) for c in month.conditions] == [
        ("E11.9", None, date(2021, 2, 3)),
        ("I10", date(2019, 12, 31), None),
    ]


def test_repeats_are_one_condition_and_the_csv_row_of_its_code_fills_it():
    repeats = [
        about_p1("Condition", id=f"c{i}", code=coding(SNOMED, "44054006"), onsetDateTime=f"20{20 - i}-01-01") for i in range(3)
    ]
    ended = about_p1("Condition", id="e", code=coding(ICD10, "J20.9"), onsetDateTime="2024-01-01", abatementDateTime="2024-02-01")
    csv = "mrn,icd10,expected_months,significant_risk\nM1,E119,12,yes\nM1,N18.30,,\n"
    month = month_of(*repeats, ended, csv={"conditions": csv})
    assert [(c.icd10, c.since, c.expected_months, c.significant_risk) for c in month.conditions] == [
        ("E11.9", date(2018, 1, 1), 12, True),
        ("J20.9", date(2024, 1, 1), None, None),
        ("N18.30", None, None, None),
    ]


COVERAGES = [
    ("Medicare by text", {"type": {"text": "Medicare"}}, "medicare"),
    ("Medicare A and B", {"type": {"text": "Medicare Part A and B"}}, "medicare"),
    ("payment typology", {"type": coding("https://nahdo.org/sopt", "121")}, "medicare"),
    ("managed Medicare", {"type": coding("https://nahdo.org/sopt", "112")}, "medicare_advantage"),
    ("Advantage", {"type": {"text": "Medicare Advantage HMO"}}, "medicare_advantage"),
    ("employer", {"type": {"text": "Employer-sponsored group plan"}}, "commercial"),
    ("supplement", {"type": {"text": "Medicare Supplement"}}, None),
    ("Part A alone", {"type": {"text": "Medicare Part A"}}, None),
    ("Part D", {"type": {"text": "Medicare Part D drug plan"}}, None),
    ("dual", {"type": {"text": "Medicare + Medicaid"}}, None),
    ("Medicaid", {"type": {"text": "Medicaid managed care"}}, None),
    ("HMO of whom", {"type": {"text": "HMO"}}, None),
    ("no type", {}, None),
]


@pytest.mark.parametrize(("name", "more", "plan"), COVERAGES, ids=[c[0] for c in COVERAGES])
def test_coverage_only_where_the_type_is_clear(name, more, plan):
    intake = export(patient(), about_p1("Coverage", status="active", subscriberId="S1", **more))
    found = [(c.plan, c.ccm, c.member_id) for c in intake.patient_months[0].coverages]
    assert found == ([(plan, "unverified", "S1")] if plan else [])
    assert [(r.reason, r.field) for r in intake.rejects] == ([] if plan else [("row.bad_value", "type")])


ENCOUNTERS = [
    ("visit", {"status": "finished", "type": [coding(CPT, "99214")]}, ["99214"], 0),
    ("inpatient", {"status": "finished", "class": {"code": "IMP"}}, [], 1),
    ("inpatient, R5", {"status": "completed", "class": [coding("", "ACUTE")]}, [], 1),
    ("SNOMED type", {"status": "finished", "class": {"code": "AMB"}, "type": [coding(SNOMED, "99214")]}, [], 0),
    ("planned", {"status": "planned", "type": [coding(CPT, "99214")]}, [], 0),
    ("not over yet", {"status": "in-progress", "type": [coding(CPT, "99214")]}, [], 0),
]


@pytest.mark.parametrize(("name", "more", "codes", "stays"), ENCOUNTERS, ids=[e[0] for e in ENCOUNTERS])
def test_encounter(name, more, codes, stays):
    month = month_of(about_p1("Encounter", period={"start": "2025-11-04T10:00:00-08:00"}, **more))
    assert [(v.code, v.on) for v in month.visits] == [(code, date(2025, 11, 4)) for code in codes]
    assert len(month.inpatient) == stays


CCM = {"category": [{"text": "Chronic care management consent"}], "dateTime": "2025-01-06"}
CONSENTS = [
    ("permit", CCM | {"status": "active", "provision": {"type": "permit"}}, ("granted", None)),
    ("deny", CCM | {"status": "active", "provision": {"type": "deny"}}, ("declined", None)),
    ("rejected", CCM | {"status": "rejected"}, ("declined", None)),
    ("ended", CCM | {"status": "inactive", "provision": {"type": "permit", "period": {"end": "2025-08-01"}}},
     ("granted", date(2025, 8, 1))),
    ("ended, no day", CCM | {"status": "inactive", "provision": {"type": "permit"}}, "provision.period.end"),
    ("neither", CCM | {"status": "active"}, "provision.type"),
    ("no day", CCM | {"status": "active", "dateTime": "2025", "provision": {"type": "permit"}}, "dateTime"),
    ("draft", CCM | {"status": "draft"}, None),
    ("privacy", CCM | {"status": "active", "category": [{"text": "Privacy"}], "provision": {"type": "permit"}}, None),
]  # fmt: skip


@pytest.mark.parametrize(("name", "more", "expected"), CONSENTS, ids=[c[0] for c in CONSENTS])
def test_consent(name, more, expected):
    intake = export(patient(), about_p1("Consent", **more))
    consents = intake.patient_months[0].consents
    assert [r.field for r in intake.rejects] == ([expected] if isinstance(expected, str) else [])
    assert [(c.decision, c.revoked) for c in consents] == ([expected] if isinstance(expected, tuple) else [])
    assert all(c.explained == frozenset() and c.method == "" for c in consents)


BROKEN_LINES = [
    ("not JSON", "{", 1),
    ("a list", "[]", 1),
    ("half a surrogate pair", '{"resourceType":"Patient","id":"\\ud800"}', 1),
    ("too deep", "[" * 200_000, 1),
    ("no resourceType", "{}", 0),
]


def test_bytes_of_half_a_surrogate_pair_cost_their_line():
    """Some exporters write them raw; no text could carry them on."""
    broken = json.dumps(patient()).encode().replace(b'"Patient"', b'"Patient", "language": "\xed\xa0\x80"')
    intake = read({KEY: broken + b"\n" + json.dumps(patient()).encode() + b"\n"})
    assert [(r.source.line, r.reason) for r in intake.rejects] == [(1, "row.unreadable")]
    assert intake.patients_on_roster == 1


@pytest.mark.parametrize(("name", "line", "rejected"), BROKEN_LINES, ids=[b[0] for b in BROKEN_LINES])
def test_a_broken_line_costs_itself(name, line, rejected):
    intake = read({KEY: f"{line}\n{json.dumps(patient())}\n"})
    assert [(r.source.line, r.reason) for r in intake.rejects] == [(1, "row.unreadable")] * rejected
    assert intake.patients_on_roster == 1
    assert_balanced(intake)


def test_a_csv_row_of_an_episode_that_ended_before_is_not_the_current_condition():
    current = about_p1("Condition", code=coding(ICD10, "F32.9"), onsetDateTime="2024-03-01")
    month = month_of(current, csv={"conditions": "mrn,icd10,since,resolved\nM1,F32.9,2015-01-01,2016-01-01\n"})
    assert [(c.since, c.resolved) for c in month.conditions] == [
        (date(2015, 1, 1), date(2016, 1, 1)),
        (date(2024, 3, 1), None),
    ]


def test_coverage_tells_order_group_and_holder_where_the_export_does():
    wife = {"resourceType": "RelatedPerson", "id": "w", "name": [{"family": "Núñez", "given": ["Rosa", "Maria"]}]}
    group = {"type": coding("http://terminology.hl7.org/CodeSystem/coverage-class", "group"), "value": "GRP-77"}
    spouse = coding("http://terminology.hl7.org/CodeSystem/subscriber-relationship", "spouse")
    employer = about_p1(
        "Coverage",
        id="e",
        status="active",
        type={"text": "Employer-sponsored group plan"},
        order=1,
        relationship=spouse,
        subscriber={"reference": "RelatedPerson/w"},
        **{"class": [group]},
    )
    medicare = about_p1("Coverage", id="m", status="active", type={"text": "Medicare"}, order=2)
    silent = about_p1("Coverage", id="s", status="active", type={"text": "Medicare Advantage HMO"})
    found = {c.plan: c for c in export(patient(), wife, employer, medicare, silent).patient_months[0].coverages}
    assert {plan: (c.rank, c.relationship) for plan, c in found.items()} == {
        "commercial": (1, "01"),
        "medicare": (2, "18"),
        "medicare_advantage": (0, "18"),
    }
    told = found["commercial"]
    assert (told.group_number, told.holder_family_name, told.holder_given_name) == ("GRP-77", "Núñez", "Rosa Maria")
