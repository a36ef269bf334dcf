"""What a practice reads against the evidence: each register says what was decided, and no document of the month is wanting."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from flows.ccm.claims import claim_id
from flows.ccm.decision import BILL, COUNTED, HOLD, NOT_BILLABLE, Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import answers_of, coverage_on, first_payer
from flows.outbox import wording
from flows.outbox.spreadsheet import defused

_PAGE, _RENDERED, _REJECTED = "index.html", "documents.json", "rejected-rows.csv"
_TIME, _BILLED, _HELD, _NOT_BILLABLE = "time-log.csv", "billed.csv", "held.csv", "not-billable.csv"
# The columns of each register that the evidence alone decides: no name, no wording.
_COLUMNS = {
    _TIME: ("mrn", "seconds", "counted", "entry_id", "source"),
    _BILLED: (
        *("claim_id", "mrn", "born", "codes", "service_from", "service_to"),
        *("minutes_seconds_counted", "charge", "expected_estimate", "paid_first"),
    ),
    _HELD: ("mrn", "born", "reason_id", "minutes_seconds_counted", "codes_at_stake", "patient_expected_estimate"),
    _NOT_BILLABLE: ("mrn", "born", "reason_id", "minutes_seconds_counted"),
}
_Cells = tuple[object, ...]


def register_faults(
    files: Mapping[str, bytes], practice: str, months: Sequence[PatientMonth], decisions: Sequence[Decision]
) -> Iterator[str]:
    """Every register that is wanting or says other than was decided, every document that is wanting; without PHI."""
    pairs = list(zip(months, decisions, strict=True))
    for name, rows in _wanted(practice, pairs).items():
        told = _told(files.get(name, b""), _COLUMNS[name])
        if told is None:
            yield f"{name}: missing, or not readable as the register"
            continue
        wanted = Counter(tuple(defused(wording.legible(str(cell))) for cell in row) for row in rows)
        lost, strange = (wanted - told).total(), (told - wanted).total()
        if lost or strange:
            yield f"{name}: {lost} rows of the evidence are not in it, {strange} rows in it are not of the evidence"
    documents = {f"care-plans/{d.patient_key}.pdf" for _, d in pairs if d.outcome == BILL} | _listed(files.get(_RENDERED, b""))
    for name in sorted({_PAGE, _RENDERED, _REJECTED, *documents} - files.keys()):
        yield f"{name}: missing, and the month has it"


def _wanted(practice: str, pairs: Sequence[tuple[PatientMonth, Decision]]) -> dict[str, list[_Cells]]:
    rows: dict[str, list[_Cells]] = {name: [] for name in _COLUMNS}
    for month, decision in pairs:
        mrn, born = month.patient.mrn, wording.iso_date(month.patient.born)
        clock = wording.clock(sum(decision.seconds.values()))
        for piece in decision.pieces:
            counted, source = (
                "yes" if piece.fate == COUNTED else "no",
                str(piece.source) if piece.source else wording.NONE_ON_FILE,
            )
            rows[_TIME].append((mrn, piece.seconds, counted, piece.entry_id, source))
        if decision.outcome == BILL:
            charge = wording.charged_amount(decision.lines)
            dates = (wording.iso_date(decision.service_from), wording.iso_date(decision.service_to))
            amounts = ("" if charge is None else charge, wording.expected_amount(decision.lines), _paid_first(month, decision))
            codes = wording.codes(decision.lines)
            rows[_BILLED].append((claim_id(practice, month), mrn, born, codes, *dates, clock, *amounts))
        for reason in [r.id for r in decision.reasons] or [""]:
            if decision.outcome == HOLD:
                stake = (wording.codes(decision.at_stake), wording.expected_amount(decision.at_stake))
                rows[_HELD].append((mrn, born, reason, clock, *stake))
            elif decision.outcome == NOT_BILLABLE:
                rows[_NOT_BILLABLE].append((mrn, born, reason, clock))
    return rows


def _paid_first(month: PatientMonth, decision: Decision) -> object:
    """What the first plan paid where the second is billed, else nothing."""
    day = decision.service_to
    first = first_payer(month, day) if day else None
    if day is None or first is None or first == coverage_on(month, day):
        return ""
    return sum((answer.paid for answer in answers_of(month, first)), Decimal(0))


def _told(data: bytes, columns: Sequence[str]) -> Counter[tuple[str, ...]] | None:
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), restval="")
        if not set(table.fieldnames or ()) >= set(columns):
            return None
        return Counter(tuple(row[column] for column in columns) for row in table)
    except (UnicodeDecodeError, csv.Error):
        return None


def _listed(data: bytes) -> set[str]:
    """The documents that the packet says were rendered for it."""
    try:
        return {str(name) for name in json.loads(data)}
    except (ValueError, TypeError, RecursionError):
        return set()
