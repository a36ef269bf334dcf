"""The records of a JSON export: one document, one record a line, or records run together without line breaks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flows.intake.objects import Unpacked

_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class JsonRecord:
    """A record, or what is wrong in its place. ``line`` is the physical one (1 = first), 0 within a document."""

    line: int
    value: Any
    fault: str = ""


def json_values(content: Unpacked) -> list[JsonRecord]:
    """The values of the text, in order. A text that yields no object at all is one record with a fault.

    A text cut short loses its last line, or where it is one document all of it; so does a line that is not JSON.
    """
    try:
        text = content.data.decode()
    except UnicodeDecodeError:
        text = None
    whole = _parse(text) if text is not None else None
    if whole is not None and not content.fault:
        return [JsonRecord(0, whole[0])]
    lines = content.data.split(b"\n")
    ended = content.data.endswith(b"\n")
    if content.fault and not ended:
        lines.pop()
    values = [record for number, raw in enumerate(lines, 1) if raw.strip() for record in _line(number, raw)]
    if not any(isinstance(record.value, dict | list) for record in values):
        return [JsonRecord(1, None, content.fault or "the file is not JSON from beginning to end; export it again")]
    if content.fault:
        values.append(JsonRecord(len(lines) + (not ended), None, content.fault))
    return values


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


def _parse(text: str) -> tuple[Any] | None:
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


def records(values: Sequence[JsonRecord], at: Sequence[str]) -> list[JsonRecord]:
    """The values with lists opened: a list is its items, an object that keeps a list under a name of ``at`` is that list's."""
    out: list[JsonRecord] = []
    for found in values:
        held = found.value
        if isinstance(held, dict):
            held = next((held[name] for name in at if isinstance(held.get(name), list)), held)
        if not found.fault and isinstance(held, list):
            out += [JsonRecord(found.line if len(values) > 1 else 0, item) for item in held]
        else:
            out.append(found)
    return out
