"""Which seconds of a patient-month count. Every second of every entry gets one fate: counted, or the reason it is not.

The order in which reasons are tried is fixed, since a second has one reason: delivered again, outside the month, what the
entry itself says, what the records say of the day, another service's minutes, the same person elsewhere, another person here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flows.ccm import consent
from flows.ccm.decision import COUNTED, TimePiece
from flows.ccm.eligibility import initiating_visit_of
from flows.ccm.intervals import Interval, instant_of, merged, seconds_of, split
from flows.ccm.patient import InitiatingVisit
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Rules
from flows.ccm.service_month import midnight
from flows.ccm.time_entry import TimeEntry

STAFF, PRACTITIONER = "staff", "practitioner"


@dataclass(frozen=True, slots=True)
class CountedTime:
    """The fate of every second, in order of start. The seconds of all pieces add up to the seconds logged."""

    pieces: tuple[TimePiece, ...]

    def seconds(self, performer: str, person: str | None = None) -> int:
        """Counted seconds of a performer, or of one person among them."""
        return sum(
            p.seconds
            for p in self.pieces
            if p.fate == COUNTED and p.performer == performer and (person is None or p.person == person)
        )

    def minutes(self, performer: str, person: str | None = None) -> int:
        """Counted whole minutes: floored once, over the whole month."""
        return self.seconds(performer, person) // 60

    def excluded(self) -> dict[str, int]:
        """Excluded seconds by reason id."""
        out: dict[str, int] = {}
        for piece in self.pieces:
            if piece.fate != COUNTED:
                out[piece.fate] = out.get(piece.fate, 0) + piece.seconds
        return dict(sorted(out.items()))

    def practitioners(self) -> tuple[str, ...]:
        """The practitioners with counted time, in order of their ids."""
        return tuple(sorted({p.person for p in self.pieces if p.fate == COUNTED and p.performer == PRACTITIONER}))


def performer_of(credential: str, rules: Rules) -> str:
    """``practitioner``, ``staff``, or empty for a credential whose time cannot count."""
    if credential in rules.practitioner_credentials:
        return PRACTITIONER
    return STAFF if credential in rules.staff_credentials else ""


def count(month: PatientMonth, rules: Rules) -> CountedTime:
    """Give every second of the month's entries its fate, under the rules in force."""
    zone = ZoneInfo(rules.time_zone)
    # Wall-clock times of one zone compare as written, also across the hour that a clock change repeats: seconds do not.
    ordered = sorted(
        month.time,
        key=lambda e: (seconds_of(e.started), performer_of(e.credential, rules) != PRACTITIONER, -e.seconds, _key(e)),
    )
    fates: list[tuple[TimeEntry, Interval, str]] = []
    open_pieces: list[tuple[TimeEntry, Interval]] = []
    seen: set[tuple[object, ...]] = set()
    # What the records say is asked once a patient-month, not once an entry.
    since = consent.since(month.consents, month.month)
    visit = initiating_visit_of(month, rules)
    for entry in ordered:
        began = seconds_of(entry.started)
        whole = (began, began + entry.seconds)
        content = (began, entry.seconds, entry.person, entry.activity, entry.about, entry.mode)
        if content in seen:
            fates.append((entry, whole, "time.duplicate"))
            continue
        seen.add(content)
        outside, inside = split(whole, [(seconds_of(month.month.start(zone)), seconds_of(month.month.end(zone)))])
        fates += [(entry, part, "time.outside_month") for part in outside]
        for part in inside:
            for day, piece in _days(part, zone):
                fate = _entry_fate(entry, rules) or _day_fate(entry, day, month, since, visit, rules)
                if fate:
                    fates.append((entry, piece, fate))
                else:
                    open_pieces.append((entry, piece))
    fates += _settle_overlaps(open_pieces, month)
    fates.sort(key=lambda f: (f[1], _key(f[0])))
    return CountedTime(tuple(_piece(entry, part, fate, rules) for entry, part, fate in fates))


def _key(entry: TimeEntry) -> tuple[str, str, str]:
    return (entry.person, entry.entry_id, str(entry.source))


def _days(part: Interval, zone: ZoneInfo) -> Iterator[tuple[date, Interval]]:
    """Cut a stretch at local midnights."""
    start, end = part
    while start < end:
        day = instant_of(start).astimezone(zone).date()
        stop = min(end, seconds_of(midnight(day + timedelta(days=1), zone)))
        yield day, (start, stop)
        start = stop


def _entry_fate(entry: TimeEntry, rules: Rules) -> str:
    """Why nothing of this entry can count, from what the entry itself says."""
    if entry.mode == "face_to_face":
        return "time.face_to_face"
    if entry.about != "chronic":
        return "time.not_chronic"
    return "" if performer_of(entry.credential, rules) else "time.unqualified_staff"


def _day_fate(
    entry: TimeEntry, day: date, month: PatientMonth, since: date | None, visit: InitiatingVisit | None, rules: Rules
) -> str:
    """Why nothing of this local day can count, from what the records say of the day."""
    if since is not None and day < since:
        return "time.before_consent"
    if month.patient.died is not None and day > month.patient.died:
        return "time.after_death"
    staff_excluded = rules.staff_time_on_visit_day == "exclude" and performer_of(entry.credential, rules) == STAFF
    if staff_excluded and visit is not None and visit.on == day:
        return "time.visit_day"
    if any(stay.start <= day and (stay.end is None or day <= stay.end) for stay in month.inpatient):
        return "time.inpatient"
    return ""


def _settle_overlaps(open_pieces: list[tuple[TimeEntry, Interval]], month: PatientMonth) -> list[tuple[TimeEntry, Interval, str]]:
    """Take out what another service counted, what the person logged for someone else, and what is already covered here.

    The pieces come in order of their entries' start, practitioners before staff on a tie: the later one loses the overlap.
    """
    services = [(seconds_of(s.started), seconds_of(s.started) + s.seconds) for s in month.other_services if s.started]
    elsewhere: dict[str, list[Interval]] = {}
    for busy in month.busy:
        elsewhere.setdefault(busy.person, []).append((seconds_of(busy.started), seconds_of(busy.started) + busy.seconds))
    fates: list[tuple[TimeEntry, Interval, str]] = []
    covered: tuple[Interval, ...] = ()
    for entry, piece in open_pieces:
        remaining = [piece]
        for reason, covers in (
            ("time.other_service", services),
            ("time.double_booked", elsewhere.get(entry.person, [])),
            ("time.overlap", covered),
        ):
            parts, remaining = remaining, []
            for part in parts:
                outside, inside = split(part, covers)
                fates += [(entry, cut, reason) for cut in inside]
                remaining += outside
        fates += [(entry, part, COUNTED) for part in remaining]
        covered = merged([*covered, *remaining])
    return fates


def _piece(entry: TimeEntry, part: Interval, fate: str, rules: Rules) -> TimePiece:
    return TimePiece(
        entry_id=entry.entry_id,
        started=instant_of(part[0]),
        seconds=part[1] - part[0],
        person=entry.person,
        credential=entry.credential,
        performer=performer_of(entry.credential, rules),
        activity=entry.activity,
        fate=fate,
        description=entry.description,
        source=entry.source,
    )
