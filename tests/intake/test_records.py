"""The CSV records: what each table's rows become, and what is wrong with the ones that do not."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from flows.ccm.patient import (
    Authorization,
    CarePlan,
    Condition,
    Consent,
    Coverage,
    InitiatingVisit,
    InpatientStay,
    OtherService,
    PlanItem,
)
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import answers_of
from flows.ccm.source import Source
from flows.intake.columns import RECORDS
from tests.intake.practice_fixture import CALL_HEADER, PATIENTS, assert_balanced, call, read

BAD_ROWS = [
    ("patients", "mrn,family_name,given_name,born,sex", "M9,A,B,1950-01-01,", "row.missing_field", "sex"),
    ("patients", "mrn,family_name,given_name,born,sex", "M9,A,B,1/1/1950,F", "row.bad_value", "born"),
    ("patients", "mrn,family_name,given_name,born,sex,enrolled,disenrolled", "M9,A,B,1950-01-01,F,2025-02-01,2025-01-01",
     "row.bad_value", "disenrolled"),
    ("conditions", "mrn,icd10", "M1,diabetes", "row.bad_value", "icd10"),
    ("conditions", "mrn,icd10", "M1,", "row.missing_field", "icd10"),
    ("conditions", "mrn,icd10,significant_risk", "M1,I10,maybe", "row.bad_value", "significant_risk"),
    ("conditions", "mrn,icd10,since,resolved", "M1,I10,2024-01-01,2023-01-01", "row.bad_value", "resolved"),
    ("conditions", "mrn,icd10", "M99,I10", "patient.unmatched", "mrn"),
    ("consents", "mrn,on,decision", "M1,2025-01-06,", "row.missing_field", "decision"),
    ("consents", "mrn,on,decision,explained", "M1,2025-01-06,granted,availability;price", "row.bad_value", "explained"),
    ("care_plans", "mrn,established,element,text", "M1,2025-01-06,goals,", "row.missing_field", "text"),
    ("care_plans", "mrn,established,element,text", "M1,2025-01-06,,A1c", "row.missing_field", "element"),
    ("care_plans", "mrn,established,element,text", "M1,2025-01-06,wishes,x", "row.bad_value", "element"),
    ("coverage", "mrn,plan", "M1,medicaid", "row.bad_value", "plan"),
    ("coverage", "mrn,plan,rank", "M1,medicare,3", "row.bad_value", "rank"),
    ("coverage", "mrn,plan,verified_for", "M1,medicare,November", "row.bad_value", "verified_for"),
    ("coverage", "mrn,plan,authorization_number", "M1,commercial,A1", "row.missing_field", "authorization_start"),
    ("coverage", "mrn,plan,relationship", "M1,commercial,cousin", "row.bad_value", "relationship"),
    ("coverage", "mrn,plan,relationship", "M1,commercial,spouse", "row.missing_field", "holder_family_name"),
    ("remittances", "mrn,month,payer_id,on,code,paid", "M1,2025-11,P1,2025-12-09,99490,4O.00", "row.bad_value", "paid"),
    ("remittances", "mrn,month,payer_id,on,code,paid", "M1,2025-11,,2025-12-09,99490,40", "row.missing_field", "payer_id"),
    ("remittances", "mrn,month,payer_id,on,code,paid", "M1,November,P1,2025-12-09,99490,40", "row.bad_value", "month"),
    ("remittances", "mrn,month,payer_id,on,code,paid,adjustments", "M1,2025-11,P1,2025-12-09,99490,40,CO45 2",
     "row.bad_value", "adjustments"),
    ("visits", "mrn,on,code", "M1,2025-01-06,", "row.missing_field", "code"),
    ("other_services", "mrn,code,on,by", "M1,99496,2025-11-03,me", "row.bad_value", "by"),
    ("other_services", "mrn,code,on,by,seconds", "M1,99457,2025-11-03,same,600", "row.missing_field", "started"),
    ("inpatient", "mrn,start,end", "M1,2025-11-03,2025-11-01", "row.bad_value", "end"),
    ("decision_making", "mrn,month,level", "M1,2025-13,low", "row.bad_value", "month"),
    ("decision_making", "mrn,month,level", "M1,2025-11,some", "row.bad_value", "level"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "header", "row", "reason", "field"), BAD_ROWS, ids=[f"{r[0]}: {r[2]}" for r in BAD_ROWS])
def test_bad_row(table, header, row, reason, field):
    key = f"inbox/records/{table}-bad.csv"
    intake = read({"inbox/records/patients.csv": PATIENTS, key: f"{header}\n{row}\n"})
    assert [(r.source, r.reason, r.field) for r in intake.rejects] == [(Source(key, 2), reason, field)]
    assert_balanced(intake)


def _m1(files: dict[str, str]) -> PatientMonth:
    intake = read({"inbox/records/patients.csv": PATIENTS} | {f"inbox/records/{k}.csv": v for k, v in files.items()})
    assert intake.rejects == ()
    assert_balanced(intake)
    return next(m for m in intake.patient_months if m.patient.mrn == "M1")


def _at(table: str, line: int = 2) -> Source:
    return Source(f"inbox/records/{table}.csv", line)


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_rosters_that_differ_about_a_patient_are_both_rejected_whichever_file_comes_first(order):
    header = "mrn,family_name,given_name,born,sex,phone\n"
    one, other = header + "M9,Roe,Ann,1950-01-01,F,5595550109\n", header + "M9,Roe,Ann,1950-10-01,F,\n"
    intake = read({f"inbox/records/patients-{name}.csv": text for name, text in zip(order, (one, other), strict=True)})
    assert [(r.source.key, r.reason, r.field) for r in intake.rejects] == [
        ("inbox/records/patients-a.csv", "row.bad_value", "born"),
        ("inbox/records/patients-b.csv", "row.bad_value", "born"),
    ]
    assert intake.patients_on_roster == 0
    assert_balanced(intake)


def test_rosters_that_agree_fill_each_other():
    header = "mrn,family_name,given_name,born,sex,phone,enrolled,disenrolled\n"
    rows = {"a": "M9,Roe,Ann,1950-01-01,F,5595550109,2025-01-06,\n", "b": "M9,Roe,Ann,1950-01-01,F,,2025-01-06,2025-11-20\n"}
    intake = read({f"inbox/records/patients-{name}.csv": header + row for name, row in rows.items()})
    assert intake.rejects == ()
    assert intake.patients_on_roster == 1
    (month,) = intake.patient_months
    assert (month.patient.phone, str(month.disenrolled)) == ("5595550109", "2025-11-20")
    assert_balanced(intake)


def test_patient_row():
    patient = _m1({}).patient
    assert patient.key == "p" + hashlib.sha256(b"elm|M1").hexdigest()[:12]
    assert (patient.mbi, patient.born, patient.sex, patient.died) == ("1EG4TE5MK73", date(1948, 5, 17), "M", None)


def test_facts_of_each_table():
    month = _m1(
        {
            "conditions": "mrn,icd10,since,expected_months,significant_risk\nM1,e11.9,2020-01-01,12,yes\nM1,I10,,,\n",
            "consents": "mrn,on,decision,method,explained,practitioner\n"
            "M1,2025-01-06,Granted,verbal,availability; cost_share,dr_a\n",
            "coverage": "mrn,plan,ccm,verified_for,authorization_required,"
            "authorization_number,authorization_start,authorization_end\n"
            "M1,medicare_advantage,covered,2025-10;2025-11,yes,A1,2025-01-01,2025-12-31\n",
            "visits": "mrn,on,code\nM1,2025-01-06,g0439\n",
            "other_services": "mrn,code,on,by,started,seconds\nM1,99457,2025-11-03,same,2025-11-03T10:00:00,600\n",
            "inpatient": "mrn,start,end\nM1,2025-11-05,\n",
            "decision_making": "mrn,month,level\nM1,2025-11,Moderate\nM1,2025-11,moderate\n",
        }
    )
    assert month.conditions == (
        Condition("E11.9", date(2020, 1, 1), "", 12, True, source=_at("conditions")),
        Condition("I10", None, source=_at("conditions", 3)),
    )
    explained = frozenset({"availability", "cost_share"})
    assert month.consents == (Consent(date(2025, 1, 6), "verbal", "granted", explained, "dr_a", source=_at("consents")),)
    authorization = Authorization("A1", date(2025, 1, 1), date(2025, 12, 31))
    assert month.coverages == (Coverage("medicare_advantage", "covered", True, authorization, rank=0, source=_at("coverage")),)
    assert month.visits == (InitiatingVisit(date(2025, 1, 6), "G0439", _at("visits")),)
    started = datetime(2025, 11, 3, 18, tzinfo=UTC)
    assert month.other_services == (OtherService("99457", date(2025, 11, 3), "same", started, 600, _at("other_services")),)
    assert month.inpatient == (InpatientStay(date(2025, 11, 5), None, _at("inpatient")),)
    assert month.decision_making == "moderate"


@pytest.mark.parametrize(
    ("ccm", "verified_for", "expected"),
    [("covered", "2025-11", "covered"), ("covered", "2025-10", "unverified"), ("covered", "", "unverified"),
     ("not_covered", "2025-11", "not_covered"), ("", "2025-11", "unverified")],
)  # fmt: skip
def test_a_verification_holds_for_its_months_only(ccm, verified_for, expected):
    month = _m1({"coverage": f"mrn,plan,ccm,verified_for\nM1,commercial,{ccm},{verified_for}\n"})
    assert [c.ccm for c in month.coverages] == [expected]


def test_the_plan_last_established_by_the_month_is_used_whole_and_alone():
    header = "mrn,established,revised,element,text,detail\n"
    rows = "M1,2024-01-01,,goals,old goal,\nM1,2025-01-10,,goals,A1c,below 8\nM1,2025-01-10,2025-06-01,medications,metformin,\n"
    intake = read(
        {"inbox/records/patients.csv": PATIENTS, "inbox/records/care_plans.csv": header + rows + "M1,2025-12-01,,goals,later,\n"}
    )
    (plan,) = [m.care_plan for m in intake.patient_months if m.patient.mrn == "M1"]
    expected = CarePlan(date(2025, 1, 10), date(2025, 6, 1), source=_at("care_plans", 3))
    assert (plan.established, plan.revised, plan.source) == (expected.established, expected.revised, expected.source)
    assert (plan.goals, plan.medications) == ((PlanItem("A1c", "below 8"),), (PlanItem("metformin"),))
    assert plan.missing == ("conditions", "care_team", "specialists", "monitoring", "self_management")
    (item,) = [i for i in intake.inputs if i.key.endswith("care_plans.csv")]
    assert item.ignored == {"care plan other than the one used": 2}


def test_months_are_made_for_the_enrolled_and_for_those_with_time():
    header = "mrn,family_name,given_name,born,sex,enrolled,disenrolled\n"
    rows = [
        "in,A,B,1950-01-01,F,2025-11-30,",
        "left,A,C,1950-01-01,F,2025-01-01,2025-10-31",
        "leaving,A,D,1950-01-01,F,2025-01-01,2025-11-01",
        "later,A,E,1950-01-01,F,2025-12-01,",
        "never,A,F,1950-01-01,F,,",
    ]
    intake = read({"inbox/records/patients.csv": header + "\n".join(rows)})
    assert sorted(m.patient.mrn for m in intake.patient_months) == ["in", "leaving"]
    assert intake.patients_on_roster == 5
    assert [m.patient.key for m in intake.patient_months] == sorted(m.patient.key for m in intake.patient_months)


def test_decision_making_of_another_month_is_excluded_and_a_second_level_rejected():
    rows = "mrn,month,level\nM1,2025-10,high\nM1,2025-11,low\nM1,2025-11,high\n"
    intake = read({"inbox/records/patients.csv": PATIENTS, "inbox/records/decision_making.csv": rows})
    assert [(r.source.line, r.field) for r in intake.rejects] == [(4, "level")]
    (item,) = [i for i in intake.inputs if "decision" in i.key]
    assert (item.taken, item.ignored) == (1, {"decision making of another month": 1})
    assert [m.decision_making for m in intake.patient_months if m.patient.mrn == "M1"] == ["low"]


def test_the_same_roster_row_twice_is_one_patient():
    intake = read({"inbox/records/patients.csv": PATIENTS, "inbox/records/patients-2.csv": PATIENTS})
    assert (intake.rejects, intake.patients_on_roster) == ((), 4)


def test_the_page_for_readers_names_every_table_and_column(pytestconfig):
    page = (pytestconfig.rootpath / "flows" / "intake" / "INBOX.md").read_text()
    for table in RECORDS.values():
        (line,) = [line for line in page.splitlines() if line.startswith(f"| {table.name} |")]
        for column in table.columns:
            assert (f"**{column}**" if column in table.required else column) in line, (table.name, column)


def test_a_remittance_delivered_twice_is_one_answer():
    rows = "mrn,month,payer_id,on,code,paid,adjustments\nM1,2025-11,60054,2025-12-20,99490,40.00,CO-45 85.00\n"
    later = rows.replace("40.00,CO-45 85.00", "0.00,CO-45 125.00")
    plan = "mrn,plan,payer_name,payer_id,member_id,start\nM1,commercial,Acme Health,60054,W1234-01,2020-01-01\n"
    files = {"remittances": rows, "remittances-again": rows, "remittances-later": later, "coverage": plan}
    intake = read(
        {f"inbox/records/{name}.csv": text for name, text in files.items()}
        | {"inbox/records/patients.csv": PATIENTS, "inbox/calls/2025-11/a.csv": f"{CALL_HEADER}\n{call()}\n"}
    )
    assert [r.paid for m in intake.patient_months for r in m.remittances] == [Decimal("40.00"), Decimal("0.00")]
    assert [i.excluded for i in intake.inputs if "remittances" in i.key] == [0, 0, 1]
    assert_balanced(intake)


@pytest.mark.parametrize(
    ("plan", "told", "answered"),
    [
        ("M1,medicare,Medicare,,,1", "01112", ["medicare"]),  # the contractor's number, as its remittance has it
        ("M1,medicare,Medicare,,,1", "medicare", ["medicare"]),
        ("M1,medicare,Medicare,MCARE,,1", "mcare", ["medicare"]),
        ("M1,medicare,Medicare,,,1\nM1,medicare,Medicare,01112,,1", "01112", ["medicare"]),  # on file twice
        ("M1,commercial,Acme Health,ACME1,W1,1\nM1,commercial,Acme Health,acme1,W1,1", "Acme1", ["acme1"]),
        ("M1,medicare,Medicare,,,1", "60054", []),
        ("M1,commercial,Acme Health,Aet01,W1,1", "AET01", ["Aet01"]),
        ("M1,commercial,Acme Health,60054,W1,1", "99999", []),
    ],
)
def test_a_remittance_is_of_the_plan_that_its_payer_id_names(plan, told, answered):
    files = {
        "remittances": f"mrn,month,payer_id,on,code,paid,adjustments\nM1,2025-11,{told},2025-12-20,99490,40.00,CO-45 85.00\n",
        "coverage": f"mrn,plan,payer_name,payer_id,member_id,rank\n{plan}\n",
    }
    intake = read(
        {f"inbox/records/{name}.csv": text for name, text in files.items()}
        | {"inbox/records/patients.csv": PATIENTS, "inbox/calls/2025-11/a.csv": f"{CALL_HEADER}\n{call()}\n"}
    )
    month = next(m for m in intake.patient_months if m.patient.mrn == "M1")
    assert [answer.payer_id for answer in month.remittances] == answered
    assert [answer.payer_id for answer in answers_of(month, month.coverages[0])] == answered
    assert [reject.source.key for reject in intake.rejects] == ["inbox/records/remittances.csv"] * (not answered)
    assert_balanced(intake)


def test_a_rejected_row_of_the_records_names_the_patient_that_it_names():
    consents = "mrn,on,decision,method\nM1,2O25-01-06,granted,written\n,2025-01-06,granted,written\n"
    intake = read({"inbox/records/patients.csv": PATIENTS, "inbox/records/consents.csv": consents})
    assert [reject.candidates for reject in intake.rejects] == [("M1",), ()]
