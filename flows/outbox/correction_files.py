"""The files of a packet that corrects another: what changed and why, what is left to a person, what is not sent again."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.ccm.claim_record import ANSWERED, SENT, content_of, payer_of, place_of
from flows.ccm.correction import ENTERED, HAND, ORIGINAL, Change, Correction
from flows.ccm.decision import Decision, Reason
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Practice
from flows.outbox import wording
from flows.outbox.claim_sheet import claim_sheet
from flows.outbox.payer_names import payer_names, said
from flows.outbox.plain_words import shown, told, with_days
from flows.outbox.spreadsheet import csv_bytes
from flows.outbox.templates import static_text
from flows.outbox.what_changed import what_else_changed

CHANGES, BY_HAND, ALREADY_SENT = "changes.csv", "corrections.csv", "claims/already-sent.csv"
BY_HAND_SHEET = "claims/by-hand.csv"  # as the claim sheet, of claims that no file carries
_NUMBER = "patient's number"
_PATIENT = ("mrn", "family_name", "given_name", "born")
_OUTCOMES = {"bill": "billed", "hold": "held", "not_billable": "not billable"}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change as a reader sees it; texts are empty where the patient is in one of the two packets only.

    ``besides`` says what changed and none of outcomes, codes, minutes and reasons shows; ``at_payer`` which claim of which payer
    a person has to put right.
    """

    name: str
    mrn: str
    kind: str
    outcomes: tuple[str, str]
    codes: tuple[str, str]
    minutes: tuple[str, str]
    reasons: tuple[str, str]
    besides: tuple[str, ...]
    claim: str
    sending: str
    todo: str
    claim_id: str
    at_payer: str


def write_correction(result: MonthResult) -> dict[str, bytes]:
    """The files by name; none for a month's first packet. They hold PHI, as the packet does."""
    correction = result.correction
    if correction is None or not correction.corrects:
        return {}
    by_hand = [change for change in correction.changes if change.for_a_person]
    names = payer_names(result)
    return {
        CHANGES: csv_bytes(
            (
                *(*_PATIENT, "change", "outcome_before", "outcome_after", "codes_before", "codes_after"),
                *("minutes_seconds_before", "minutes_seconds_after", "reasons_before", "reasons_after"),
                *("also_changed", "claim_id", "claim_changes", "what_becomes_of_the_claim"),
            ),
            [_legible(_change_row(result, change, names)) for change in correction.changes],
        ),
        BY_HAND: csv_bytes(
            (
                *("claim_id", *_PATIENT, "payer", "payer_claim_number", "patient_id", "codes_sent", "charges_sent", "dates_sent"),
                *("change", "codes_before", "codes_after", "claim_changes", "what_to_do", "detail"),
            ),
            [_legible(_hand_row(change, names)) for change in by_hand],
        ),
        ALREADY_SENT: csv_bytes(
            ("claim_id", *_PATIENT, "payer", "paid_first_by", "codes", "charges", "dates", "packet", "how"),
            [_legible(row) for row in _sent_rows(result, correction, names)],
        ),
    }


def by_hand_sheet(result: MonthResult) -> dict[str, bytes]:
    """The claims that a person is to enter at a payer, as the claim sheet has others; none where there are none."""
    changes = result.correction.changes if result.correction else ()
    left = {change.claim_id for change in changes if change.action == HAND}
    records = result.correction.records if result.correction else ()
    there = {(record.claim_id, at.place) for record in records for at in record.standing}
    to_enter = (claim for claim in result.to_enter if (claim.claim_id, place_of(content_of(claim))) not in there)
    to_type_in = [*(claim for claim in result.claims if claim.claim_id in left), *to_enter]
    return {BY_HAND_SHEET: claim_sheet(to_type_in)} if to_type_in else {}


def changes_shown(result: MonthResult) -> tuple[ChangeView, ...]:
    """The changes for the packet's page, by patient name."""
    correction = result.correction
    if correction is None or not correction.corrects:
        return ()
    views, names = [], payer_names(result)
    for change in sorted(correction.changes, key=lambda c: (wording.list_name(c.patient).casefold(), c.patient.key)):
        was, now = change.before, change.after
        views.append(
            ChangeView(
                name=wording.list_name(change.patient),
                mrn=change.patient.mrn,
                kind=change.kind,
                outcomes=(_outcome(was), _outcome(now)),
                codes=(_codes(was), _codes(now)),
                minutes=(_minutes(was), _minutes(now)),
                reasons=(_reasons(result, was, shown), _reasons(result, now, shown)),
                besides=tuple(with_days(said) for said in what_else_changed(result, change)),
                claim=with_days(_differs(change, names)),
                sending=_words()["action"][change.action],
                todo=_todo(change, names),
                claim_id=change.claim_id,
                at_payer=_at_payer(change, names) if change.for_a_person else "",
            )
        )
    return tuple(views)


def _change_row(result: MonthResult, change: Change, names: Mapping[str, str]) -> list[str]:
    was, now = change.before, change.after
    return [
        *_patient(change),
        change.kind,
        *(_outcome(was), _outcome(now), _codes(was), _codes(now), _minutes(was), _minutes(now)),
        *(_reasons(result, was, told), _reasons(result, now, told)),
        *(" ".join(what_else_changed(result, change)), change.claim_id, _differs(change, names)),
        _words()["action"][change.action],
    ]


def _hand_row(change: Change, names: Mapping[str, str]) -> list[str]:
    codes = (_codes(change.before), _codes(change.after))
    payer = change.sent.get("payer", "")
    sent = [change.payer_number, *(change.sent.get(part, "") for part in (_NUMBER, "codes", "charges", "dates"))]
    told = [change.kind, *codes, _differs(change, names), _todo(change, names), change.detail]
    return [change.claim_id, *_patient(change), said(payer, names) if payer else "", *sent, *told]


def _at_payer(change: Change, names: Mapping[str, str]) -> str:
    """The claim as a payer has it, to be found there: payer, the patient's number, codes, charges and dates."""
    sent = change.sent
    if not sent:
        return ""
    lines = zip(sent["codes"].split(", "), sent["charges"].split(", "), strict=True)
    codes = ", ".join(f"{code.replace(' x', ' ×')} ${charge}" for code, charge in lines)
    dates = "; ".join(" to ".join(dict.fromkeys(period.split(" to "))) for period in sent["dates"].split("; "))
    number = f", its number of the claim {change.payer_number}" if change.payer_number else ""
    return with_days(f"{said(sent['payer'], names)}, patient's number {sent.get(_NUMBER, '')}{number}: {codes}; {dates}")


def _sent_rows(result: MonthResult, correction: Correction, names: Mapping[str, str]) -> Iterator[list[str]]:
    """Each claim that stands at a payer; beside one to a second plan, the plan whose answer it tells."""
    patients = {month.patient.key: month.patient for month in result.patient_months}
    firsts = {claim.claim_id: payer_of(claim.other_coverage) for claim in result.claims if claim.other_coverage}
    for record, at in correction.already_sent:
        who, content = patients[record.patient_key], at.last_sent if at.status == SENT else at.content
        others = (other.content["payer"] for other in record.standing if other != at)
        first = next(others, firsts.get(record.claim_id, "")) if ANSWERED in content else ""
        yield [
            *(record.claim_id, who.mrn, who.family_name, who.given_name, wording.iso_date(who.born)),
            *(said(content["payer"], names), said(first, names) if first else ""),
            *(content["codes"], content["charges"], content["dates"], str(at.packet) if at.packet else ""),
            at.status.replace("_", " "),
        ]


def _patient(change: Change) -> list[str]:
    who = change.patient
    return [who.mrn, who.family_name, who.given_name, wording.iso_date(who.born)]


def _outcome(decision: Decision | None) -> str:
    return _OUTCOMES[decision.outcome] if decision else "not in the month"


def _codes(decision: Decision | None) -> str:
    return wording.codes(decision.lines or decision.at_stake) if decision else ""


def _minutes(decision: Decision | None) -> str:
    return wording.clock(sum(decision.seconds.values())) if decision else ""


def _reasons(result: MonthResult, decision: Decision | None, detail: Callable[[Reason, Practice], str]) -> str:
    """Messages of the rules in force; a reason that they no longer know is shown by its id."""
    texts = result.rules.reasons
    said = (
        [(texts[r.id].message if r.id in texts else r.id, detail(r, result.practice)) for r in decision.reasons]
        if decision
        else []
    )
    return " ".join(f"{' '.join(filter(None, pair)).rstrip('.')}." for pair in said)


def _differs(change: Change, names: Mapping[str, str]) -> str:
    told = []
    # The first plan's answer is what the second's claim tells: it goes to another payer and takes nothing back from the first.
    parts = {part: now for part, _, now in change.differs}
    passed_on = change.action in (ORIGINAL, ENTERED) and not change.situation and bool(parts.get(ANSWERED))
    for part, was, now in change.differs:
        if passed_on and part == "payer":
            told.append(f"Sent to the second plan now, {said(now, names)}; the claim at {said(was, names)} stands.")
            continue
        before, after = (said(text, names) if part == "payer" and text else text for text in (was, now))
        told.append(f"{part.capitalize()}: was {before or 'none'}; now {after or 'none'}.")
    return " ".join(told)


def _todo(change: Change, names: Mapping[str, str]) -> str:
    words = _words()["todo"]
    told = [words[change.situation]] if change.situation else []
    told += [words[what].format(plan=said(payer, names)) for what, payer in change.also]
    return " ".join(told)


def _legible(row: list[str]) -> list[str]:
    return [wording.legible(cell) for cell in row]


@functools.cache
def _words() -> dict[str, Any]:
    return tomllib.loads(static_text("corrections.toml"))
