"""CSV that a practice opens in a spreadsheet: UTF-8 with a byte order mark, so that Excel reads accents; no live formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for a formula's first character, in both widths; some look for it behind what is not seen.
_FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
_UNSEEN = "\ufeff\u200b\u200e\u200f'\""
_CONTROL = ("\t", "\r", "\n")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file with a header; None is an empty cell, every other value its ``str``, formulas shown as text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([defused(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def defused(value: object) -> str:
    """A cell's text; where a spreadsheet would take it for a formula, an apostrophe before it makes it text."""
    text = "" if value is None else str(value)
    live = text.lstrip(_UNSEEN).strip().startswith(_FORMULA) or text.startswith(_CONTROL)
    return f"'{text}" if live else text
