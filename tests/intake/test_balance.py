"""Whatever bytes are delivered, every row is accounted for and nothing raises."""

from __future__ import annotations

import gzip
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.intake.practice_fixture import CALL_HEADER, PATIENTS, assert_balanced, call, read

FEW = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])

PIECES = st.sampled_from(
    [
        call().encode(),
        CALL_HEADER.encode(),
        b"\n",
        b"\r\n",
        b"\r",
        b'"',
        b'""',
        b",",
        b"\x00",
        b"\xff",
        b"e9,",
        "é".encode(),
        b" ",
    ]
)
GARBLED = st.lists(st.one_of(PIECES, st.binary(max_size=5)), max_size=40).map(b"".join)
REASONS = {"row.unreadable", "row.missing_field", "row.bad_value", "patient.unmatched", "patient.ambiguous"}


@FEW
@given(GARBLED, st.booleans(), st.integers(0, 60))
def test_garbled_call_logs_balance(garbled, zipped, cut):
    data = f"{CALL_HEADER}\n{call()}\n".encode() + garbled
    if zipped:
        data = gzip.compress(data, mtime=0)
        data = data[: len(data) - cut]
    intake = read({"inbox/calls/2025-11/a.csv": data, "inbox/records/patients.csv": PATIENTS})
    assert_balanced(intake)
    assert {r.reason for r in intake.rejects} <= REASONS


@FEW
@given(GARBLED, st.sampled_from(["patients", "conditions", "care_plans", "coverage", "decision_making"]))
def test_garbled_records_balance(garbled, table):
    intake = read({f"inbox/records/{table}.csv": garbled, "inbox/records/patients-1.csv": PATIENTS})
    assert_balanced(intake)


@FEW
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["M1", "M2", "M7", ""]), st.sampled_from(["", "x"])), max_size=30))
def test_rejects_are_one_to_one_with_rejected_rows(plan):
    """In a file that is a table, each rejected row has its own Reject, and each line is one or the other."""
    rows = [
        call(entry_id=f"e{i}", minutes=str(minutes), mrn=mrn, about=about or "chronic")
        for i, (minutes, mrn, about) in enumerate(plan)
    ]
    text = "\n".join([CALL_HEADER, *rows, ""])
    intake = read({"inbox/calls/2025-11/a.csv": text, "inbox/records/patients.csv": PATIENTS})
    lines = [r.source.line for r in intake.rejects] + [e.source.line for m in intake.patient_months for e in m.time]
    assert sorted(lines) == list(range(2, len(rows) + 2))
    sound = [i for i, (minutes, mrn, about) in enumerate(plan) if minutes and mrn in ("M1", "M2") and not about]
    assert sorted(e.entry_id for m in intake.patient_months for e in m.time) == sorted(f"e{i}" for i in sound)


NAMES = ["id", "code", "coding", "system", "reference", "subject", "period", "start", "status", "text", "name", "family", "given"]
NAMES += [
    "identifier",
    "value",
    "birthDate",
    "gender",
    "participant",
    "activity",
    "goal",
    "addresses",
    "careTeam",
    "detail",
    "type",
]
NAMES += [
    "class",
    "provision",
    "payor",
    "beneficiary",
    "deceasedBoolean",
    "category",
    "verificationStatus",
    "contained",
    "telecom",
]
TEXTS = [
    "Patient/p1",
    "#c",
    "active",
    "finished",
    "IMP",
    "2025-11-04",
    "2025-11-04T10:00:00Z",
    "9999-12-31T23:59:59-14:00",
    "MR",
    "M1",
]
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.sampled_from(TEXTS), st.text(max_size=4))
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)),
    max_leaves=12,
)
TYPES = ["Patient", "Condition", "CarePlan", "Coverage", "Consent", "Encounter", "Goal", "CareTeam", "Observation", "Bundle"]
RESOURCES = st.builds(
    lambda kind, body: body | {"resourceType": kind},
    st.sampled_from(TYPES),
    st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=8),
)


@FEW
@given(st.lists(RESOURCES, max_size=8))
def test_misshapen_resources_balance(resources):
    sound = {"resourceType": "Patient", "id": "p1", "name": [{"family": "A", "given": ["B"]}], "birthDate": "1950-01-01"}
    lines = "\n".join(json.dumps(r) for r in [sound, *resources])
    bundle = {"resourceType": "Bundle", "entry": [{"resource": r} for r in resources]}
    intake = read({"inbox/records/a.ndjson": lines, "inbox/records/b.json": json.dumps(bundle)})
    assert_balanced(intake)
    assert {r.reason for r in intake.rejects} <= REASONS
