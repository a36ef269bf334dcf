"""The month's registers as CSV that a spreadsheet opens: time log, billed, held, not billable, rejected rows.

Unreadable characters are marked as such; ``spreadsheet`` sees to it that no cell can be taken for a formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from flows.ccm.claim import Claim
from flows.ccm.decision import BILL, HOLD, NOT_BILLABLE, Decision, Reason
from flows.ccm.file_kind import file_kind
from flows.ccm.month_result import MonthResult, Reject
from flows.ccm.patient_month import PatientMonth
from flows.outbox import wording
from flows.outbox.claim_loops import payer
from flows.outbox.earned_time import earned_seconds
from flows.outbox.payer_names import plan_name
from flows.outbox.plain_words import told
from flows.outbox.roster import title_of
from flows.outbox.spreadsheet import csv_lines
from flows.outbox.time_log import patient_logs

_PATIENT = ("mrn", "family_name", "given_name", "born")
_TIME = (
    *("patient", "mrn", "born", "outcome", "date", "time", "zone", "minutes_seconds", "seconds"),
    *("person", "credential", "employer", "activity", "description", "counted", "excluded_because", "entry_id", "source"),
)
_BILLED = (
    *("claim_id", "mrn", "family_name", "given_name", "born", "codes", "service_from", "service_to", "minutes_seconds_counted"),
    *(
        "minutes_seconds_unbilled",
        "billed_under",
        "payer_id",
        "charge",
        "expected_estimate",
        "payer",
        "paid_first_by",
        "paid_first",
    ),
)
_REJECTED = (
    *("source", "reason_id", "message", "field", "detail", "candidate_mrns", "what_to_do"),
    *("logged_start", "logged_length", "logged_by"),
)
_REASON = ("reason", "of", "reason_id", "message", "detail", "what_to_do", "sources")


def write_registers(result: MonthResult) -> dict[str, Iterator[bytes]]:
    """The registers by file name, each row by row, made as it is asked for.

    Amounts are dollars, times minutes and seconds; an expected amount is an estimate.
    """
    return {
        "time-log.csv": _csv(
            _TIME,
            _time_rows(result),
        ),
        "billed.csv": _csv(_BILLED, _billed_rows(result)),
        "held.csv": _csv(
            (*_PATIENT, *_REASON, "minutes_seconds_counted", "codes_at_stake", "patient_charge", "patient_expected_estimate"),
            _reason_rows(result, HOLD),
        ),
        "not-billable.csv": _csv((*_PATIENT, *_REASON, "minutes_seconds_counted"), _reason_rows(result, NOT_BILLABLE)),
        "rejected-rows.csv": _csv(
            _REJECTED,
            (_reject_cells(result, reject) for reject in result.rejects),
        ),
    }


def _reject_cells(result: MonthResult, reject: Reject) -> tuple[str, ...]:
    text, logged = result.rules.reasons[reject.reason], reject.logged
    who = title_of(result.practice, logged.person) or logged.person
    todo = text.remedy_in(file_kind(reject.source.key))
    why = (reject.reason, text.message, reject.field, reject.detail, "; ".join(reject.candidates), todo)
    return str(reject.source), *why, logged.started, logged.length, who


def _csv(header: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    shown = ([wording.legible(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return csv_lines(header, shown)


def _time_rows(result: MonthResult) -> Iterator[tuple[object, ...]]:
    for log in patient_logs(result):
        for row in log.rows:
            yield (
                *(log.name, log.mrn, wording.iso_date(log.born), log.outcome),
                *(wording.iso_date(row.on), row.hour, row.zone, row.clock, row.seconds),
                *(row.person, row.credential, row.employer, row.activity, row.description),
                *("yes" if row.counted else "no", "" if row.counted else row.fate, row.entry_id, row.source),
            )


def _billed_rows(result: MonthResult) -> Iterator[tuple[object, ...]]:
    """Each billed patient with the claim, by name: a payer's answer names the claim's id alone."""
    claims = {claim.patient.key: claim for claim in result.claims}
    chosen = [(pm, d) for pm, d in zip(result.patient_months, result.decisions, strict=True) if d.outcome == BILL]
    for patient_month, decision in sorted(chosen, key=by_name):
        patient, claim = patient_month.patient, claims.get(decision.patient_key)
        charge = wording.charged_amount(decision.lines)
        yield (
            *(claim.claim_id if claim else "", patient.mrn, patient.family_name, patient.given_name),
            *(wording.iso_date(patient.born), wording.codes(decision.lines), decision.service_from, decision.service_to),
            *(wording.clock(sum(decision.seconds.values())), wording.clock(earned_seconds(decision, result.rules)[1])),
            *(
                title_of(result.practice, decision.rendering) or decision.rendering,
                payer(claim, claim.coverage).id if claim else "",
            ),
            *("" if charge is None else charge, wording.expected_amount(decision.lines)),
            *(plan_name(claim.coverage) if claim else "", *_paid_first(claim)),
        )


def _paid_first(claim: Claim | None) -> tuple[object, ...]:
    """The plan that has a claim of the patient's month too, since it paid first, and what it paid."""
    if claim is None or claim.other_coverage is None or claim.prior is None:
        return "", ""
    return plan_name(claim.other_coverage), claim.prior.paid


def _reason_rows(result: MonthResult, outcome: str) -> Iterator[tuple[object, ...]]:
    chosen = [(pm, d) for pm, d in zip(result.patient_months, result.decisions, strict=True) if d.outcome == outcome]
    for patient_month, decision in sorted(chosen, key=by_name):
        patient = patient_month.patient
        # A patient without a reason would be a fault elsewhere; the row stands all the same, so that it can be seen.
        reasons = decision.reasons or (None,)
        for number, reason in enumerate(reasons, 1):
            yield (
                *(patient.mrn, patient.family_name, patient.given_name, wording.iso_date(patient.born)),
                *(number, len(reasons), *_reason_cells(result, reason)),
                wording.clock(sum(decision.seconds.values())),
                *(_at_stake(decision) if outcome == HOLD else ()),
            )


def by_name(pair: tuple[PatientMonth, Decision]) -> tuple[str, str]:
    """The order of every list of patients: by name, then by key."""
    return wording.list_name(pair[0].patient).casefold(), pair[0].patient.key


def _reason_cells(result: MonthResult, reason: Reason | None) -> tuple[str, ...]:
    if reason is None:
        return ("", "", "", "", "")
    text = result.rules.reasons[reason.id]
    return (
        reason.id,
        text.message,
        told(reason, result.practice),
        text.remedy,
        "; ".join(str(source) for source in reason.sources),
    )


def _at_stake(decision: Decision) -> tuple[object, ...]:
    charge = wording.charged_amount(decision.at_stake)
    return wording.codes(decision.at_stake), "" if charge is None else charge, wording.expected_amount(decision.at_stake)
