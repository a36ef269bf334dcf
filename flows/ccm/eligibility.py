"""The requirements on the patient: enrolled, alive, with two chronic conditions, and seen before enrolment."""

from __future__ import annotations

from datetime import date

from flows.ccm.decision import Reason
from flows.ccm.finding import Finding, finding
from flows.ccm.patient import Condition, InitiatingVisit
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Rules
from flows.ccm.source import Source


def sources(*facts: object) -> tuple[Source, ...]:
    """The sources of the facts that have one, in order and once each."""
    found = {s for f in facts if isinstance(s := getattr(f, "source", None), Source)}
    return tuple(sorted(found))


def enrolment(month: PatientMonth, rules: Rules) -> Finding:
    """The patient was enrolled on at least one day of the month."""
    first, last = month.month.first_day, month.month.last_day
    if month.enrolled is None:
        ground = "no enrolment date is on record"
    elif month.enrolled > last:
        ground = f"enrolled on {month.enrolled}, after the month"
    elif month.disenrolled is not None and month.disenrolled < first:
        ground = f"disenrolled on {month.disenrolled}, before the month"
    else:
        return finding(rules, "enrolment", f"enrolled since {month.enrolled}")
    return finding(rules, "enrolment", ground, Reason("patient.not_enrolled", ground, sources(month.patient)))


def alive(month: PatientMonth, rules: Rules) -> Finding:
    """The patient lived on at least one day of the month."""
    died = month.patient.died
    if died is not None and died < month.month.first_day:
        ground = f"died on {died}"
        return finding(rules, "alive", ground, Reason("patient.died", ground, sources(month.patient)))
    return finding(rules, "alive", f"died on {died}" if died else "no death on record")


def on_record(month: PatientMonth) -> tuple[Condition, ...]:
    """Distinct conditions of the problem list that are unresolved at the month's end, in order of onset, then code."""
    last = month.month.last_day
    distinct: dict[str, Condition] = {}
    for condition in sorted(month.conditions, key=_order):
        begun = condition.since is None or condition.since <= last
        resolved = condition.resolved is not None and condition.resolved <= last
        if begun and not resolved:
            known = distinct.setdefault(_identity(condition), condition)
            if _documented(condition) > _documented(known):
                distinct[_identity(condition)] = condition
    return tuple(sorted(distinct.values(), key=_order))


def confirmed(month: PatientMonth, rules: Rules) -> tuple[Condition, ...]:
    """The conditions documented as expected to last long enough and as carrying significant risk."""
    return tuple(c for c in on_record(month) if is_chronic(c, rules) and c.significant_risk)


def is_chronic(condition: Condition, rules: Rules) -> bool:
    """Whether the record expects the condition to last the required months; undocumented is no."""
    return condition.expected_months is not None and condition.expected_months >= rules.condition_months


def plain_code(icd10: str) -> str:
    """An ICD-10-CM code as claims carry it: no dot, upper case."""
    return icd10.replace(".", "").strip().upper()


def _identity(condition: Condition) -> str:
    # Rows without any name are told apart by their source: unnamed conditions can still be two.
    return plain_code(condition.icd10) or condition.snomed or condition.description.casefold() or str(condition.source)


def _documented(condition: Condition) -> tuple[bool, int, bool]:
    return bool(condition.significant_risk), condition.expected_months or 0, bool(condition.icd10)


def _order(condition: Condition) -> tuple[date, str, str, str]:
    code = plain_code(condition.icd10)
    return (condition.since or date.max, code or "~", condition.description, str(condition.source))


def conditions(month: PatientMonth, rules: Rules) -> Finding:
    """At least two distinct conditions are confirmed as chronic and risky, and each of two has an ICD-10-CM code."""
    need, listed, sure = rules.condition_count, on_record(month), confirmed(month, rules)
    coded = [c for c in sure if c.icd10]
    ground = f"{len(listed)} on record, {len(sure)} confirmed, {len(coded)} of these with an ICD-10-CM code; {need} needed"
    if len(coded) >= need:
        return finding(rules, "conditions", ground)
    told = sources(*listed)
    if len(listed) < need:
        return finding(rules, "conditions", ground, Reason("conditions.too_few", ground, told))
    reasons = []
    if len(sure) < need:
        reasons.append(Reason("conditions.unconfirmed", ground, told))
    if len(sure) >= need or sum(bool(c.icd10) for c in listed) < need:
        names = ", ".join(sorted(c.description or c.snomed for c in listed if not c.icd10))
        reasons.append(Reason("conditions.uncoded", f"no ICD-10-CM code: {names}", sources(*(c for c in listed if not c.icd10))))
    return finding(rules, "conditions", ground, *reasons)


def initiating_visit_of(month: PatientMonth, rules: Rules) -> InitiatingVisit | None:
    """The last visit of an accepted kind on the day of enrolment or within the time before it; None where there is none."""
    if month.enrolled is None:
        return None
    earliest = _months_before(month.enrolled, rules.visit_within_months)
    accepted = [v for v in month.visits if v.code in rules.visit_codes and earliest <= v.on <= month.enrolled]
    return max(accepted, key=lambda v: (v.on, v.code), default=None)


def initiating_visit(month: PatientMonth, rules: Rules) -> Finding:
    """An initiating visit took place on the day of enrolment or within the year before it."""
    if month.enrolled is None:
        return finding(rules, "initiating_visit", "cannot be told without an enrolment date")
    visit = initiating_visit_of(month, rules)
    if visit is not None:
        return finding(rules, "initiating_visit", f"{visit.code} on {visit.on}")
    earliest = _months_before(month.enrolled, rules.visit_within_months)
    seen = "; ".join(f"{v.code} on {v.on}" for v in sorted(month.visits, key=lambda v: (v.on, v.code)))
    ground = f"none between {earliest} and {month.enrolled}" + (f" (on record: {seen})" if seen else "")
    return finding(rules, "initiating_visit", ground, Reason("visit.missing", ground, sources(*month.visits)))


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month; a day that month lacks becomes its first following day."""
    total = day.year * 12 + day.month - 1 - months
    year, index = divmod(total, 12)
    try:
        return date(year, index + 1, day.day)
    except ValueError:
        return date(year + (index == 11), (index + 1) % 12 + 1, 1)
