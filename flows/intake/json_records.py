"""The records of a JSON export: one document, one record a line, or records run together without line breaks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from flows.intake.lines import NewlineLines
from flows.intake.objects import WHOLE_BYTES, Content

_SAMPLE: int | None = 50  # lines of a long text that are looked at for a record
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """A record, or what is wrong in its place. ``line`` is the physical one (1 = first), 0 within a document."""

    line: int
    value: Any
    fault: str = ""


def first_sign(content: Content) -> bytes:
    """The first byte that is no white space, or nothing."""
    return next((begun[:1] for piece in content.chunks() if (begun := piece.lstrip())), b"")


def json_values(content: Content) -> Iterator[JsonRecord]:
    """The values of the text, in order. A text that yields no object at all is one record with a fault.

    A text cut short loses its last line, or where it is one document all of it; so does a line that is not JSON. A text longer
    than a document may be is read line by line, if one of its first lines is a record by itself.
    """
    looked_at = _SAMPLE
    if content.size <= WHOLE_BYTES:
        text, looked_at = content.whole(), None
        whole = _parse(text)
        if whole is not None and not content.fault:
            yield JsonRecord(0, whole[0])
            return
        content = replace(content, chunks=lambda: iter((text,)))
    first = (record for number, raw in islice(NewlineLines(content), looked_at) for record in _line(number, raw))
    if not any(isinstance(record.value, dict | list) for record in first):
        content = content.as_document("export it in parts, or one record a line")
        yield JsonRecord(1, None, content.fault or "the file is not JSON from beginning to end; export it again")
        return
    lines = NewlineLines(content)
    for number, raw in lines:
        yield from _line(number, raw)
    if content.fault:
        yield JsonRecord(lines.last, None, content.fault)


def _line(number: int, raw: bytes) -> Iterator[JsonRecord]:
    try:
        rest = raw.decode().strip()
    except UnicodeDecodeError:
        yield JsonRecord(number, None, "the line is not UTF-8 text")
        return
    while rest:
        found = _parse_first(rest)
        if found is None:
            yield JsonRecord(number, None, "the line is not JSON; export it again")
            return
        value, end = found
        yield JsonRecord(number, value)
        rest = rest[end:].lstrip()


def _parse(data: bytes) -> tuple[Any] | None:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    found = _parse_first(text.strip())
    return (found[0],) if found is not None and found[1] == len(text.strip()) else None


def _parse_first(text: str) -> tuple[Any, int] | None:
    """The first value and where it ends. Half a surrogate pair is no Unicode text and could be written nowhere again."""
    try:
        value, end = _DECODER.raw_decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value, end


def records(values: Iterable[JsonRecord], at: Sequence[str]) -> Iterator[JsonRecord]:
    """The values with lists opened: a list is its items, an object that keeps a list under a name of ``at`` is that list's."""
    for found in values:
        held = found.value
        if isinstance(held, dict):
            held = next((held[name] for name in at if isinstance(held.get(name), list)), held)
        if not found.fault and isinstance(held, list):
            yield from (JsonRecord(found.line, item) for item in held)
        else:
            yield found
