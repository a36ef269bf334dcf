"""An object of the calls folder, whatever its form, as rows: our own CSV as a frame, any other export by its layout."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from flows.ccm.month_result import Reject
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.columns import CALLS, Table
from flows.intake.csv_rows import header_names, read_table, rows_of
from flows.intake.json_records import JsonRecord, json_values, records
from flows.intake.layout import Layout
from flows.intake.layout_paths import text
from flows.intake.layout_rows import Laid, contexts, lay
from flows.intake.objects import Unpacked
from flows.intake.parquet_records import MAGIC, parquet_records
from flows.intake.recognition import CANONICAL, Recognised, nearest_is_canonical, recognise_json, recognise_table
from flows.intake.text_encoding import as_utf8

_EMPTY = pd.DataFrame([], columns=(*CALLS.columns, "key", "line"), dtype="str")


@dataclass(frozen=True, slots=True)
class CallObject:
    """The rows of one object: of our own layout a frame, of another ``laid``. ``recognised`` says which it is and why."""

    recognised: Recognised
    frame: pd.DataFrame = field(default_factory=lambda: _EMPTY)
    laid: tuple[Laid, ...] = ()


def read_call_object(key: str, content: Unpacked, layouts: Sequence[Layout], zone: ZoneInfo, accounts: Accounts) -> CallObject:
    """Read one object. Every row is added to its account; what cannot be read as rows at all is one rejected row."""
    if content.data.startswith(MAGIC):
        return _parquet(key, content, layouts, zone, accounts)
    content, note = as_utf8(content)
    if note:
        accounts.note(key, note)
    if content.data.lstrip()[:1] in (b"{", b"["):
        return _json(key, json_values(content), layouts, zone, accounts)
    columns = header_names(content)
    found = recognise_table(key, columns, layouts)
    if found.layout is not None:
        return _table(key, content, found, zone, accounts)
    if found.name != CANONICAL and (values := json_values(content)) and any(isinstance(v.value, dict) for v in values):
        return _json(key, values, layouts, zone, accounts)  # its first line is damaged
    is_csv = key.casefold().removesuffix(".gz").endswith(".csv")
    if found.name == CANONICAL or (is_csv and nearest_is_canonical(columns, layouts)):
        return CallObject(found, read_table(key, content, CALLS, accounts))
    return _refused(key, found, content, accounts)


def _refused(key: str, found: Recognised, content: Unpacked, accounts: Accounts) -> CallObject:
    mend = "export it in a form that `ccm layout list` names, or add its layout; `ccm layout try` shows what is missing"
    accounts.damage(key, 0, content.fault or f"{found.why}; {mend}")
    return CallObject(found)


def _table(key: str, content: Unpacked, found: Recognised, zone: ZoneInfo, accounts: Accounts) -> CallObject:
    layout = found.layout
    assert layout is not None
    content, _ = as_utf8(content, layout.encoding)
    named = [place.strip().casefold() for place in layout.places()]
    needed = tuple(place.strip().casefold() for place in layout.present)
    others = tuple(name for name in dict.fromkeys(named) if name not in needed)
    frame = read_table(
        key, content, Table(layout.name, "one row of a report", (), needed, others, others_are_usual=True), accounts
    )
    _tell_cap(key, layout, accounts)
    return CallObject(found, laid=tuple(lay(layout, [row], source, zone) for source, row in rows_of(frame)))


def _json(key: str, values: Sequence[JsonRecord], layouts: Sequence[Layout], zone: ZoneInfo, accounts: Accounts) -> CallObject:
    found = recognise_json(key, values, layouts)
    layout = found.layout
    if layout is None:
        return _refused(key, found, Unpacked(b"", next((v.fault for v in values if v.fault and len(values) == 1), "")), accounts)
    rows: list[tuple[int, list[Any] | None, str]] = []
    for record in records(values, layout.record.at):
        if isinstance(record.value, dict):
            rows += [(record.line, context, "") for context in contexts(layout, record.value)]
        else:
            rows.append((record.line, None, record.fault or "the record is no JSON object; export it again"))
    lines = [line for line, _, _ in rows]
    # A source names one row. Where lines do not tell rows apart, a row is known by its number in the file.
    told = len(set(lines)) == len(lines) and 0 not in lines
    laid = []
    for number, (line, context, fault) in enumerate(rows, 1):
        source = Source(key, line if told else number)
        accounts.rows(key)
        if context is None:
            accounts.reject(Reject(source, "row.unreadable", "", fault))
        else:
            laid.append(lay(layout, context, source, zone))
    _tell_cap(key, layout, accounts)
    return CallObject(found, laid=tuple(laid))


def _parquet(key: str, content: Unpacked, layouts: Sequence[Layout], zone: ZoneInfo, accounts: Accounts) -> CallObject:
    rows = None if content.fault else parquet_records(content.data)
    if rows is None:
        why = content.fault or "the Parquet file is damaged; deliver it again"
        return _refused(key, Recognised("", None, why), Unpacked(b"", why), accounts)
    columns = [name.strip().casefold() for name in (rows[0] if rows else ())]
    found = recognise_table(key, columns, layouts)
    if found.name != CANONICAL and found.layout is None:
        nested = recognise_json(key, [JsonRecord(0, rows)], layouts)
        return (
            _json(key, [JsonRecord(0, rows)], layouts, zone, accounts)
            if nested.layout
            else _refused(key, found, content, accounts)
        )
    flat = [{name.strip().casefold(): text(value) for name, value in row.items()} for row in rows]
    accounts.rows(key, len(flat))
    if found.layout is None:
        return CallObject(found, _frame(key, flat))
    _tell_cap(key, found.layout, accounts)
    numbered = enumerate(flat, 1)
    return CallObject(found, laid=tuple(lay(found.layout, [row], Source(key, number), zone) for number, row in numbered))


def _frame(key: str, rows: Iterable[dict[str, str]]) -> pd.DataFrame:
    """Rows of our own layout as the frame that a CSV would give; a row is known by its number in the file."""
    held = list(rows)
    frame = pd.DataFrame({name: [row.get(name, "") for row in held] for name in CALLS.columns}, dtype="str")
    return frame.assign(key=key, line=range(1, len(held) + 1))


def _tell_cap(key: str, layout: Layout, accounts: Accounts) -> None:
    """Exactly as many rows as an export is capped at: there may be more that were not delivered."""
    if accounts.counted(key) in layout.row_caps:
        accounts.note(key, f"row cap of {accounts.counted(key)} rows reached: the export may be cut; export smaller spans")
