"""Reads a synthetic month back with the standard library alone, by the inbox's documented layout."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flows.ccm.practice import Practice
from flows.synthesize.generate import SyntheticMonth

INBOX = Path(__file__).parents[2] / "flows" / "intake" / "INBOX.md"


@dataclass(frozen=True)
class LoggedRow:
    key: str
    line: int
    cells: dict[str, str]
    person: str
    patient: str
    started: datetime
    ended: datetime

    @property
    def seconds(self) -> int:
        return int((self.ended - self.started).total_seconds())


def text_of(month: SyntheticMonth, key: str) -> str:
    data = month.objects[key]
    return (gzip.decompress(data) if key.endswith(".gz") else data).decode("utf-8")


def call_keys(month: SyntheticMonth) -> list[str]:
    return [key for key in month.objects if key.startswith("inbox/calls/")]


def raw_rows(month: SyntheticMonth, key: str) -> Iterator[tuple[int, list[str]]]:
    """Each data row with the physical line it begins on."""
    reader = csv.reader(io.StringIO(text_of(month, key), newline=""))
    header = next(reader)
    yield 1, header
    line = reader.line_num + 1
    for cells in reader:
        yield line, cells
        line = reader.line_num + 1


def logged(month: SyntheticMonth, practice: Practice) -> list[LoggedRow]:
    """The call-log rows that are not to be rejected, each with roster id, MRN and instants."""
    people = {login: s.id for s in practice.staff for login in (s.id, *s.logins)}
    mrns = roster_keys(month)
    zone = ZoneInfo(practice.time_zone)
    rows = []
    for key in call_keys(month):
        (_, header), *data = raw_rows(month, key)
        for line, values in data:
            if f"{key}:{line}" in month.expected["rejects"]:
                continue
            cells = dict(zip(header, values, strict=True))
            started = datetime.fromisoformat(cells["started"])
            started = started if started.tzinfo else started.replace(tzinfo=zone)
            seconds = int(cells["seconds"]) if "seconds" in cells else 60 * int(cells["minutes"])
            person = people.get(cells["staff_id"], cells["staff_id"])
            rows.append(LoggedRow(key, line, cells, person, mrns(cells), started, started + timedelta(seconds=seconds)))
    return rows


def roster_keys(month: SyntheticMonth):
    """A function from a row's identity to the one MRN it fits, by the four exact rules (records of the CSV form)."""
    rules = (("mrn",), ("mbi", "born"), ("family_name", "given_name", "born"), ("family_name", "given_name", "phone"))

    def known_by(row: dict[str, str], rule: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(re.sub(r"\D", "", row[n]) if n == "phone" else row[n] for n in rule)

    index = defaultdict(set)
    key = "inbox/records/patients.csv"
    for patient in csv.DictReader(io.StringIO(text_of(month, key))) if key in month.objects else ():
        for rule in rules:
            index[rule, known_by(patient, rule)].add(patient["mrn"])

    def find(cells: dict[str, str]) -> str:
        rule = next(rule for rule in rules if all(cells[n] for n in rule))
        (mrn,) = index[rule, known_by(cells, rule)]
        return mrn

    return find


def doubled_seconds(rows: Iterable[LoggedRow]) -> int:
    """The seconds that lie in more than one of the rows, by sweeping over their ends."""
    edges = sorted([(r.started.timestamp(), 1) for r in rows] + [(r.ended.timestamp(), -1) for r in rows])
    depth, total, last = 0, 0.0, 0.0
    for at, step in edges:
        total += (at - last) if depth > 1 else 0
        depth, last = depth + step, at
    return round(total)


def documented_columns() -> dict[str, tuple[set[str], set[str]]]:
    """Per table of INBOX.md: all column names, and the required (bold) ones; ``calls`` is the call log."""
    tables: dict[str, tuple[set[str], set[str]]] = {}
    calls: set[str] = set()
    required: set[str] = set()
    section = ""
    for line in INBOX.read_text("utf-8").splitlines():
        section = line if line.startswith("## ") else section
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 2 and re.fullmatch(r"[a-z_]+", cells[0]) and cells[0] != "table":
            names = re.sub(r"\([^)]*\)", "", cells[1])
            tables[cells[0]] = (set(re.findall(r"[a-z][a-z0-9_]*", names)), set(re.findall(r"\*\*([a-z_]+)\*\*", names)))
        elif len(cells) == 3 and "inbox/calls" in section and cells[0] != "column" and re.match(r"[a-z]", cells[0]):
            names = set(re.findall(r"[a-z_]+", cells[0]))
            calls |= names
            required |= names if cells[1] == "yes" else set()
    tables["calls"] = (calls, required)
    return tables
