"""An object of the calls folder, whatever its form, as rows: our own CSV as a frame, any other export by its layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice
from zoneinfo import ZoneInfo

import pandas as pd

from flows.ccm.month_result import Reject
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.columns import CALLS, Table
from flows.intake.csv_rows import header_names, read_table, rows_of
from flows.intake.json_records import JsonRecord, first_sign, json_values, records
from flows.intake.layout import Layout
from flows.intake.layout_paths import text
from flows.intake.layout_rows import Laid, contexts, lay
from flows.intake.objects import Content
from flows.intake.parquet_records import MAGIC, parquet_records
from flows.intake.recognition import CANONICAL, SAMPLE, Recognised, nearest_is_canonical, recognise_json, recognise_table
from flows.intake.text_encoding import as_utf8


@dataclass(frozen=True, slots=True)
class CallObject:
    """The rows of one object: of our own layout ``frames``, of another ``laid``. ``recognised`` says which it is and why.

    The frames are read while they are asked for, once.
    """

    recognised: Recognised
    frames: Iterable[pd.DataFrame] = ()
    laid: Sequence[Laid] = ()


def read_call_object(key: str, content: Content, layouts: Sequence[Layout], zone: ZoneInfo, accounts: Accounts) -> CallObject:
    """Read one object. Every row is added to its account; what cannot be read as rows at all is one rejected row."""
    if content.head(len(MAGIC)) == MAGIC:
        return _parquet(key, content, layouts, zone, accounts)
    stored = content
    content, note = as_utf8(content)
    if note:
        accounts.note(key, note)
    if first_sign(content) in (b"{", b"["):
        return _json(key, json_values(content), layouts, zone, accounts)
    columns = header_names(content)
    found = recognise_table(key, columns, layouts)
    if found.layout is not None:
        return _table(key, as_utf8(stored, found.layout.encoding)[0], found.layout, found, zone, accounts)
    if found.name != CANONICAL and any(isinstance(value.value, dict) for value in json_values(content)):
        return _json(key, json_values(content), layouts, zone, accounts)  # its first line is damaged
    is_csv = key.casefold().removesuffix(".gz").endswith(".csv")
    if found.name == CANONICAL or (is_csv and nearest_is_canonical(columns, layouts)):
        return CallObject(found, read_table(key, content, CALLS, accounts))
    return _refused(key, found, content.fault, accounts)


def _refused(key: str, found: Recognised, fault: str, accounts: Accounts) -> CallObject:
    mend = "export it in a form that `ccm layout list` names, or add its layout; `ccm layout try` shows what is missing"
    accounts.damage(key, 0, fault or f"{found.why}; {mend}")
    return CallObject(found)


def _table(key: str, content: Content, layout: Layout, found: Recognised, zone: ZoneInfo, accounts: Accounts) -> CallObject:
    named = [place.strip().casefold() for place in layout.places()]
    needed = tuple(place.strip().casefold() for place in layout.present)
    others = tuple(name for name in dict.fromkeys(named) if name not in needed)
    table = Table(layout.name, "one row of a report", (), needed, others, others_are_usual=True)
    frames = read_table(key, content, table, accounts)
    laid = [lay(layout, [row], source, zone) for frame in frames for source, row in rows_of(frame)]
    _tell_cap(key, layout, accounts)
    return CallObject(found, laid=laid)


def _json(key: str, values: Iterable[JsonRecord], layouts: Sequence[Layout], zone: ZoneInfo, accounts: Accounts) -> CallObject:
    coming = iter(values)
    first = list(islice(coming, SAMPLE))
    found = recognise_json(key, first, layouts)
    layout = found.layout
    if layout is None:
        return _refused(key, found, first[0].fault if len(first) == 1 else "", accounts)
    laid: list[Laid] = []
    damaged: list[tuple[int, int, str]] = []
    lines: list[int] = []
    number = 0
    for record in records(chain(first, coming), layout.record.at):
        if isinstance(record.value, dict):
            for context in contexts(layout, record.value):
                number += 1
                laid.append(lay(layout, context, Source(key, number), zone))
                lines.append(record.line)
        else:
            number += 1
            damaged.append((number, record.line, record.fault or "the record is no JSON object; export it again"))
    # A source names one row. Where lines do not tell rows apart, a row is known by its number in the file.
    told = len({*lines, *(line for _, line, _ in damaged)} - {0}) == number
    if told:
        laid = [replace(row, source=Source(key, line)) for row, line in zip(laid, lines, strict=True)]
    accounts.rows(key, number)
    for place, line, fault in damaged:
        accounts.reject(Reject(Source(key, line if told else place), "row.unreadable", "", fault))
    _tell_cap(key, layout, accounts)
    return CallObject(found, laid=laid)


def _parquet(key: str, content: Content, layouts: Sequence[Layout], zone: ZoneInfo, accounts: Accounts) -> CallObject:
    content = content.as_document("export smaller spans")
    rows = None if content.fault else parquet_records(content.whole())
    if rows is None:
        why = content.fault or "the Parquet file is damaged; deliver it again"
        return _refused(key, Recognised("", None, why), why, accounts)
    columns = [name.strip().casefold() for name in (rows[0] if rows else ())]
    found = recognise_table(key, columns, layouts)
    if found.name != CANONICAL and found.layout is None:
        nested = recognise_json(key, [JsonRecord(0, rows)], layouts)
        return (
            _json(key, [JsonRecord(0, rows)], layouts, zone, accounts)
            if nested.layout
            else _refused(key, found, content.fault, accounts)
        )
    flat = [{name.strip().casefold(): text(value) for name, value in row.items()} for row in rows]
    accounts.rows(key, len(flat))
    if found.layout is None:
        return CallObject(found, (_frame(key, flat),))
    _tell_cap(key, found.layout, accounts)
    numbered = enumerate(flat, 1)
    return CallObject(found, laid=[lay(found.layout, [row], Source(key, number), zone) for number, row in numbered])


def _frame(key: str, rows: Iterable[dict[str, str]]) -> pd.DataFrame:
    """Rows of our own layout as the frame that a CSV would give; a row is known by its number in the file."""
    held = list(rows)
    frame = pd.DataFrame({name: [row.get(name, "") for row in held] for name in CALLS.columns}, dtype="str")
    return frame.assign(key=key, line=range(1, len(held) + 1))


def _tell_cap(key: str, layout: Layout, accounts: Accounts) -> None:
    """Exactly as many rows as an export is capped at: there may be more that were not delivered."""
    if accounts.counted(key) in layout.row_caps:
        accounts.note(key, f"row cap of {accounts.counted(key)} rows reached: the export may be cut; export smaller spans")
