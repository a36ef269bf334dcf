"""One patient-month to one decision: count, choose, date, then run every requirement and keep every reason.

A chart is mended once, so nothing stops at the first fault. A reason that only repeats another is not told: time that is
excluded because consent came after the month, or because the patient had died, does not also fall below the threshold.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from flows.ccm import agreements, eligibility
from flows.ccm.conflicts import conflicts
from flows.ccm.consent import governing
from flows.ccm.counting import PRACTITIONER, STAFF, CountedTime, count
from flows.ccm.decision import BILL, COUNTED, HOLD, NOT_BILLABLE, Decision, DecisionLine, Reason
from flows.ccm.diagnosis_order import in_order
from flows.ccm.finding import Finding, finding
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import second_due, second_payer, unknown_of
from flows.ccm.rules import Rules
from flows.ccm.selection import Selection, select
from flows.ccm.service_dates import period_end, service_dates
from flows.ccm.still_due import less_paid, paid_first

_CENT = Decimal("0.01")


def decide(month: PatientMonth, rules: Rules) -> Decision:
    """What the patient-month comes to under the rules in force. Total: every patient-month gets exactly one decision."""
    counted = count(month, rules)
    selection = select(month, counted, rules)
    family = selection.family
    dates = service_dates(month, counted, family, selection.rendering, rules) if family else None
    lines = _lines(selection, rules)
    if dates:
        lines = less_paid(lines, paid_first(month, dates[1]))
    findings = _findings(month, counted, selection, lines, dates, rules)
    reasons = tuple(reason for f in findings for reason in f.reasons)
    kinds = {rules.reasons[r.id].kind for r in reasons}
    outcome = NOT_BILLABLE if "never" in kinds else HOLD if "hold" in kinds else BILL
    billed = outcome == BILL
    diagnoses = _diagnoses(month, rules)
    return Decision(
        practice=month.practice,
        month=month.month,
        patient_key=month.patient.key,
        outcome=outcome,
        lines=lines if billed else (),
        at_stake=lines if outcome == HOLD else (),
        reasons=reasons,
        flags=selection.flags + _flags(month, selection, dates, lines, diagnoses, rules),
        seconds={STAFF: counted.seconds(STAFF), PRACTITIONER: counted.seconds(PRACTITIONER)},
        excluded=counted.excluded(),
        pieces=counted.pieces,
        family=family.id if family else "",
        considered=selection.considered,
        requirements=tuple(f.requirement for f in findings),
        service_from=dates[0] if dates and billed else None,
        service_to=dates[1] if dates and billed else None,
        place_of_service=rules.place_of_service if billed else "",
        claim_form=rules.claim_form if billed else "none",
        rendering=selection.rendering,
        diagnoses=diagnoses,
        rules_version=rules.version,
    )


def _findings(
    month: PatientMonth,
    counted: CountedTime,
    selection: Selection,
    lines: tuple[DecisionLine, ...],
    dates: tuple[date, date] | None,
    rules: Rules,
) -> tuple[Finding, ...]:
    last = dates[1] if dates else period_end(month)
    first = max(month.month.first_day, month.enrolled) if month.enrolled and month.enrolled <= last else month.month.first_day
    return (
        eligibility.enrolment(month, rules),
        eligibility.alive(month, rules),
        eligibility.conditions(month, rules),
        eligibility.initiating_visit(month, rules),
        agreements.consent(month, rules),
        agreements.care_plan(month, rules),
        agreements.coverage(month, first, max(last, period_end(month)), rules),
        conflicts(month, rules),
        _threshold(month, counted, selection, rules),
        _place_of_service(rules),
        _charges(lines, rules),
    )


def _threshold(month: PatientMonth, counted: CountedTime, selection: Selection, rules: Rules) -> Finding:
    """The counted time reaches the first threshold of a family."""
    staff, practitioner = counted.minutes(STAFF), counted.minutes(PRACTITIONER)
    ground = f"{staff} min staff, {practitioner} min practitioner counted"
    if selection.family is not None:
        return finding(rules, "time", ground)
    if _reached_but_for_another_reason(month, counted, rules):
        return finding(rules, "time", ground + "; the time is excluded for a reason told above")
    families = sorted(rules.families, key=lambda f: (f.minutes, f.base))
    needed = "; ".join(f"{f.base} needs {f.minutes}" for f in families)
    return finding(rules, "time", ground, Reason("time.below_threshold", f"{ground}; {needed}"))


def _reached_but_for_another_reason(month: PatientMonth, counted: CountedTime, rules: Rules) -> bool:
    consent_late = any(r.id == "consent.after_month" for r in agreements.consent(month, rules).reasons)
    died_before = bool(eligibility.alive(month, rules).reasons)
    forgiven = {"time.before_consent"} if consent_late else set()
    if died_before:
        forgiven.add("time.after_death")
    if not forgiven:
        return False
    as_if = CountedTime(tuple(replace(p, fate=COUNTED) if p.fate in forgiven else p for p in counted.pieces))
    return select(month, as_if, rules).family is not None


def _place_of_service(rules: Rules) -> Finding:
    """The place of service on file is one that CCM can be billed with; an institutional claim carries a type of bill instead."""
    place = rules.place_of_service
    if rules.claim_form == "837I" or place in rules.places_allowed:
        return finding(rules, "place_of_service", place or "by type of bill")
    ground = f"place of service {place or 'missing'}"
    return finding(rules, "place_of_service", ground, Reason("practice.place_of_service", ground))


def _charges(lines: tuple[DecisionLine, ...], rules: Rules) -> Finding:
    """The practice has a charge in force for each code. ``charges`` None asks nothing: a rule case has no charge list."""
    missing = [line.code for line in lines if line.charge is None] if rules.charges is not None else []
    if missing:
        ground = "no charge in force for " + ", ".join(missing)
        return finding(rules, "charges", ground, Reason("practice.charge", ground))
    return finding(rules, "charges", "a charge is in force for each code" if lines else "nothing to charge")


def _lines(selection: Selection, rules: Rules) -> tuple[DecisionLine, ...]:
    """The lines with the practice's charge and the amount to expect, each rounded once, to the cent."""
    credential = rules.billing_credentials.get(selection.rendering, "")
    rate = rules.reduced_rate if credential in rules.reduced_credentials else Decimal(1)
    lines = []
    for code, units in selection.units:
        charge = (rules.charges or {}).get(code)
        expected = (rules.expected_amounts[code] * units * rate).quantize(_CENT, ROUND_HALF_UP)
        lines.append(DecisionLine(code, units, None if charge is None else charge * units, expected))
    return tuple(lines)


def _diagnoses(month: PatientMonth, rules: Rules) -> tuple[str, ...]:
    """ICD-10-CM codes for the claim: the confirmed conditions, then what else is on record, in the order the rules ask for."""
    managed = [eligibility.plain_code(c.icd10) for c in eligibility.confirmed(month, rules) if c.icd10]
    return in_order(managed, _coded(month), rules.code_first, rules.condition_count)


def _coded(month: PatientMonth) -> list[str]:
    """The codes on record, each once, in the order of the problem list."""
    return list(dict.fromkeys(eligibility.plain_code(c.icd10) for c in eligibility.on_record(month) if c.icd10))


def _left_off(left_off: list[str], qualifying: list[str]) -> str:
    cared_for = [code for code in left_off if code in qualifying]
    also = f"; of the qualifying conditions: {', '.join(cared_for)}" if cared_for else ""
    return f"not on the claim: {', '.join(left_off)}{also}"


def _flags(
    month: PatientMonth,
    selection: Selection,
    dates: tuple[date, date] | None,
    lines: tuple[DecisionLine, ...],
    diagnoses: tuple[str, ...],
    rules: Rules,
) -> tuple[Reason, ...]:
    """What is billed but should be looked at."""
    flags = []
    codes = sorted({eligibility.plain_code(c.icd10) for c in eligibility.confirmed(month, rules) if c.icd10})
    if len(codes) >= rules.condition_count and len({code[:3] for code in codes}) < rules.condition_count:
        flags.append(Reason("conditions.one_category", f"all of {', '.join(codes)} lie in one category of ICD-10-CM"))
    if lines and (left_off := [code for code in _coded(month) if code not in diagnoses]):
        flags.append(Reason("claim.diagnoses_left_off", _left_off(left_off, codes)))
    consented = governing(month.consents, month.month)
    rendering = selection.rendering
    own = bool(lines) and rendering != month.practitioner and rendering in rules.billing_credentials
    if own and consented and consented.practitioner != rendering:
        detail = f"{rendering} gave the minutes, the consent names {consented.practitioner or 'nobody'}"
        flags.append(Reason("consent.rendering_differs", detail, eligibility.sources(consented)))
    second = second_payer(month, dates[1]) if dates else None
    if dates and second and second_due(month, dates[1]):
        unknown = unknown_of(second, month.patient)
        detail = f"the claim does not name it: {', '.join(unknown)} not on record" if unknown else ""
        flags.append(Reason("coverage.second_due", detail, (second.source,) if unknown and second.source else ()))
    if dates and any(line.code in rules.visit_edit_codes for line in lines):
        seen = {(v.code, v.on) for v in month.visits} | {(s.code, s.on) for s in month.other_services if s.by != "elsewhere"}
        same_day = sorted(code for code, on in seen if on == dates[1] and code in rules.visit_codes)
        if same_day:
            flags.append(Reason("claim.visit_same_date", f"{', '.join(same_day)} on {dates[1]} needs modifier 25"))
    return tuple(flags)
