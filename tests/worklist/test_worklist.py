"""Who is on the worklist, with what, and under whose name: from the rules in force, nothing billed."""

from __future__ import annotations

import csv
import dataclasses
import io
from datetime import UTC, date, datetime

import pytest

from flows.ccm.decide import decide
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Rules
from flows.ccm.time_entry import TimeEntry
from flows.ccm.worklist import CARE_PLAN, CONSENT, Worklist, next_unit, worklist
from flows.commands import month_arguments
from flows.commands.exits import UsageProblem
from flows.commands.month_arguments import refuse_future
from flows.outbox.worklist_files import write_worklist
from flows.tenancy import load_practice
from tests.golden.months import TENANTS, decided

RESULT = decided("office-2025-11")
# June Alder: billed in the golden month, nothing missing.
ALDER = next(m for m in RESULT.patient_months if m.patient.mrn == "A1001")


def with_time(*minutes: tuple[str, str, int], month: PatientMonth = ALDER, **changes: object) -> PatientMonth:
    """Alder's month with other time: (person, credential, minutes) an entry, one a day."""
    entries = tuple(
        TimeEntry(
            f"e{n}", datetime(2025, 11, 3 + n, 18, tzinfo=UTC), m * 60, person, credential, "patient_call", "chronic", "remote"
        )
        for n, (person, credential, m) in enumerate(minutes)
    )
    return dataclasses.replace(month, time=entries, busy=(), **changes)


def listed(*months: PatientMonth, rules: Rules = RESULT.rules) -> Worklist:
    return worklist(months, [decide(month, rules) for month in months], rules)


def targets(month: PatientMonth, rules: Rules = RESULT.rules) -> list[tuple[str, int, int]]:
    return [(t.code, t.needed, t.to_go) for near in listed(month, rules=rules).near for t in near.targets]


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        (1, []),
        (14, []),
        (15, [("99490", 20, 5)]),
        (19, [("99490", 20, 1)]),
        (20, []),
        (34, []),
        (35, [("99439", 40, 5)]),
        (39, [("99439", 40, 1)]),
        (40, []),
        (55, [("99439", 60, 5)]),
        (59, [("99439", 60, 1)]),
        (60, []),
        (79, []),
    ],
)
def test_staff_minutes_short_of_a_unit(minutes: int, found: list[tuple[str, int, int]]):
    assert targets(with_time(("rn_tavares", "RN", minutes), decision_making="low")) == found


def test_with_complex_decision_making_the_complex_units_are_near_too():
    month = with_time(("rn_tavares", "RN", 56), decision_making="moderate")
    assert sorted(targets(month)) == [("99439", 60, 4), ("99487", 60, 4)]
    assert ("99489", 90, 3) in targets(with_time(("rn_tavares", "RN", 87), decision_making="moderate"))


def test_a_practitioners_own_minutes_head_for_the_practitioner_family():
    assert ("99491", 30, 2) in targets(with_time(("dr_okafor", "MD", 28)))
    assert targets(with_time(("dr_okafor", "MD", 38))) == [], "the staff family is closed to them"
    assert targets(with_time(("dr_okafor", "MD", 57))) == [("99437", 60, 3)]


def test_the_thresholds_are_those_of_the_rules_in_force():
    families = tuple(dataclasses.replace(f, minutes=25) if f.base == "99490" else f for f in RESULT.rules.families)
    changed = dataclasses.replace(RESULT.rules, families=families)
    assert targets(with_time(("rn_tavares", "RN", 19), decision_making="low"), changed) == []
    assert targets(with_time(("rn_tavares", "RN", 24), decision_making="low"), changed) == [("99490", 25, 1)]
    rural = decided("rural-2025-06").rules
    assert [next_unit(family, 17) for family in rural.families] == [("G0511", 20)]
    assert [next_unit(family, 39) for family in rural.families] == [None]


def test_what_else_is_missing_is_said_and_who_cannot_be_billed_is_left_out():
    (near,) = listed(with_time(("rn_tavares", "RN", 18), consents=())).near
    assert [reason.id for reason in near.missing] == ["consent.missing"]
    declined = dataclasses.replace(ALDER.consents[0], decision="declined")
    assert listed(with_time(("rn_tavares", "RN", 18), consents=(declined,))).near == ()
    died = dataclasses.replace(ALDER.patient, died=date(2025, 10, 3))
    assert listed(with_time(("rn_tavares", "RN", 18), patient=died)).near == ()


def test_a_patient_stands_with_who_has_spent_most_minutes():
    (near,) = listed(with_time(("rn_abara", "RN", 7), ("rn_tavares", "RN", 11))).near
    assert near.person == "rn_tavares"


@pytest.mark.parametrize(
    ("revoked", "until"),
    [(date(2025, 11, 3), date(2025, 11, 30)), (date(2025, 12, 4), date(2025, 12, 31)), (date(2025, 10, 31), None)],
)
def test_a_revoked_consent_lapses_at_the_end_of_its_month(revoked: date, until: date | None):
    consent = dataclasses.replace(ALDER.consents[-1], revoked=revoked)
    found = [x for x in listed(with_time(consents=(consent,))).lapses if x.what == CONSENT]
    assert [(x.on, x.until) for x in found] == ([(revoked, until)] if until else [])


@pytest.mark.parametrize(("revised", "due"), [(date(2024, 12, 31), True), (date(2025, 1, 1), False), (date(2024, 6, 1), True)])
def test_a_plan_eleven_months_old_is_due(revised: date, due: bool):
    plan = dataclasses.replace(ALDER.care_plan, established=revised, revised=None)
    found = [x for x in listed(with_time(care_plan=plan)).lapses if x.what == CARE_PLAN]
    assert [x.on for x in found] == ([revised] if due else [])


def test_the_files_agree_and_the_page_runs_nothing():
    months = [
        with_time(("rn_tavares", "RN", 18), consents=()),
        with_time(("rn_abara", "RN", 37), month=RESULT.patient_months[1], consents=ALDER.consents),
    ]
    hostile = dataclasses.replace(months[1].patient, family_name="<script>alert(1)</script>", given_name="=1+1")
    months[1] = dataclasses.replace(months[1], patient=hostile)
    found = listed(*months)
    files = write_worklist(found, RESULT.practice, RESULT.month, RESULT.rules)
    rows = list(csv.DictReader(io.StringIO(files["worklist.csv"].decode("utf-8-sig"))))
    assert {row["mrn"] for row in rows} == {near.patient.mrn for near in found.near}
    alder = next(row for row in rows if row["mrn"] == "A1001")
    assert (alder["minutes_counted"], alder["minutes_to_go"], alder["next_unit"]) == ("18", "2", "99490 at 20 min")
    assert alder["missing"].startswith(RESULT.rules.reasons["consent.missing"].message)
    assert alder["what_to_do"] == RESULT.rules.reasons["consent.missing"].remedy
    page = files["index.html"].decode()
    assert "<script" not in page
    assert "Alder, June" in page
    assert alder["staff"] in page
    assert all(row["given_name"] != "=1+1" for row in rows)


def test_an_empty_month_has_a_page_that_says_so():
    files = write_worklist(Worklist((), ()), RESULT.practice, RESULT.month, RESULT.rules)
    assert "Nothing is close to a unit" in files["index.html"].decode()
    assert files["lapsing.csv"].decode("utf-8-sig").count("\n") == 1


def test_a_month_that_is_not_over_is_allowed_and_one_that_has_not_begun_is_not(monkeypatch: pytest.MonkeyPatch):
    practice = load_practice(TENANTS, "bayview-family")

    class Noon(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2025, 11, 15, 12, tzinfo=UTC)

    monkeypatch.setattr(month_arguments, "datetime", Noon)
    refuse_future(RESULT.month, practice)
    with pytest.raises(UsageProblem, match="lies in the future for bayview-family; choose one that has begun"):
        refuse_future(type(RESULT.month)(2025, 12), practice)
