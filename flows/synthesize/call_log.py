"""The call-log files of a synthetic month: several of them, one compressed, some with offsets, one late."""

from __future__ import annotations

import csv
import gzip
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from zlib import crc32
from zoneinfo import ZoneInfo

from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.diary import DAY
from flows.synthesize.roster import Roster
from flows.synthesize.script import Script
from flows.synthesize.time_entries import PRACTITIONER, Entry

WHO = ("mrn", "mbi", "family_name", "given_name", "born", "phone")
WHAT = ("activity", "about", "mode", "description", "call_id", "call_seconds")
CONTACT_CENTER = ("entry_id", "started", "seconds", "staff_id", *WHO, *WHAT)
CLINIC = ("started", "entry_id", "staff_id", *WHO, *WHAT, "seconds")
PRACTITIONERS = ("entry_id", "staff_id", "started", "minutes", *WHO, *WHAT)
LATE = "late-arrivals"
GARBLES = ("too_many_columns", "too_few_columns", "bad_date", "negative_time", "missing_activity", "missing_time")


@dataclass(frozen=True, slots=True)
class Stray:
    """A row that never becomes time: an ordinary entry spoiled, with the reject it must come to."""

    entry: Entry
    kind: str
    reject: str
    who: Mapping[str, str] | None = None  # replaces the patient's own identity


@dataclass(slots=True)
class CallLog:
    """The files, how many rows each has, and each rejected row as ``key:line``."""

    objects: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    rejects: dict[str, str] = field(default_factory=dict)


def write_call_log(
    scripts: Sequence[Script],
    entries: Iterable[Entry],
    strays: Iterable[Stray],
    practice: Practice,
    roster: Roster,
    month: ServiceMonth,
) -> CallLog:
    """Lay every entry and stray row into its file, by time. Same arguments, same bytes."""
    writer = _RowWriter(scripts, practice, roster, month)
    files: dict[str, list[tuple[int, str, list[str], str]]] = defaultdict(list)
    for entry in entries:
        name = writer.file_of(entry)
        files[name].append((entry.start, entry.id, writer.cells(entry, _columns(name)), ""))
    for stray in strays:
        name = writer.week_of(stray.entry)
        cells = _spoil(writer.cells(stray.entry, CONTACT_CENTER, stray.who), stray.kind)
        files[name].append((stray.entry.start, stray.entry.id, cells, stray.reject))
    log = CallLog()
    for name in sorted(files):
        key = f"inbox/calls/{month}/{name}.csv" + (".gz" if name.endswith("week2") else "")
        text, rejects = _render(_columns(name), sorted(files[name]))
        data = text.encode("utf-8")
        # a fixed time in the header: the same month twice must be the same bytes
        log.objects[key] = gzip.compress(data, mtime=0) if key.endswith(".gz") else data
        log.rows[key] = len(files[name])
        log.rejects |= {f"{key}:{line}": reason for line, reason in rejects}
    return log


def _columns(name: str) -> tuple[str, ...]:
    return {"clinic-nurses": CLINIC, "practitioners": PRACTITIONERS}.get(name, CONTACT_CENTER)


def _render(columns: Sequence[str], rows: Sequence[tuple[int, str, list[str], str]]) -> tuple[str, list[tuple[int, str]]]:
    """The file's text, and (line, reason) of its rejected rows: a note of two lines moves every row below it down by one."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    rejects, line = [], 2
    for _, _, cells, reject in rows:
        if reject:
            rejects.append((line, reject))
        writer.writerow(cells)
        line += 1 + sum(cell.count("\n") for cell in cells)
    return out.getvalue(), rejects


def _spoil(cells: list[str], kind: str) -> list[str]:
    """One thing wrong with a row of CONTACT_CENTER's columns, and the rest as it was."""
    at = CONTACT_CENTER.index
    if kind == "too_many_columns":
        return [*cells, "transferred", "queue 4"]
    if kind == "too_few_columns":
        return cells[: at("activity")]
    column, value = {
        "bad_date": ("started", cells[at("started")][:5] + "13-45T10:00:00"),
        "negative_time": ("seconds", "-" + cells[at("seconds")]),
        "missing_activity": ("activity", ""),
        "missing_time": ("started", ""),
    }.get(kind, ("", ""))
    if column:
        cells[at(column)] = value
    return cells


def draw_garble(entry: Entry, rng: Random) -> Stray:
    """An entry's row that cannot be read, in one of the ways that logs are spoiled."""
    kind = rng.choice(GARBLES)
    reject = (
        "row.unreadable" if kind.endswith("columns") else "row.missing_field" if kind.startswith("missing") else "row.bad_value"
    )
    return Stray(entry, kind, reject)


class _RowWriter:
    def __init__(self, scripts: Sequence[Script], practice: Practice, roster: Roster, month: ServiceMonth) -> None:
        self._scripts, self._roster = scripts, roster
        self._zone = ZoneInfo(practice.time_zone)
        self._midnight = datetime(month.year, month.month, 1)  # noqa: DTZ001 - local time, its zone is added below
        self._days = month.last_day.day
        self._clinic = {s.id for s in roster.staff if s.employer == "practice"}

    def week_of(self, entry: Entry) -> str:
        """The contact center sends one file a week."""
        return f"contact-center-week{max(0, min(entry.start // DAY, self._days - 1)) // 7 + 1}"

    def file_of(self, entry: Entry) -> str:
        """The file an entry comes in. A few of the last days' entries arrive late."""
        if entry.late:
            return LATE
        if entry.performer == PRACTITIONER:
            return "practitioners"
        if entry.person in self._clinic:
            return "clinic-nurses"
        last_days = entry.start // DAY >= self._days - 4
        return LATE if last_days and crc32(entry.id.encode()) % 5 == 0 else self.week_of(entry)

    def cells(self, entry: Entry, columns: Sequence[str], who: Mapping[str, str] | None = None) -> list[str]:
        """The row's cells. What differs at random between rows hangs on the entry's id, so a second delivery is the same."""
        lot = crc32(entry.id.encode())
        names = self._roster.names.get(entry.person, (entry.person,))
        values = dict(self._identity(entry.patient, lot) if who is None else who)
        values |= {
            "entry_id": entry.id,
            "started": self._started(entry, lot),
            "seconds": str(entry.seconds),
            "minutes": str(entry.seconds // 60),
            "staff_id": names[lot // 7 % len(names)],
            "activity": entry.activity,
            "about": entry.about,
            "mode": entry.mode,
            "description": entry.description,
            "call_id": entry.call_id,
            "call_seconds": "" if entry.call_seconds is None else str(entry.call_seconds),
        }
        return [values.get(column, "") for column in columns]

    def _started(self, entry: Entry, lot: int) -> str:
        local = self._midnight + timedelta(seconds=entry.start)
        if entry.person not in self._clinic:
            return local.isoformat()
        aware = local.replace(tzinfo=self._zone)
        return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if lot % 3 == 0 else aware.isoformat()

    def _identity(self, number: int, lot: int) -> dict[str, str]:
        script = self._scripts[number]
        patient = script.chart.patient
        names = {"family_name": patient.family_name, "given_name": patient.given_name}
        born = {"born": patient.born.isoformat()}
        roll = lot // 1000 % 100
        if len(patient.mbi) == 11 and roll < 8:
            return {"mbi": patient.mbi, **born}
        if not script.names_are_shared and roll < 15:
            return names | born
        if not script.names_are_shared and roll < 20:
            digits = patient.phone
            return names | {"phone": f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"}
        return {"mrn": patient.mrn, **(names | born if roll < 70 else {})}
