"""What the packet's page shows of each patient and of the month, prepared as text: the template only prints it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from flows.ccm.decision import BILL, HOLD, NOT_BILLABLE, Decision, Reason
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.outbox import wording
from flows.outbox.care_plan_summary import care_plan_name
from flows.outbox.earned_time import earned_seconds
from flows.outbox.plain_words import shown
from flows.outbox.registers import by_name
from flows.outbox.templates import has_words

_BIN = 10  # minutes to a bar of the distribution
_BINS = 10
_NOT_WORDED = "The care-plan summary is in English: no wording is here in the patient's language."


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason as it is shown: what is wrong, in this chart, and what to do."""

    id: str
    message: str
    detail: str
    remedy: str
    sources: str


@dataclass(frozen=True, slots=True)
class PatientView:
    """A patient's month on the page. ``lines`` are those billed, or at stake where held; amounts belong to them.

    ``minutes`` are those that the lines rest on; ``unearned`` is counted time that earned none, or empty. ``died`` is the day of
    death, or empty.
    """

    name: str
    mrn: str
    born: str
    died: str
    claim_id: str
    lines: str
    dates: str
    place: str
    minutes: str
    unearned: str
    charge: str
    expected: str
    billed_by: str
    care_plan: str
    reasons: tuple[ReasonView, ...]
    reason_ids: str


@dataclass(frozen=True, slots=True)
class Tally:
    """A reason with the patients it concerns, its minutes or dollars."""

    id: str
    message: str
    patients: int
    amount: str


@dataclass(frozen=True, slots=True)
class FlagView:
    """An audit flag: of one patient, or of the month where ``patient`` is empty."""

    message: str
    patient: str
    detail: str


def address_of(file: str) -> str:
    """The address of one of the packet's files relative to the page; a ``%`` or ``#`` of its name is part of the name."""
    return "./" + quote(file, safe="/")


def patients_of(result: MonthResult, outcome: str, files: frozenset[str]) -> tuple[PatientView, ...]:
    """The patients with that outcome, by name; a care plan is linked where the packet has the file."""
    claims = {claim.patient.key: claim.claim_id for claim in result.claims}
    pairs = sorted(_pairs(result, outcome), key=by_name)
    return tuple(_patient(result, pm, d, files, claims.get(d.patient_key, "")) for pm, d in pairs)


def reasons_of(result: MonthResult, reasons: tuple[Reason, ...]) -> tuple[ReasonView, ...]:
    """Reasons with message and remedy in the rulebook's words."""
    views = []
    for reason in reasons:
        text = result.rules.reasons[reason.id]
        sources = "; ".join(str(source) for source in reason.sources)
        views.append(ReasonView(reason.id, text.message, shown(reason, result.practice), text.remedy, sources))
    return tuple(views)


def held_by_reason(result: MonthResult) -> tuple[Tally, ...]:
    """Each reason that holds a patient, the most frequent first, with what its patients have at stake in dollars."""
    patients: Counter[str] = Counter()
    amounts: dict[str, Decimal] = {}
    for _, decision in _pairs(result, HOLD):
        for reason_id in sorted({reason.id for reason in decision.reasons}):
            patients[reason_id] += 1
            amounts[reason_id] = amounts.get(reason_id, Decimal(0)) + wording.expected_amount(decision.at_stake)
    order = sorted(patients, key=lambda reason_id: (-patients[reason_id], reason_id))
    return tuple(Tally(i, result.rules.reasons[i].message, patients[i], wording.dollars(amounts[i])) for i in order)


def excluded_by_reason(result: MonthResult) -> tuple[Tally, ...]:
    """Each reason that excluded time, the most time first, with its patients and its minutes and seconds."""
    seconds: Counter[str] = Counter()
    patients: Counter[str] = Counter()
    for decision in result.decisions:
        for reason_id, excluded in decision.excluded.items():
            seconds[reason_id] += excluded
            patients[reason_id] += 1
    order = sorted(seconds, key=lambda reason_id: (-seconds[reason_id], reason_id))
    return tuple(Tally(i, result.rules.reasons[i].message, patients[i], wording.clock(seconds[i])) for i in order)


def flags_of(result: MonthResult) -> tuple[FlagView, ...]:
    """The audit flags: those of the month first, then each patient's by name."""
    flags = [FlagView(result.rules.reasons[f.id].message, "", shown(f, result.practice)) for f in result.month_flags]
    for patient_month, decision in sorted(zip(result.patient_months, result.decisions, strict=True), key=by_name):
        name = f"{wording.list_name(patient_month.patient)} (MRN {patient_month.patient.mrn})"
        flags.extend(FlagView(result.rules.reasons[f.id].message, name, shown(f, result.practice)) for f in decision.flags)
        if decision.outcome == BILL and not has_words(language := patient_month.patient.language):
            flags.append(FlagView(_NOT_WORDED, name, f"language on record: {language}"))
    return tuple(flags)


def minutes_distribution(result: MonthResult) -> list[tuple[str, float, str]]:
    """Patients by counted minutes in bars of ten minutes, the last bar open."""
    bars = Counter(min(sum(d.seconds.values()) // 60 // _BIN, _BINS - 1) for d in result.decisions)
    labels = [f"{n * _BIN}–{n * _BIN + _BIN - 1}" for n in range(_BINS - 1)] + [f"{(_BINS - 1) * _BIN}+"]
    return [(label, float(bars[n]), str(bars[n] or "")) for n, label in enumerate(labels)]


def amounts_by_code(result: MonthResult) -> list[tuple[str, float, str]]:
    """Expected dollars by billed code, then what the held months have at stake."""
    amounts: dict[str, Decimal] = {}
    for decision in result.decisions:
        for line in decision.lines if decision.outcome == BILL else ():
            amounts[line.code] = amounts.get(line.code, Decimal(0)) + line.expected
    at_stake = sum((wording.expected_amount(d.at_stake) for d in result.decisions if d.outcome == HOLD), Decimal(0))
    bars = [*sorted(amounts.items()), ("held", at_stake)]
    return [(label, float(amount), f"${amount:,.0f}") for label, amount in bars]


def _pairs(result: MonthResult, outcome: str) -> list[tuple[PatientMonth, Decision]]:
    return [(pm, d) for pm, d in zip(result.patient_months, result.decisions, strict=True) if d.outcome == outcome]


def _patient(
    result: MonthResult, patient_month: PatientMonth, decision: Decision, files: frozenset[str], claim_id: str
) -> PatientView:
    patient, signer = patient_month.patient, result.practice.practitioner(decision.rendering or patient_month.practitioner)
    lines = {BILL: decision.lines, HOLD: decision.at_stake, NOT_BILLABLE: ()}[decision.outcome]
    care_plan = care_plan_name(patient.key)
    earned, rest = earned_seconds(decision, result.rules)
    return PatientView(
        name=wording.list_name(patient),
        mrn=patient.mrn,
        born=wording.shown_date(patient.born),
        died=wording.shown_date(patient.died) if patient.died else "",
        claim_id=claim_id,
        lines=wording.codes_shown(lines),
        dates=wording.date_range(decision.service_from, decision.service_to),
        place=decision.place_of_service,
        minutes=wording.clock(earned),
        unearned=wording.clock(rest) if rest else "",
        charge=wording.dollars(wording.charged_amount(lines)),
        expected=wording.dollars(wording.expected_amount(lines)),
        billed_by=wording.practitioner_name(signer) if signer else wording.NONE_ON_FILE,
        care_plan=address_of(care_plan) if care_plan in files else "",
        reasons=reasons_of(result, decision.reasons),
        reason_ids=" ".join(sorted({reason.id for reason in decision.reasons})),
    )
