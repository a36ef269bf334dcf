"""Bytes of a CSV to a frame of text, with the physical line of each row; damage costs the rows it touches and no more."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice, takewhile

import pandas as pd

from flows.ccm.month_result import Reject
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.columns import Table
from flows.intake.objects import Unpacked

MAX_RECORD_LINES = 200  # a quoted text longer than this is an unclosed quote, not a text


def read_table(key: str, content: Unpacked, table: Table, accounts: Accounts) -> pd.DataFrame:
    """The rows of one CSV object as a frame: the table's columns as text, with ``key`` and ``line`` of each row's first line.

    Rows that cannot be split into the header's columns are rejected as ``row.unreadable``. Where the header lacks a required
    column every row is rejected; a file that is no text at all is one rejected row. Blank lines are no rows. Text is UTF-8,
    a BOM is skipped.
    """
    columns = (*table.columns, "key", "line")
    lines = _lines(content)
    first = next((i for i, line in enumerate(lines) if line is None or line.strip()), None)
    if first is None:
        accounts.damage(key, 1, content.fault or "the file holds no line; deliver it again")
        return pd.DataFrame([], columns=columns, dtype="str")
    if content.fault:
        # The line at the cut has lost its end, and half a number still reads as a number.
        last = lines[-1]
        if last is None or not last.endswith(("\n", "\r")):
            lines.pop()
        accounts.damage(key, len(lines) + 1, content.fault)
    header, problem = _header(lines[first], table) if first < len(lines) else ([], "")
    if not header:
        _reject_all(key, lines, first, problem, accounts)
        return pd.DataFrame([], columns=columns, dtype="str")
    for name in header:
        if name not in table.columns and not table.others_are_usual:
            accounts.note(key, f"unknown column {name}")
    rows = _rows(key, lines, first + 1, len(header), accounts)
    places = {name: header.index(name) for name in table.columns if name in header}
    data = {name: [f[places[name]] for f, _ in rows] if name in places else [""] * len(rows) for name in table.columns}
    frame = pd.DataFrame(data, dtype="str")
    return frame.assign(key=key, line=[line for _, line in rows])


def header_names(content: Unpacked) -> tuple[str, ...]:
    """The names in the first line that is not blank, in small letters; empty where it cannot be read."""
    line = next((line for line in _lines(content) if line is None or line.strip()), None)
    return tuple(name.strip().casefold() for name in (_split(line) or ())) if line is not None else ()


def _reject_all(key: str, lines: list[str | None], first: int, problem: str, accounts: Accounts) -> None:
    """Reject each line behind a header that cannot be used; the header itself where it is no text or nothing follows it."""
    numbers = [n for n, line in enumerate(lines[first + 1 :], first + 2) if line is None or line.strip()]
    if problem and (not numbers or lines[first] is None):
        numbers = [first + 1]
    for number in numbers if problem else ():
        accounts.damage(key, number, problem)


def rows_of(frame: pd.DataFrame) -> Iterator[tuple[Source, dict[str, str]]]:
    """Each row of a frame with its source: where pandas ends."""
    names = [name for name in frame.columns if name not in ("key", "line")]
    columns = [frame[name].tolist() for name in names]
    for key, line, *values in zip(frame["key"].tolist(), frame["line"].tolist(), *columns, strict=True):
        yield Source(key, line), dict(zip(names, values, strict=True))


def _lines(content: Unpacked) -> list[str | None]:
    """The physical lines with their ends; None where a line is not UTF-8. Lines end in LF, CR LF or CR."""
    data = content.data.removeprefix(b"\xef\xbb\xbf")
    lines: list[str | None] = []
    for raw in data.splitlines(keepends=True):
        try:
            lines.append(raw.decode("utf-8"))
        except UnicodeDecodeError:
            lines.append(None)
    return lines


def _header(line: str | None, table: Table) -> tuple[list[str], str]:
    """The header's column names and what is wrong with it; the file's own words are not repeated, they may be a patient's."""
    names = None if line is None else _split(line)
    if names is None:
        return [], "its header line cannot be read as UTF-8 text; save the file as CSV in UTF-8"
    names = [name.strip().casefold() for name in names]
    missing = [name for name in table.required if name not in names]
    missing += [" or ".join(group) for group in table.one_of if not any(name in names for name in group)]
    if missing:
        return [], f"required column missing: {', '.join(missing)} (line 1 names the columns, separated by commas)"
    twice = sorted({name for name in names if name in table.columns and names.count(name) > 1})
    if twice:
        return [], f"column named twice: {', '.join(twice)}"
    return names, ""


def _split(line: str) -> list[str] | None:
    """One physical line as fields, or None where it is no whole record."""
    if '"' not in line:
        return line.rstrip("\r\n").split(",")
    try:
        return next(csv.reader([line], strict=True), None)
    except csv.Error:
        return None


def _rows(key: str, lines: list[str | None], start: int, width: int, accounts: Accounts) -> list[tuple[list[str], int]]:
    """The records from line index ``start``, each with the number (1 = first) of its first physical line."""
    rows: list[tuple[list[str], int]] = []
    at = start
    while at < len(lines):
        line = lines[at]
        if line is not None and not line.strip():
            at += 1
            continue
        accounts.rows(key)
        taken, fields = 1, None
        if line is None:
            problem = "the line is not UTF-8 text; save the file as CSV in UTF-8"
        else:
            fields = _split(line)
            if fields is None:
                taken, fields = _joined(lines, at, width)
            problem = "a quote is not closed, or not doubled inside a quoted text"
            if fields is not None and len(fields) != width:
                problem = f"{len(fields)} columns where the header has {width}"
                fields = None
        if fields is None:
            accounts.reject(Reject(Source(key, at + 1), "row.unreadable", "", problem))
        else:
            rows.append((fields, at + 1))
        at += taken
    return rows


def _joined(lines: list[str | None], at: int, width: int) -> tuple[int, list[str] | None]:
    """A record that goes on over the following lines, and how many it takes; (1, None) where it does not come out whole.

    A stray quote swallows the lines up to the next quote. So a joined record must have the header's width, and none of its
    further lines may be a whole row by itself; else only the first line is given up and reading goes on with the next.
    """
    block = [line for line in takewhile(lambda line: line is not None, islice(lines, at, at + MAX_RECORD_LINES)) if line]
    reader = csv.reader(block, strict=True)
    try:
        fields = next(reader)
    except (csv.Error, StopIteration):
        return 1, None
    if len(fields) != width or any(line.count(",") == width - 1 for line in block[1 : reader.line_num]):
        return 1, None
    return reader.line_num, fields
