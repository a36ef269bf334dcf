"""A case to the patient-month and the terms that it tells."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flows.cases.schema import Case, PatientTable, TimeTable
from flows.ccm.patient import (
    CARE_PLAN_ELEMENTS,
    Authorization,
    CarePlan,
    Condition,
    Consent,
    Coverage,
    InitiatingVisit,
    InpatientStay,
    OtherService,
    Patient,
    PlanItem,
)
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Terms
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.ccm.time_entry import TimeEntry

_NINE = time(9)


def terms(case: Case) -> Terms:
    """The case's practice, as the rulebook asks for it. A case has no charge list."""
    practice = case.practice
    recorded = {
        "tcm_same_month": practice.tcm_same_month,
        "staff_time_on_visit_day": practice.staff_time_on_visit_day,
        "complex_choice": practice.complex_choice,
        "consent_method": practice.consent_method,
    }
    if practice.service_dates is not None:
        recorded["service_dates"] = practice.service_dates
    return Terms(
        kind=practice.kind,
        mac=practice.mac,
        contractor="",
        locality="",
        time_zone=practice.time_zone,
        place_of_service="",
        choices=recorded,
        charges=None,
        billing_credentials={"dr_a": "MD", "dr_b": "MD"},
    )


def patient_month(case: Case) -> PatientMonth:
    """The case's patient-month."""
    told, zone = case.patient, ZoneInfo(case.practice.time_zone)
    visit = told.initiating_visit
    return PatientMonth(
        practice="case",
        month=ServiceMonth.parse(case.month),
        patient=Patient("case", "case", "Case", "A", told.born, "U", died=told.died),
        practitioner=told.practitioner,
        enrolled=told.enrolled,
        disenrolled=told.disenrolled,
        decision_making=told.decision_making,
        conditions=tuple(
            Condition(c.icd10, c.since, "", c.expected_months, c.significant_risk, c.resolved, source=Source("condition", n))
            for n, c in enumerate(told.conditions, 1)
        ),
        consents=_consents(told),
        care_plan=_care_plan(told),
        visits=(InitiatingVisit(visit.on, visit.code),) if visit else (),
        coverages=(_coverage(told),),
        other_services=tuple(OtherService(s.code, s.on, s.by) for s in case.also_billed),
        inpatient=tuple(InpatientStay(s.start, s.end) for s in told.inpatient),
        time=tuple(_entry(n, entry, zone) for n, entry in enumerate(case.time, 1)),
    )


def _consents(told: PatientTable) -> tuple[Consent, ...]:
    consent = told.consent
    if not consent:
        return ()
    explained = frozenset[str](consent.explained)
    return (Consent(consent.on, consent.method, consent.decision, explained, consent.practitioner, consent.revoked),)


def _care_plan(told: PatientTable) -> CarePlan | None:
    plan = told.care_plan
    if not plan:
        return None
    written = {name: (PlanItem(name),) for name in CARE_PLAN_ELEMENTS if name not in plan.missing}
    return CarePlan(plan.on, plan.revised, **written)


def _coverage(told: PatientTable) -> Coverage:
    cover, asked = told.coverage, told.coverage.authorization
    if isinstance(asked, str):
        return Coverage(cover.plan, cover.ccm, authorization_required=asked == "required")
    return Coverage(cover.plan, cover.ccm, True, Authorization(asked.number, asked.start, asked.end))


def _entry(number: int, told: TimeTable, zone: ZoneInfo) -> TimeEntry:
    at = told.at if isinstance(told.at, datetime) else datetime.combine(told.at, _NINE)
    return TimeEntry(
        entry_id=f"time {number}",
        started=at if at.tzinfo else at.replace(tzinfo=zone),
        seconds=told.minutes * 60,
        person=told.who or f"the {told.by}",
        credential="" if told.by == "none" else told.by,
        activity=told.what,
        about=told.about,
        mode=told.mode,
        source=Source("case", number),
    )
