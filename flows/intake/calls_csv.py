"""The canonical call log: every row becomes a time entry of one patient, or a Reject that says why not."""

from __future__ import annotations

from collections import defaultdict
from zoneinfo import ZoneInfo

import pandas as pd

from flows.ccm.month_result import Caller, Reject
from flows.ccm.practice import Practice
from flows.ccm.source import Source
from flows.ccm.time_entry import ABOUT, ACTIVITIES, MODES, TimeEntry
from flows.intake.accounts import Accounts
from flows.intake.csv_rows import rows_of
from flows.intake.field_values import Fields
from flows.intake.identity import Identity
from flows.intake.placement import Placement
from flows.intake.staff_credentials import StaffRoster

DAY_SECONDS = 86_400  # one activity longer than a day is a slip of the pen


def read_calls(frame: pd.DataFrame, practice: Practice, placement: Placement, accounts: Accounts) -> dict[str, list[TimeEntry]]:
    """The time entries by MRN. Duplicates and entries outside the month are kept: excluding minutes is the core's affair."""
    zone = ZoneInfo(practice.time_zone)
    staff = StaffRoster(practice)
    entries: dict[str, list[TimeEntry]] = defaultdict(list)
    for source, row in rows_of(frame):
        fields = Fields(row, zone)
        identity = _identity(fields)
        entry = _entry(fields, zone, staff, source)
        if entry is None:
            accounts.reject(fields.reject(source))
            continue
        match = placement.match(identity)
        if match.mrn:
            entries[match.mrn].append(entry)
        else:
            accounts.reject(Reject(source, match.reason, "", match.detail, match.candidates, _caller(fields)))
    return entries


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


def _entry(fields: Fields, zone: ZoneInfo, staff: StaffRoster, source: Source) -> TimeEntry | None:
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
    person, credential = staff.resolve(staff_id, started.astimezone(zone).date())
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
