"""What can be wrong with a chart: each dial's change to the records, and the reason that must come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from flows.ccm.patient import CARE_PLAN_ELEMENTS, CONSENT_ELEMENTS, Condition, InitiatingVisit, OtherService
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.chart import Chart, advantage
from flows.synthesize.conditions import clinical_list, uncoded

HOLD, NEVER = "hold", "not_billable"
# Advanced primary care management has codes from 2025 on; before, principal care management stands for it.
CARE_MANAGEMENT_CODES = (
    (ServiceMonth(2025, 1), ("G0556", "G0557", "G0558")),
    (ServiceMonth(2020, 1), ("99426",)),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What a fault may look at beside the chart."""

    practice: Practice
    month: ServiceMonth
    rng: Random


@dataclass(frozen=True, slots=True)
class RecordFault:
    """A dial's fault: the outcome and reason it leads to, and the part of the chart it touches."""

    topic: str
    outcome: str
    reason: str
    apply: Callable[[Chart, Setting], Chart]


def _consent(chart: Chart, **changes) -> Chart:
    return replace(chart, consents=(replace(chart.consents[0], **changes),))


def _no_consent(chart: Chart, at: Setting) -> Chart:
    return replace(chart, consents=())


def _consent_incomplete(chart: Chart, at: Setting) -> Chart:
    return _consent(chart, explained=frozenset(CONSENT_ELEMENTS) - {at.rng.choice(CONSENT_ELEMENTS)})


def _consent_declined(chart: Chart, at: Setting) -> Chart:
    if at.rng.random() < 0.5:
        return _consent(chart, decision="declined", explained=frozenset(CONSENT_ELEMENTS))
    # a revocation takes effect at the end of its month, so it must lie before this one
    return _consent(chart, revoked=at.month.first_day - timedelta(days=at.rng.randrange(1, 26)))


def _consent_other_practitioner(chart: Chart, at: Setting) -> Chart:
    others = [p.id for p in at.practice.practitioners if p.id != chart.practitioner]
    return _consent(chart, practitioner=at.rng.choice(others) if others else "practitioner-who-left")


def _plan_missing(chart: Chart, at: Setting) -> Chart:
    return replace(chart, care_plan=None)


def _plan_incomplete(chart: Chart, at: Setting) -> Chart:
    assert chart.care_plan is not None
    # without goals, conditions, team or activities an exported plan would not pass for a comprehensive one at all
    elements = ("monitoring", "self_management") if chart.fhir else CARE_PLAN_ELEMENTS
    return replace(chart, care_plan=replace(chart.care_plan, **{at.rng.choice(elements): ()}))


def _plan_outdated(chart: Chart, at: Setting) -> Chart:
    """A condition begins, or a further one ends, after the last revision and within the month."""
    began = at.month.first_day + timedelta(days=at.rng.randrange(0, 25))
    present = {c.id for c in chart.listed}
    # a condition that would change the codes of another is left out
    linking = {"ckd", "heart_failure"}
    new = at.rng.choice([c for c in clinical_list() if c.id not in present and c.id not in linking])
    icd10, snomed = new.codes(present)
    added = Condition(icd10, None, new.name, 12, True, snomed=snomed)
    if at.rng.random() < 0.5:
        return replace(chart, conditions=(*chart.conditions, replace(added, since=began)))
    ended = replace(added, since=chart.enrolled - timedelta(days=700), resolved=began)
    return replace(chart, conditions=(*chart.conditions, ended))


def _one_condition(chart: Chart, at: Setting) -> Chart:
    listed = chart.listed[:1]
    icd10, snomed = listed[0].codes(())
    return replace(chart, listed=listed, conditions=(replace(chart.conditions[0], icd10=icd10, snomed=snomed),))


def _conditions_unconfirmed(chart: Chart, at: Setting) -> Chart:
    first, *rest = chart.conditions
    undocumented = (replace(c, expected_months=None, significant_risk=None) for c in rest)
    return replace(chart, conditions=(first, *undocumented))


def _condition_uncoded(chart: Chart, at: Setting) -> Chart:
    one = _one_condition(chart, at)
    snomed, name = at.rng.choice(uncoded())
    rare = Condition("", chart.enrolled - timedelta(days=at.rng.randrange(100, 4000)), name, 60, True, snomed=snomed)
    return replace(one, conditions=(*one.conditions, rare))


def _visit_missing(chart: Chart, at: Setting) -> Chart:
    """No visit, one more than a year before enrolment, or one of a level that initiates nothing."""
    stale = InitiatingVisit(chart.enrolled - timedelta(days=at.rng.randrange(380, 900)), "99214")
    too_low = InitiatingVisit(chart.enrolled - timedelta(days=at.rng.randrange(0, 60)), "99211")
    return replace(chart, visits=at.rng.choice(((), (stale,), (too_low,))))


def _coverage_unverified(chart: Chart, at: Setting) -> Chart:
    plan = advantage(chart.patient, at.month, at.rng, authorized=False)
    if at.rng.random() < 0.5:
        return replace(chart, coverage=replace(plan, ccm="unverified"), verified_for=())
    before = at.month.first_day - timedelta(days=1)
    return replace(chart, coverage=plan, verified_for=(ServiceMonth.of(before),))


def _authorization_missing(chart: Chart, at: Setting) -> Chart:
    plan = advantage(chart.patient, at.month, at.rng, authorized=True)
    assert plan.authorization is not None
    lapsed = replace(plan.authorization, start=date(at.month.year - 1, 1, 1), end=date(at.month.year - 1, 12, 31))
    return replace(chart, coverage=replace(plan, authorization=at.rng.choice((None, lapsed))), verified_for=(at.month,))


def _not_covered(chart: Chart, at: Setting) -> Chart:
    plan = advantage(chart.patient, at.month, at.rng, authorized=False)
    return replace(chart, coverage=replace(plan, ccm="not_covered"), verified_for=(at.month,))


def _also_billed(*codes: str, by: str) -> Callable[[Chart, Setting], Chart]:
    def apply(chart: Chart, at: Setting) -> Chart:
        day = at.month.first_day + timedelta(days=at.rng.randrange(0, at.month.last_day.day))
        return replace(chart, other_services=(OtherService(at.rng.choice(codes), day, by),))

    return apply


def _apcm(chart: Chart, at: Setting) -> Chart:
    codes = next(codes for first, codes in CARE_MANAGEMENT_CODES if first <= at.month)
    return _also_billed(*codes, by="same")(chart, at)


def _bad_mbi(chart: Chart, at: Setting) -> Chart:
    short = chart.patient.mbi[:10]
    coverage = replace(
        chart.coverage,
        plan="medicare",
        ccm="covered",
        authorization_required=None,
        authorization=None,
        payer_name="Medicare Part B",
        payer_id=at.practice.contractor,
        member_id=short,
    )
    return replace(chart, patient=replace(chart.patient, mbi=short), coverage=coverage, verified_for=())


RECORD_FAULTS = {
    "no_consent": RecordFault("consent", HOLD, "consent.missing", _no_consent),
    "consent_incomplete": RecordFault("consent", HOLD, "consent.incomplete", _consent_incomplete),
    "consent_declined": RecordFault("consent", NEVER, "consent.declined", _consent_declined),
    "consent_other_practitioner": RecordFault("consent", HOLD, "consent.other_practitioner", _consent_other_practitioner),
    "care_plan_missing": RecordFault("care_plan", HOLD, "care_plan.missing", _plan_missing),
    "care_plan_incomplete": RecordFault("care_plan", HOLD, "care_plan.incomplete", _plan_incomplete),
    "care_plan_outdated": RecordFault("care_plan", HOLD, "care_plan.outdated", _plan_outdated),
    "one_condition": RecordFault("conditions", NEVER, "conditions.too_few", _one_condition),
    "conditions_unconfirmed": RecordFault("conditions", HOLD, "conditions.unconfirmed", _conditions_unconfirmed),
    "condition_uncoded": RecordFault("conditions", HOLD, "conditions.uncoded", _condition_uncoded),
    "visit_missing": RecordFault("visit", HOLD, "visit.missing", _visit_missing),
    "coverage_unverified": RecordFault("coverage", HOLD, "coverage.unverified", _coverage_unverified),
    "authorization_missing": RecordFault("coverage", HOLD, "coverage.authorization", _authorization_missing),
    "not_covered": RecordFault("coverage", NEVER, "coverage.not_covered", _not_covered),
    "home_health": RecordFault("conflict", NEVER, "conflict.home_health", _also_billed("G0181", by="same")),
    "hospice": RecordFault("conflict", NEVER, "conflict.hospice", _also_billed("G0182", by="same")),
    "esrd": RecordFault("conflict", NEVER, "conflict.esrd", _also_billed("90960", "90961", "90962", by="same")),
    "tcm": RecordFault("conflict", HOLD, "conflict.tcm", _also_billed("99495", "99496", by="same")),
    "apcm": RecordFault("conflict", NEVER, "conflict.care_management", _apcm),
    "ccm_elsewhere": RecordFault("conflict", NEVER, "conflict.elsewhere", _also_billed("99490", by="elsewhere")),
    "ccm_other_practitioner": RecordFault(
        "conflict", HOLD, "conflict.other_practitioner", _also_billed("99490", "99491", by="other")
    ),
    "bad_mbi": RecordFault("claim", HOLD, "claim.invalid", _bad_mbi),
}
