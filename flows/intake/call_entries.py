"""Rows of the canonical call log's columns: each becomes a time entry of one patient, or a Reject that says why not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from flows.ccm.month_result import Caller, LoggedAs, Reject
from flows.ccm.practice import Practice
from flows.ccm.source import Source
from flows.ccm.time_entry import ABOUT, ACTIVITIES, MODES, TimeEntry
from flows.intake.accounts import Accounts
from flows.intake.call_records import Leg
from flows.intake.field_values import Fields
from flows.intake.identity import Identity
from flows.intake.layout_rows import Laid
from flows.intake.placement import Placement
from flows.intake.staff_credentials import StaffRoster

DAY_SECONDS = 86_400  # one activity longer than a day is a slip of the pen


class EntryReader:
    """Reads rows of the canonical columns, whatever export they came in."""

    def __init__(self, practice: Practice, placement: Placement, accounts: Accounts) -> None:
        self._zone = ZoneInfo(practice.time_zone)
        self._staff = StaffRoster(practice)
        self._placement = placement
        self._accounts = accounts

    def read(self, source: Source, row: Mapping[str, str], laid: Laid | None = None) -> tuple[str, TimeEntry] | None:
        """The MRN and the entry, or None where the row was rejected. ``laid`` is the row where another layout gave it."""
        fields = _fields(row, self._zone, laid)
        identity = _identity(fields)
        entry = _entry(fields, self._zone, self._staff, source)
        if entry is None:
            self._reject(fields, source, row, laid)
            return None
        match = self._placement.match(identity)
        if match.mrn:
            return match.mrn, entry
        self._accounts.reject(Reject(source, match.reason, "", match.detail, match.candidates, _caller(fields), logged_as(row)))
        return None

    def leg(self, laid: Laid) -> Leg | None:
        """A call record as its person's talk time, whatever else it lacks; None where it was rejected for want of that."""
        fields = _fields(laid.values, self._zone, laid, ("started", "seconds", "staff_id"))
        started = fields.instant("started", required=True)
        seconds = fields.whole("seconds", 1, DAY_SECONDS)
        staff_id = fields.required("staff_id")
        if not fields.text("seconds"):
            fields.missing("seconds")
        if fields.faulty or started is None or seconds is None:
            self._reject(fields, laid.source, laid.values, laid)
            return None
        person, _ = self._staff.resolve(staff_id, started.astimezone(self._zone).date())
        # A telephone number alone names nobody.
        named = any(laid.values.get(name) for name in ("mrn", "mbi", "family_name"))
        return Leg(laid, started, seconds, person, self._placement.match(_identity(fields)).mrn if named else "")

    def _reject(self, fields: Fields, source: Source, row: Mapping[str, str], laid: Laid | None) -> None:
        reject = replace(fields.reject(source), logged=logged_as(row))
        if laid is not None:
            place = f"{laid.layout.name} reads {reject.field} from {laid.layout.origin(reject.field)}"
            reject = replace(reject, detail=f"{reject.detail} ({place})")
        self._accounts.reject(reject)


def logged_as(row: Mapping[str, str]) -> LoggedAs:
    """What a row of the canonical columns says of its time, as written."""
    started, seconds, minutes, person = (row.get(n, "").strip() for n in ("started", "seconds", "minutes", "staff_id"))
    length = f"{seconds} seconds" if seconds else f"{minutes} minutes" if minutes else ""
    return LoggedAs(started, length, person)


def faults_of(row: Mapping[str, str], zone: ZoneInfo, laid: Laid | None = None) -> tuple[tuple[str, str, str], ...]:
    """What is wrong with a row by itself, before it is asked whose it is: reason, field, detail."""
    fields = _fields(row, zone, laid)
    _identity(fields)
    _entry(fields, zone, None, Source(""))
    return fields.faults


def _fields(row: Mapping[str, str], zone: ZoneInfo, laid: Laid | None, names: Collection[str] = ()) -> Fields:
    """The row's fields with the faults that its layout found, of the named fields where any are named."""
    fields = Fields(row, zone)
    for reason, name, detail in laid.faults if laid else ():
        if not names or name in names:
            fields.fault(reason, name, detail)
    return fields


def _caller(fields: Fields) -> Caller:
    return Caller(*(fields.text(name) for name in ("mrn", "mbi", "family_name", "given_name", "born", "phone")))


def _identity(fields: Fields) -> Identity:
    identity = Identity(
        mrn=fields.text("mrn"),
        mbi=fields.text("mbi"),
        family_name=fields.text("family_name"),
        given_name=fields.text("given_name"),
        born=fields.day("born"),
        phone=fields.text("phone"),
    )
    if identity == Identity() and not fields.faulty:
        fields.missing("mrn")
    return identity


def _entry(fields: Fields, zone: ZoneInfo, staff: StaffRoster | None, source: Source) -> TimeEntry | None:
    entry_id = fields.required("entry_id")
    started = fields.instant("started", required=True)
    seconds = _seconds(fields)
    staff_id = fields.required("staff_id")
    activity = fields.choice("activity", ACTIVITIES, required=True)
    about = fields.choice("about", ABOUT, required=True)
    mode = fields.choice("mode", MODES, required=True)
    call_seconds = fields.whole("call_seconds", 0, DAY_SECONDS)
    if fields.faulty or started is None or seconds is None:
        return None
    day = started.astimezone(zone).date()
    person, credential = staff.resolve(staff_id, day) if staff else (staff_id, "")
    return TimeEntry(
        entry_id=entry_id,
        started=started,
        seconds=seconds,
        person=person,
        credential=credential,
        activity=activity,
        about=about,
        mode=mode,
        description=fields.text("description"),
        call_id=fields.text("call_id"),
        call_seconds=call_seconds,
        source=source,
    )


def _seconds(fields: Fields) -> int | None:
    """The duration. Where both units are given the seconds hold, and must round to the minutes one way or the other."""
    seconds = fields.whole("seconds", 1, DAY_SECONDS)
    minutes = fields.whole("minutes", 1, DAY_SECONDS // 60)
    if not fields.text("seconds"):
        if not fields.text("minutes"):
            fields.missing("seconds")
        return None if minutes is None else minutes * 60
    if seconds is not None and minutes is not None and abs(seconds - minutes * 60) >= 60:
        fields.bad("seconds", f"'{seconds}' and {minutes} minutes are not one duration")
    return seconds
