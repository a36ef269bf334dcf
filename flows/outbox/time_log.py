"""The time log: every stretch of every entry, its fate, and the line it came from; the same rows for PDF and CSV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from flows.ccm.decision import BILL, COUNTED, HOLD, NOT_BILLABLE, Decision, TimePiece
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.outbox import wording
from flows.outbox.letterhead import letterhead
from flows.outbox.roster import performer
from flows.outbox.templates import fill

# A part's pages are laid out at once; longer parts would take memory without bound and one process all of the time. So many
# patients and no more: a late entry then changes its patient's part alone, and the others need not be rendered again.
_PATIENTS_PER_PART = 50
_ROWS_PER_PART = 600
OUTCOMES = {BILL: "billed", HOLD: "held", NOT_BILLABLE: "not billable"}


@dataclass(frozen=True, slots=True)
class LoggedTime:
    """One stretch of time as a reader sees it. ``fate`` is "counted" or the message of the reason it was excluded for."""

    on: date
    hour: str
    zone: str
    seconds: int
    person: str
    credential: str
    employer: str
    title: str
    activity: str
    description: str
    counted: bool
    fate: str
    entry_id: str
    source: str

    @property
    def portions(self) -> tuple[str, ...]:
        """The description in pieces that each fit a row."""
        return wording.portions(self.description)

    @property
    def day(self) -> str:
        """The day in words."""
        return wording.long_date(self.on)

    @property
    def clock(self) -> str:
        """The actual minutes and seconds."""
        return wording.clock(self.seconds)


@dataclass(frozen=True, slots=True)
class PatientLog:
    """One patient's month of time."""

    name: str
    mrn: str
    born: date
    outcome: str
    counted: str
    excluded: str
    rows: tuple[LoggedTime, ...]

    @property
    def birthday(self) -> str:
        """The date of birth in words."""
        return wording.long_date(self.born)


def patient_logs(result: MonthResult) -> Iterator[PatientLog]:
    """The log of each patient with any time, by name; a patient without an entry has none."""
    return (_log(patient_month, decision, result) for patient_month, decision in _with_time(result))


def time_log_parts(result: MonthResult) -> Iterator[tuple[str, str]]:
    """The log as (file name, XHTML): ``time-log.pdf``, or ``time-log-01.pdf`` on where it is too long for one file."""
    parts: list[list[tuple[PatientMonth, Decision]]] = [[]]
    rows = 0
    for patient_month, decision in _with_time(result):
        rows += len(decision.pieces)
        if len(parts[-1]) == _PATIENTS_PER_PART or (parts[-1] and rows > _ROWS_PER_PART):
            parts.append([])
            rows = len(decision.pieces)
        parts[-1].append((patient_month, decision))
    for number, part in enumerate(parts, 1):
        name = "time-log.pdf" if len(parts) == 1 else f"time-log-{number:02d}.pdf"
        yield (
            name,
            fill(
                "time-log.html",
                practice=letterhead(result.practice),
                month=wording.month_name(result.month),
                zone=result.practice.time_zone,
                logs=[_log(patient_month, decision, result) for patient_month, decision in part],
                part=number,
                parts=len(parts),
            ),
        )


def _with_time(result: MonthResult) -> list[tuple[PatientMonth, Decision]]:
    """The patients with any time, by name. Their logs are made one after the other: all of a large month's take much memory."""
    found = [(pm, d) for pm, d in zip(result.patient_months, result.decisions, strict=True) if d.pieces]
    return sorted(found, key=lambda pair: (wording.list_name(pair[0].patient).casefold(), pair[0].patient.key))


def _log(patient_month: PatientMonth, decision: Decision, result: MonthResult) -> PatientLog:
    pieces = sorted(decision.pieces, key=lambda p: (p.started, p.entry_id, p.fate))
    patient, counted = patient_month.patient, sum(p.seconds for p in pieces if p.fate == COUNTED)
    return PatientLog(
        name=wording.list_name(patient),
        mrn=patient.mrn,
        born=patient.born,
        outcome=OUTCOMES[decision.outcome],
        counted=wording.clock(counted),
        excluded=wording.clock(sum(p.seconds for p in pieces) - counted),
        rows=tuple(_logged(piece, result) for piece in pieces),
    )


def _logged(piece: TimePiece, result: MonthResult) -> LoggedTime:
    local, who = piece.started.astimezone(ZoneInfo(result.practice.time_zone)), performer(result.practice, piece)
    counted = piece.fate == COUNTED
    return LoggedTime(
        on=local.date(),
        hour=local.strftime("%H:%M:%S"),
        zone=local.strftime("%Z"),
        seconds=piece.seconds,
        person=who.name,
        credential=who.credential,
        employer=who.employer,
        title=who.title,
        activity=piece.activity.replace("_", " "),
        description=piece.description,
        counted=counted,
        fate=COUNTED if counted else result.rules.reasons[piece.fate].message,
        entry_id=piece.entry_id,
        source=str(piece.source) if piece.source else wording.NONE_ON_FILE,
    )
