"""Each dial turned up plants what it says, and what it plants is what the platform decides."""

from __future__ import annotations

from collections import Counter

import pytest

from flows import steps
from flows.ccm.decide import decide
from flows.ccm.practice import Choice, terms_of
from flows.intake.reading import InboxObject, read_month
from flows.rulebook.resolve import load
from flows.synthesize.dials import COURSE_DIALS, RECORD_DIALS, ROW_DIALS, TIME_DIALS, Dials
from flows.synthesize.generate import synthesize
from tests.synthesize.examples import NOVEMBER, START, only, practice

REASONS = {
    "no_consent": ("hold", "consent.missing"),
    "consent_incomplete": ("hold", "consent.incomplete"),
    "consent_declined": ("not_billable", "consent.declined"),
    "consent_other_practitioner": ("hold", "consent.other_practitioner"),
    "care_plan_missing": ("hold", "care_plan.missing"),
    "care_plan_incomplete": ("hold", "care_plan.incomplete"),
    "care_plan_outdated": ("hold", "care_plan.outdated"),
    "one_condition": ("not_billable", "conditions.too_few"),
    "conditions_unconfirmed": ("hold", "conditions.unconfirmed"),
    "condition_uncoded": ("hold", "conditions.uncoded"),
    "visit_missing": ("hold", "visit.missing"),
    "coverage_unverified": ("hold", "coverage.unverified"),
    "authorization_missing": ("hold", "coverage.authorization"),
    "not_covered": ("not_billable", "coverage.not_covered"),
    "home_health": ("not_billable", "conflict.home_health"),
    "hospice": ("not_billable", "conflict.hospice"),
    "esrd": ("not_billable", "conflict.esrd"),
    "tcm": ("hold", "conflict.tcm"),
    "apcm": ("not_billable", "conflict.care_management"),
    "ccm_elsewhere": ("not_billable", "conflict.elsewhere"),
    "ccm_other_practitioner": ("hold", "conflict.other_practitioner"),
    "bad_mbi": ("hold", "claim.invalid"),
    "below_threshold": ("not_billable", "time.below_threshold"),
}
EXCLUDED = {
    "consent_late_in_month": "time.before_consent",
    "visit_day": "time.visit_day",
    "inpatient": "time.inpatient",
    "face_to_face": "time.face_to_face",
    "acute": "time.not_chronic",
    "unqualified_staff": "time.unqualified_staff",
    "overlap": "time.overlap",
    "double_booked": "time.double_booked",
    "duplicate_rows": "time.duplicate",
    "outside_month": "time.outside_month",
}
ROWS = {"unmatched_caller": {"patient.unmatched"}, "ambiguous_caller": {"patient.ambiguous"}}
ROWS["garbled_rows"] = {"row.unreadable", "row.bad_value", "row.missing_field"}
PATIENTS = 16


def decided(month, facts, gate=False):
    """What the platform makes of a synthetic month: decisions by MRN, and rejects by key and line."""
    book = load()
    objects = [InboxObject(key, "1", data) for key, data in month.objects.items()]
    intake = read_month(objects, facts, NOVEMBER, book.crosswalk)
    rules = book.in_force(NOVEMBER, terms_of(facts, NOVEMBER.last_day))
    decisions = (
        steps.decide_month(intake, facts, NOVEMBER).decisions if gate else [decide(m, rules) for m in intake.patient_months]
    )
    by_mrn = {
        m.patient.mrn: {
            "outcome": d.outcome,
            "lines": [str(line) for line in d.lines],
            "reasons": sorted(r.id for r in d.reasons),
            "seconds": {who: d.seconds.get(who, 0) for who in ("staff", "practitioner")},
            "excluded": {reason: seconds for reason, seconds in d.excluded.items() if seconds},
        }
        for m, d in zip(intake.patient_months, decisions, strict=True)
    }
    return by_mrn, {f"{r.source.key}:{r.source.line}": r.reason for r in intake.rejects}, {i.key: i.rows for i in intake.inputs}


def check(month, facts, gate=False):
    decisions, rejects, rows = decided(month, facts, gate)
    kept = ("outcome", "lines", "reasons", "seconds", "excluded")
    assert decisions == {mrn: {name: p[name] for name in kept} for mrn, p in month.expected["patients"].items()}
    assert rejects == month.expected["rejects"]
    assert rows == month.expected["rows"]


@pytest.mark.parametrize("records", ["csv", "fhir"])
@pytest.mark.parametrize("dial", REASONS)
def test_a_reason(dial, records):
    facts = practice()
    month = synthesize(facts, NOVEMBER, PATIENTS, 6, only(**{dial: 1.0}), records)
    assert {(p["outcome"], *p["reasons"]) for p in month.expected["patients"].values()} == {REASONS[dial]}
    check(month, facts, gate=dial == "bad_mbi")


@pytest.mark.parametrize("dial", EXCLUDED)
def test_an_exclusion(dial):
    facts = practice()
    month = synthesize(facts, NOVEMBER, PATIENTS, 6, only(**{dial: 1.0}), "mixed")
    excluded = Counter(reason for p in month.expected["patients"].values() for reason in p["excluded"])
    assert set(excluded) == {EXCLUDED[dial]}
    # two of a kind need two able patients: those whose practitioner logged all the time have no staff entry to overlap
    assert excluded[EXCLUDED[dial]] >= PATIENTS // 2
    check(month, facts)


@pytest.mark.parametrize("dial", ROWS)
def test_a_reject(dial):
    facts = practice()
    month = synthesize(facts, NOVEMBER, PATIENTS, 6, only(**{dial: 1.0}), "mixed")
    assert set(month.expected["rejects"].values()) == ROWS[dial]
    assert len(month.expected["rejects"]) == (PATIENTS // 2 if dial == "ambiguous_caller" else PATIENTS)
    assert month.expected["totals"]["outcomes"] == {"bill": PATIENTS}
    check(month, facts)


def test_a_death_within_the_month_still_bills():
    facts = practice()
    month = synthesize(facts, NOVEMBER, PATIENTS, 6, only(died_mid_month=1.0), "mixed")
    assert month.expected["totals"]["outcomes"] == {"bill": PATIENTS}
    check(month, facts)


def test_two_things_at_once_are_both_told():
    facts = practice()
    month = synthesize(facts, NOVEMBER, PATIENTS, 6, only(no_consent=0.5, care_plan_outdated=0.5, two_at_once=1.0), "mixed")
    assert all(len(p["reasons"]) == 2 for p in month.expected["patients"].values())
    check(month, facts)


@pytest.mark.parametrize("records", ["csv", "fhir", "mixed"])
def test_the_usual_month(records):
    facts = practice()
    month = synthesize(facts, NOVEMBER, 80, 12, records=records)
    check(month, facts, gate=True)


@pytest.mark.parametrize(
    "choice, value, dials",
    [
        ("tcm_same_month", "allow", only(tcm=1.0)),
        ("staff_time_on_visit_day", "count", only(visit_day=1.0)),
        ("complex_choice", "highest_amount", Dials.clean()),
        ("consent_method", "written", Dials.clean()),
    ],
)
def test_a_recorded_choice_of_the_practice(choice, value, dials):
    facts = practice(choices={choice: Choice(value, "the medical director", START, "practice policy")})
    month = synthesize(facts, NOVEMBER, 60, 6, dials)
    assert month.expected["totals"]["outcomes"] == {"bill": 60}
    check(month, facts)


def test_every_dial_is_tried():
    tried = {*REASONS, *EXCLUDED, *ROWS, "died_mid_month", "two_at_once"}
    assert tried == set(Dials.__dataclass_fields__)
    assert {*RECORD_DIALS, *COURSE_DIALS, *TIME_DIALS, *ROW_DIALS} == tried - {"below_threshold", "two_at_once"}
