"""Facts and time entries brought together by patient: pandas has ended, the core's types begin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from flows.ccm.claim_record import MEDICARE
from flows.ccm.month_result import Reject
from flows.ccm.patient import Condition, Consent, Coverage, InitiatingVisit, InpatientStay, OtherService
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice
from flows.ccm.remittance import Remittance
from flows.ccm.service_month import ServiceMonth
from flows.ccm.time_entry import TimeEntry
from flows.intake.accounts import Accounts
from flows.intake.busy_time import busy_by_patient
from flows.intake.care_plan_choice import choose_care_plan
from flows.intake.condition_list import merge_conditions
from flows.intake.facts import DecisionMaking, Fact
from flows.intake.roster import RosterPatient

_T = TypeVar("_T")


def group_facts(facts: Iterable[Fact], roster: Mapping[str, RosterPatient], accounts: Accounts) -> dict[str, list[Fact]]:
    """The facts by MRN; one whose MRN is not on the roster is rejected as ``patient.unmatched``."""
    grouped: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.mrn in roster:
            grouped[fact.mrn].append(fact)
        else:
            accounts.reject(Reject(fact.source, "patient.unmatched", "mrn", "no patient on the roster has this MRN"))
    return grouped


def patient_months(
    practice: Practice,
    month: ServiceMonth,
    roster: Mapping[str, RosterPatient],
    facts: Mapping[str, Sequence[Fact]],
    entries: Mapping[str, Sequence[TimeEntry]],
    accounts: Accounts,
) -> tuple[PatientMonth, ...]:
    """A patient-month for each patient who is enrolled in the month or has a time entry, by patient key."""
    busy = busy_by_patient(entries)
    months = []
    for mrn, listed in roster.items():
        # Read for every patient: what is left aside is accounted for whether or not the patient has a month.
        patient_facts = facts.get(mrn, ())
        plan, aside = choose_care_plan(patient_facts, month.last_day)
        for source, name in aside:
            accounts.exclude(source, name)
        level = _decision_making(patient_facts, accounts)
        answers = _answers(mrn, patient_facts, practice, accounts)
        if not (_enrolled(listed, month) or entries.get(mrn)):
            continue
        exported = [f.value for f in patient_facts if isinstance(f.value, Condition) and f.source.resource]
        written = [f.value for f in patient_facts if isinstance(f.value, Condition) and not f.source.resource]
        months.append(
            PatientMonth(
                practice=practice.slug,
                month=month,
                patient=listed.patient,
                practitioner=listed.practitioner,
                enrolled=listed.enrolled,
                disenrolled=listed.disenrolled,
                decision_making=level,
                conditions=merge_conditions(exported, written),
                consents=_of(Consent, patient_facts),
                care_plan=plan,
                visits=_of(InitiatingVisit, patient_facts),
                coverages=_of(Coverage, patient_facts),
                other_services=_of(OtherService, patient_facts),
                inpatient=_of(InpatientStay, patient_facts),
                time=_in_order(entries.get(mrn, ())),
                busy=busy.get(mrn, ()),
                remittances=answers,
            )
        )
    return tuple(sorted(months, key=lambda m: m.patient.key))


def _enrolled(listed: RosterPatient, month: ServiceMonth) -> bool:
    """Whether any day of the month is one of enrolment; an enrolment without a first day is none."""
    if listed.enrolled is None or listed.enrolled > month.last_day:
        return False
    return listed.disenrolled is None or listed.disenrolled >= month.first_day


def _of(kind: type[_T], facts: Sequence[Fact]) -> tuple[_T, ...]:
    """The facts of one kind by their day, then by their source."""
    found = [(fact.value, fact.source) for fact in facts if isinstance(fact.value, kind)]
    found.sort(key=lambda pair: (str(getattr(pair[0], "on", None) or getattr(pair[0], "start", None) or ""), pair[1]))
    return tuple(value for value, _ in found)


def _answers(mrn: str, facts: Sequence[Fact], practice: Practice, accounts: Accounts) -> tuple[Remittance, ...]:
    """What the patient's plans answered. A row delivered again is no second answer; one of no plan on record is rejected."""
    plans = _payer_ids(_of(Coverage, facts), practice)
    found: dict[Remittance, Remittance] = {}
    for answer in _of(Remittance, facts):
        told = plans.get(answer.payer_id.upper())
        if told is None and answer.source:
            detail = "no plan of the patient's has this payer id; write it as it is in coverage.csv"
            accounts.reject(Reject(answer.source, "row.bad_value", "payer_id", detail, (mrn,)))
            continue
        answer = replace(answer, payer_id=told or answer.payer_id)
        if found.setdefault(replace(answer, source=None), answer) is not answer and answer.source:
            accounts.exclude(answer.source, "remittance delivered again")
    return tuple(found.values())


def _payer_ids(plans: Sequence[Coverage], practice: Practice) -> dict[str, str]:
    """What a plan is called in an answer by what its remittance may call it, in capitals: Medicare by that name alone."""
    called = {plan.payer_id.upper(): plan.payer_id for plan in plans if plan.payer_id}
    of_medicare = [plan.payer_id for plan in plans if plan.plan == MEDICARE]
    if of_medicare:
        names = (practice.contractor, practice.contractor_part_a, MEDICARE, *of_medicare)
        called |= {name.upper(): MEDICARE for name in names if name}
    return called


def _decision_making(facts: Sequence[Fact], accounts: Accounts) -> str | None:
    """The month's documented level; a second row with another level is rejected."""
    level: str | None = None
    for fact in sorted((f for f in facts if isinstance(f.value, DecisionMaking)), key=lambda f: f.source):
        found = fact.value.level if isinstance(fact.value, DecisionMaking) else None
        if level is not None and found != level:
            detail = "another row of the month has another level; correct one of them"
            accounts.reject(Reject(fact.source, "row.bad_value", "level", detail, (fact.mrn,)))
        level = level or found
    return level


def _in_order(entries: Sequence[TimeEntry]) -> tuple[TimeEntry, ...]:
    return tuple(sorted(entries, key=lambda e: (e.started, e.entry_id, str(e.source))))
