"""The requirements on paper: the patient's consent, the comprehensive care plan, and the payer's cover."""

from __future__ import annotations

from datetime import date

from flows.ccm import consent as consents
from flows.ccm.decision import Reason
from flows.ccm.eligibility import is_chronic, sources
from flows.ccm.finding import Finding, finding
from flows.ccm.patient import CarePlan
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import contested, coverage_on, first_payer, second_payer
from flows.ccm.rules import Rules


def consent(month: PatientMonth, rules: Rules) -> Finding:
    """A complete consent for the billing practitioner was in force in the month."""
    governing = consents.governing(month.consents, month.month)
    if governing is None:
        return finding(rules, "consent", "none on record", Reason("consent.missing"))
    told = sources(governing)
    if governing.decision != consents.GRANTED:
        ground = f"declined on {governing.on}"
        return finding(rules, "consent", ground, Reason("consent.declined", ground, told))
    reasons = []
    if consents.revoked_before(governing, month.month):
        reasons.append(Reason("consent.declined", f"revoked on {governing.revoked}", told))
    if governing.on > month.month.last_day:
        reasons.append(Reason("consent.after_month", f"obtained on {governing.on}", told))
    lacking = sorted(rules.consent_elements - governing.explained)
    if rules.consent_method == "written" and governing.method != "written":
        lacking.append("written form, which the practice requires")
    elif not governing.method:
        lacking.append("how it was given (written or verbal)")
    if not governing.practitioner:
        lacking.append("the practitioner it was given for")
    if lacking:
        reasons.append(Reason("consent.incomplete", "lacking: " + ", ".join(lacking), told))
    if governing.practitioner and governing.practitioner != month.practitioner:
        detail = f"given for {governing.practitioner}, {month.practitioner or 'nobody'} bills"
        reasons.append(Reason("consent.other_practitioner", detail, told))
    return finding(rules, "consent", f"{governing.method or 'consent'} of {governing.on} for {governing.practitioner}", *reasons)


def care_plan(month: PatientMonth, rules: Rules) -> Finding:
    """A comprehensive plan with all its elements was established by the month's end and is no older than the problem list."""
    plan, last = month.care_plan, month.month.last_day
    if plan is None:
        return finding(rules, "care_plan", "none on record", Reason("care_plan.missing"))
    reasons = []
    if plan.established > last:
        reasons.append(Reason("care_plan.after_month", f"established on {plan.established}", sources(plan)))
    if plan.missing:
        reasons.append(Reason("care_plan.incomplete", "lacking: " + ", ".join(plan.missing), sources(plan)))
    changed = _changes_since(plan, month, rules)
    if changed:
        reasons.append(Reason("care_plan.outdated", f"last revised {plan.last_revision}; " + "; ".join(changed), sources(plan)))
    return finding(rules, "care_plan", f"established {plan.established}, last revised {plan.last_revision}", *reasons)


def _changes_since(plan: CarePlan, month: PatientMonth, rules: Rules) -> list[str]:
    """Chronic conditions that began or ended after the plan's last revision and by the month's end."""
    last, changes = month.month.last_day, set()
    for condition in month.conditions:
        if not is_chronic(condition, rules):
            continue
        name = condition.icd10 or condition.description
        if condition.since is not None and plan.last_revision < condition.since <= last:
            changes.add(f"{name} began {condition.since}")
        if condition.resolved is not None and plan.last_revision < condition.resolved <= last:
            changes.add(f"{name} ended {condition.resolved}")
    return sorted(changes)


def coverage(month: PatientMonth, first: date, last: date, rules: Rules) -> Finding:
    """The plan in force on the claim's dates covers CCM, and has authorized it where it requires that.

    ``first`` to ``last`` is the part of the month that an authorization must cover.
    """
    cover = coverage_on(month, last)
    if cover is None:
        return finding(rules, "coverage", f"none in force on {last}", Reason("coverage.unverified", f"no coverage on {last}"))
    told = sources(cover)
    second = second_payer(month, last)
    if rivals := contested(month, last):
        detail = " and ".join(dict.fromkeys(f"{cover.payer_name or cover.plan} ({cover.payer_id})" for cover in rivals))
        if all(cover.plan == "medicare_advantage" for cover in rivals):
            detail += "; a patient has one Advantage plan at a time, so one of them is over: send its end"
        elif "medicare_advantage" in {cover.plan for cover in rivals} and "medicare" in {cover.plan for cover in rivals}:
            detail += "; an Advantage plan stands in for Medicare: send the end of the one that is over, or rank the plan first"
        return finding(rules, "coverage", "plans without an order", Reason("coverage.order", detail, sources(*rivals)))
    if first_payer(month, last) is None:
        detail = f"{cover.plan} pays second, and no plan before it is on file"
        return finding(rules, "coverage", detail, Reason("coverage.primary_first", detail, told))
    if cover.ccm == "not_covered" and second not in (None, cover):
        # The second payer may pay what the first refuses, but it asks for the refusal.
        detail = f"{cover.plan} pays first and does not cover CCM; its answer to the claim is not on record"
        return finding(rules, "coverage", detail, Reason("coverage.primary_first", detail, told))
    if cover.plan in rules.plans_covered:
        if cover.ccm == "not_covered":
            return finding(rules, "coverage", cover.plan, Reason("coverage.not_covered", cover.plan, told))
        return finding(rules, "coverage", cover.plan)
    ground = f"{cover.plan}, CCM {cover.ccm}"
    if cover.ccm == "not_covered":
        return finding(rules, "coverage", ground, Reason("coverage.not_covered", ground, told))
    reasons = []
    if cover.ccm != "covered":
        reasons.append(Reason("coverage.unverified", ground, told))
    permit = cover.authorization
    if permit is not None and not (permit.start <= first and last <= permit.end):
        reasons.append(Reason("coverage.authorization", f"the one on file runs {permit.start} to {permit.end}", told))
    elif permit is None and cover.authorization_required:
        reasons.append(Reason("coverage.authorization", "required, none on file", told))
    elif permit is None and cover.authorization_required is None:
        reasons.append(Reason("coverage.unverified", "whether the plan requires an authorization is not recorded", told))
    return finding(rules, "coverage", ground, *_once(reasons))


def _once(reasons: list[Reason]) -> list[Reason]:
    """One reason an id: a chart is mended once."""
    kept: dict[str, Reason] = {}
    for reason in reasons:
        known = kept.get(reason.id)
        kept[reason.id] = reason if known is None else Reason(reason.id, f"{known.detail}; {reason.detail}", known.sources)
    return list(kept.values())
