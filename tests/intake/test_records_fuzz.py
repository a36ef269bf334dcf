"""Whatever the practice's records hold, nothing raises and every row is accounted for. `CCM_FUZZ=n`: n times as long."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from flows.intake.columns import CALLS, RECORDS
from tests.intake.damage import ODD_TEXTS, SHORT, damaged, mutated
from tests.intake.fhir_fixture import CPT, ICD10, SNOMED, about_p1, coding, patient
from tests.intake.practice_fixture import PATIENTS, assert_balanced, read
from tests.intake.vendor_samples import as_csv

DAY = {"start": "2025-01-06T09:00:00-08:00"}
EXPORT = [
    patient(),
    patient(generalPractitioner=[{"reference": "Practitioner/d1"}], telecom=[{"system": "phone", "value": "559-555-0101"}]),
    patient(id="p2", address=[{"line": ["1 Elm"], "city": "Fresno", "state": "CA"}], deceasedDateTime="2025-12-01"),
    {
        "resourceType": "Practitioner",
        "id": "d1",
        "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "1679576722"}],
    },
    about_p1("Condition", code=coding(SNOMED, "44054006"), clinicalStatus=coding("x", "active"), onsetDateTime="2019"),
    about_p1("Condition", id="c2", code=coding(ICD10, "I10"), recordedDate="2019-01-01", abatementDateTime="2025-11"),
    about_p1(
        "CarePlan",
        status="active",
        period=DAY,
        goal=[{"reference": "Goal/g1"}],
        careTeam=[{"reference": "CareTeam/t1"}],
        addresses=[{"reference": "Condition/x"}, {"reference": "Condition/c2"}],
        activity=[{"detail": {"description": "walk", "code": {"text": "walk"}, "status": "scheduled"}}],
    ),
    about_p1("Goal", id="g1", description={"text": "walk"}, target=[{"measure": {"text": "steps"}, "dueDate": "2026-01-01"}]),
    about_p1("CareTeam", id="t1", participant=[{"member": {"reference": "Practitioner/d1"}, "role": [{"text": "PCP"}]}]),
    about_p1(
        "Coverage", type=coding("http://terminology.hl7.org/CodeSystem/v3-ActCode", "MCPOL"), period=DAY, order=1, status="active"
    ),
    about_p1(
        "Consent",
        dateTime="2025-01-06",
        status="active",
        scope={"text": "CCM"},
        category=[{"text": "CCM"}],
        provision={"type": "permit"},
    ),
    about_p1("Encounter", type=[coding(CPT, "99214")], period=DAY, status="finished"),
    {"resourceType": "Observation", "id": "o1"},
    {
        "resourceType": "Bundle",
        "entry": [{"fullUrl": "urn:uuid:1", "resource": about_p1("Condition", id="c3", code=coding(ICD10, "I10"))}],
    },
]
ROWS = {
    "patients": {
        "mrn": "M1",
        "family_name": "Nuñez",
        "given_name": "José",
        "born": "1948-05-17",
        "sex": "M",
        "enrolled": "2025-01-06",
    },
    "identity": {"mrn": "M1", "confirmed_by": "R. Lee", "confirmed_on": "2025-11-05", "phone": "5595550101"},
    "conditions": {"mrn": "M1", "icd10": "I10", "since": "2019-01-01", "expected_months": "12", "significant_risk": "yes"},
    "consents": {
        "mrn": "M1",
        "on": "2025-01-06",
        "decision": "granted",
        "method": "verbal",
        "explained": "availability;cost_share",
    },
    "care_plans": {"mrn": "M1", "established": "2025-01-06", "element": "goals", "text": "walk", "detail": "daily"},
    "coverage": {"mrn": "M1", "plan": "medicare", "start": "2020-01-01", "rank": "1", "verified_for": "2025-10;2025-11"},
    "remittances": {
        "mrn": "M1",
        "month": "2025-11",
        "payer_id": "60054",
        "on": "2025-12-09",
        "code": "99490",
        "paid": "40.00",
        "adjustments": "CO-45 25.00; PR-2 20.00",
    },
    "visits": {"mrn": "M1", "on": "2025-01-06", "code": "99214"},
    "other_services": {
        "mrn": "M1",
        "code": "G0181",
        "on": "2025-11-06",
        "by": "same",
        "started": "2025-11-06T10:00:00",
        "seconds": "60",
    },
    "inpatient": {"mrn": "M1", "start": "2025-11-02", "end": "2025-11-04"},
    "decision_making": {"mrn": "M1", "month": "2025-11", "level": "high", "practitioner": "dr_a", "documented_on": "2025-11-06"},
}
CALL = {
    "entry_id": "e1",
    "started": "2025-11-04T10:00:00",
    "minutes": "10",
    "staff_id": "n1",
    "mrn": "M1",
    "activity": "patient_call",
    "about": "chronic",
    "mode": "remote",
}


def check(files: dict[str, bytes]) -> None:
    intake = read(files)
    assert_balanced(intake)
    told = [r.source for r in intake.rejects]
    assert len(set(told)) == len(told)
    assert len(intake.inputs) == len(files)


def table(rows: list[dict[str, str]], end: str) -> str:
    """The rows under one header; a column that no row has is not in the file."""
    header = dict.fromkeys(name for row in rows for name in row)
    return as_csv([dict.fromkeys(header, "") | row for row in rows], end)


def test_a_sample_of_each_table():
    assert set(ROWS) == set(RECORDS)
    check({f"inbox/records/{name}.csv": as_csv([row], "\n").encode() for name, row in ROWS.items()})


@SHORT
@given(st.data())
def test_fhir(data):
    """Resources with places replaced or taken out, in lines or in bundles, over one or two files, beside a roster."""
    files = {}
    for n, resources in enumerate(data.draw(st.lists(st.lists(mutated(EXPORT), min_size=1, max_size=8), min_size=1, max_size=2))):
        bundled = data.draw(st.booleans())
        text = (
            json.dumps({"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]})
            if bundled
            else "\n".join(map(json.dumps, resources))
        )
        suffix = data.draw(st.sampled_from(["ndjson", "json", "ndjson.gz"]))
        files[f"inbox/records/{n}.{suffix}"] = data.draw(damaged(text.encode("utf-8", "surrogatepass")))
    if data.draw(st.booleans()):
        files["inbox/records/patients.csv"] = PATIENTS.encode()
    check(files)


@SHORT
@given(st.data())
def test_records_tables(data):
    """Rows of any tables with fields replaced, left out, repeated, in other encodings, cut."""
    files = {}
    for name in data.draw(st.lists(st.sampled_from(sorted(ROWS)), min_size=1, max_size=3, unique=True)):
        rows = [data.draw(mutated([ROWS[name]], ODD_TEXTS | st.text(max_size=6))) for _ in range(data.draw(st.integers(1, 3)))]
        encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
        text = table(rows, data.draw(st.sampled_from(["\n", "\r\n", "\r"])))
        files[f"inbox/records/{name}{data.draw(st.sampled_from(['', '-2']))}.csv"] = data.draw(
            damaged(text.encode(encoding, "replace"))
        )
    check({"inbox/records/patients-1.csv": PATIENTS.encode()} | files)


@SHORT
@given(st.data())
def test_canonical_calls(data):
    """Rows of the canonical log with fields replaced, left out, repeated, in other encodings, cut."""
    extra = {name: "" for name in CALLS.columns if data.draw(st.booleans())}
    rows = [data.draw(mutated([extra | CALL], ODD_TEXTS | st.text(max_size=6))) for _ in range(data.draw(st.integers(1, 4)))]
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    text = table(rows, data.draw(st.sampled_from(["\n", "\r\n", "\r"])))
    content = data.draw(damaged(text.encode(encoding, "replace")))
    check({"inbox/calls/2025-11/a.csv": content, "inbox/records/patients.csv": PATIENTS.encode()})


@SHORT
@given(st.data())
@example(b"{" * 5000)
def test_any_bytes_as_records(data):
    if isinstance(data, bytes):
        content, names = data, ["a.ndjson", "a.json", "patients.csv"]
    else:
        start = data.draw(
            st.sampled_from([b"", b"{", b'{"resourceType":"Patient"', b"[", b"\x1f\x8b", b"mrn,", b"\xff\xfe", b"\xef\xbb\xbf"])
        )
        content = start + data.draw(st.binary(max_size=60))
        names = [data.draw(st.sampled_from(["a.ndjson", "a.json", "a.ndjson.gz", "patients.csv", "coverage.csv", "a.csv.gz"]))]
    check({f"inbox/records/{name}": content for name in names})
