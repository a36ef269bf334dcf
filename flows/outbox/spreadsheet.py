"""CSV that a practice opens in a spreadsheet: UTF-8 with a byte order mark, so that Excel reads accents; no live formula."""

from __future__ import annotations

import csv
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence

# What a spreadsheet takes for a formula's first character, in both widths; some look for it behind what is not seen.
_FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")
_UNSEEN = "\ufeff\u200b\u200e\u200f'\""
_CONTROL = ("\t", "\r", "\n")


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV file with a header; None is an empty cell, every other value its ``str``, formulas shown as text."""
    return b"".join(csv_lines(header, rows))


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    """The rows of ``csv_bytes``, one after the other."""
    writer = csv.writer(_Told(), lineterminator="\r\n")
    yield BOM_UTF8 + writer.writerow(header)
    for row in rows:
        yield writer.writerow([defused(value) for value in row])


class _Told:
    """A file that hands back what is written: ``writerow`` answers what its file's ``write`` does."""

    def write(self, text: str) -> bytes:
        return text.encode("utf-8")


def defused(value: object) -> str:
    """A cell's text; where a spreadsheet would take it for a formula, an apostrophe before it makes it text."""
    text = "" if value is None else str(value)
    live = text.lstrip(_UNSEEN).strip().startswith(_FORMULA) or text.startswith(_CONTROL)
    return f"'{text}" if live else text
