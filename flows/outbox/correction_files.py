"""The files of a packet that corrects another: what changed and why, what is left to a person, what is not sent again."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flows.ccm.claim_record import payer_of
from flows.ccm.correction import WITHDRAWN, Change, Correction
from flows.ccm.decision import Decision, Reason
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Practice
from flows.outbox import wording
from flows.outbox.payer_names import first_plans, payer_names, plan_name
from flows.outbox.plain_words import shown, told, with_days
from flows.outbox.spreadsheet import csv_bytes
from flows.outbox.templates import static_text
from flows.outbox.what_changed import what_else_changed

CHANGES, BY_HAND, ALREADY_SENT = "changes.csv", "corrections.csv", "claims/already-sent.csv"
_PATIENT = ("mrn", "family_name", "given_name", "born")
_OUTCOMES = {"bill": "billed", "hold": "held", "not_billable": "not billable"}


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A change as a reader sees it; texts are empty where the patient is in one of the two packets only.

    ``besides`` says what changed and none of outcomes, codes, minutes and reasons shows.
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


def write_correction(result: MonthResult) -> dict[str, bytes]:
    """The three files by name; none for a month's first packet. They hold PHI, as the packet does."""
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
            ("claim_id", *_PATIENT, "change", "codes_before", "codes_after", "claim_changes", "what_to_do", "detail"),
            [_legible(_hand_row(change, names)) for change in by_hand],
        ),
        ALREADY_SENT: csv_bytes(
            ("claim_id", *_PATIENT, "payer", "paid_first_by", "codes", "charges", "dates", "packet", "how"),
            [_legible(row) for row in _sent_rows(result, correction, names)],
        ),
    }


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
                claim=_differs(change, names),
                sending=_words()["action"][change.action],
                todo=_todo(change, names),
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
    return [change.claim_id, *_patient(change), change.kind, *codes, _differs(change, names), _todo(change, names), change.detail]


def _sent_rows(result: MonthResult, correction: Correction, names: Mapping[str, str]) -> Iterator[list[str]]:
    """Each claim that stands, with the plan it was last sent to and, where it went on to a second, the one that paid first."""
    firsts = first_plans(result)
    patients = {month.patient.key: month.patient for month in result.patient_months}
    for record in correction.already_sent:
        who, content, first = patients[record.patient_key], record.content, firsts.get(record.claim_id)
        before = plan_name(first) if first is not None and payer_of(first) != content["payer"] else ""
        yield [
            *(record.claim_id, who.mrn, who.family_name, who.given_name, wording.iso_date(who.born)),
            *(names.get(content["payer"], content["payer"]), before, content["codes"], content["charges"], content["dates"]),
            *(str(record.packet), record.status.replace("_", " ")),
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
    for part, was, now in change.differs:
        before, after = (names.get(text, text) if part == "payer" else text for text in (was, now))
        told.append(f"{part.capitalize()}: was {before or 'none'}; now {after or 'none'}.")
    return " ".join(told)


def _todo(change: Change, names: Mapping[str, str]) -> str:
    words = _words()["todo"]
    told = [words[change.situation]] if change.situation else []
    if change.first_plan:
        too = "first_plan" if change.kind == WITHDRAWN else "first_plan_changed"
        told.append(words[too].format(plan=names.get(change.first_plan, change.first_plan)))
    return " ".join(told)


def _legible(row: list[str]) -> list[str]:
    return [wording.legible(cell) for cell in row]


@functools.cache
def _words() -> dict[str, Any]:
    return tomllib.loads(static_text("corrections.toml"))
