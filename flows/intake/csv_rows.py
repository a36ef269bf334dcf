"""Bytes of a CSV to a frame of text, with the physical line of each row; damage costs the rows it touches and no more."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import islice

import pandas as pd

from flows.ccm.month_result import Reject
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.columns import Table
from flows.intake.lines import TextLines
from flows.intake.objects import Content

_FRAME_ROWS = 10_000  # rows that are held as text at once
MAX_RECORD_LINES = 200  # a quoted text longer than this is an unclosed quote, not a text


def read_table(key: str, content: Content, table: Table, accounts: Accounts) -> Iterator[pd.DataFrame]:
    """The rows of one CSV object in frames, some thousand rows each: the table's columns as text, with ``key`` and ``line`` of
    each row's first line. There is always one frame, be it empty.

    Rows that cannot be split into the header's columns are rejected as ``row.unreadable``. Where the header lacks a required
    column every row is rejected; a file that is no text at all is one rejected row. Blank lines are no rows. Text is UTF-8,
    a BOM is skipped.
    """
    lines = TextLines(content, MAX_RECORD_LINES)
    first = lines.next()
    rows: Iterator[tuple[list[str], int]] = iter(())
    header: list[str] = []
    if first is not None:
        header, problem = _header(first[1], table)
        if header:
            rows = _rows(key, lines, len(header), accounts)
        else:
            _reject_all(key, lines, first, problem, accounts)
    for name in header:
        if name not in table.columns and not table.others_are_usual:
            accounts.note(key, f"unknown column {name}")
    places = {name: header.index(name) for name in table.columns if name in header}
    begun = False
    while (some := list(islice(rows, _FRAME_ROWS))) or not begun:
        begun = True
        yield _frame(key, some, table, places)
    if first is None and not lines.cut:
        accounts.damage(key, 1, content.fault or "the file holds no line; deliver it again")
    elif content.fault:
        accounts.damage(key, lines.count + 1, content.fault)


def _frame(key: str, rows: list[tuple[list[str], int]], table: Table, places: dict[str, int]) -> pd.DataFrame:
    data = {name: [f[places[name]] for f, _ in rows] if name in places else [""] * len(rows) for name in table.columns}
    return pd.DataFrame(data, dtype="str").assign(key=key, line=[line for _, line in rows])


def header_names(content: Content) -> tuple[str, ...]:
    """The names in the first line that is not blank, in small letters; empty where it cannot be read."""
    first = TextLines(content, MAX_RECORD_LINES).next()
    return tuple(name.strip().casefold() for name in (_split(first[1]) or ())) if first and first[1] is not None else ()


def _reject_all(key: str, lines: TextLines, first: tuple[int, str | None], problem: str, accounts: Accounts) -> None:
    """Reject each line behind a header that cannot be used; the header itself where it is no text or nothing follows it."""
    followed = False
    while (line := lines.next()) is not None:
        followed = True
        if first[1] is not None:
            accounts.damage(key, line[0], problem)
    if not followed or first[1] is None:
        accounts.damage(key, first[0], problem)


def rows_of(frame: pd.DataFrame) -> Iterator[tuple[Source, dict[str, str]]]:
    """Each row of a frame with its source: where pandas ends."""
    names = [name for name in frame.columns if name not in ("key", "line")]
    # The same words stand in thousands of rows, and the facts made of them keep them: each is held once.
    held: dict[str, str] = {}
    columns = [[held.setdefault(text, text) for text in frame[name].tolist()] for name in names]
    for key, line, *values in zip(frame["key"].tolist(), frame["line"].tolist(), *columns, strict=True):
        yield Source(key, line), dict(zip(names, values, strict=True))


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


def _rows(key: str, lines: TextLines, width: int, accounts: Accounts) -> Iterator[tuple[list[str], int]]:
    """The records that follow, each with the number (1 = first) of its first physical line."""
    while (found := lines.next()) is not None:
        number, line = found
        accounts.rows(key)
        fields = None
        if line is None:
            problem = "the line is not UTF-8 text; save the file as CSV in UTF-8"
        else:
            fields = _split(line)
            if fields is None:
                more, fields = _joined(line, lines, width)
                lines.skip(more)
            problem = f"a quote is not closed or not doubled, or a quoted text is longer than {csv.field_size_limit()} characters"
            if fields is not None and len(fields) != width:
                problem = f"{len(fields)} columns where the header has {width}"
                fields = None
        if fields is None:
            accounts.reject(Reject(Source(key, number), "row.unreadable", "", problem))
        else:
            yield fields, number


def _joined(line: str, lines: TextLines, width: int) -> tuple[int, list[str] | None]:
    """A record that goes on over the following lines, and how many of them it takes; (0, None) where it comes out not whole.

    A stray quote swallows the lines up to the next quote. So a joined record must have the header's width, and none of its
    further lines may be a whole row by itself; else only the first line is given up and reading goes on with the next.
    """
    block = [line]

    def physical() -> Iterator[str]:
        yield line
        for more in islice(lines.following(), MAX_RECORD_LINES - 1):
            block.append(more)
            yield more

    reader = csv.reader(physical(), strict=True)
    try:
        fields = next(reader)
    except (csv.Error, StopIteration):
        return 0, None
    if len(fields) != width or any(more.count(",") == width - 1 for more in block[1 : reader.line_num]):
        return 0, None
    return reader.line_num - 1, fields
