"""Instants and durations as exports write them, by the format that a layout names. A text that does not fit is a fault."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.intake.layout import Duration
from flows.intake.layout_paths import find, text

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?\Z", re.ASCII)
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d):([0-5]\d)(?:\.(\d{1,3}))?\Z", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}(\.0+)?\Z", re.ASCII)
_MILLISECONDS = {"seconds": 1000, "milliseconds": 1, "minutes": 60_000}
_YEARS = range(1990, 2201)  # a call outside it is a slip, and some arithmetic overflows


class ValueFault(ValueError):
    """A text that is not of its kind. The text of the exception says how it should look and never what it was."""


def instant(given: str, form: str, zone: ZoneInfo) -> datetime:
    """An instant in UTC, in whole seconds: a fraction is cut off. Without an offset the time is local in ``zone``; a local
    time that occurs twice is its first occurrence. Raises ValueFault."""
    try:
        if form == "iso":
            if not _ISO.match(given):
                raise ValueError
            read = datetime.fromisoformat(given)
        elif form == "rfc2822":
            read = parsedate_to_datetime(given)
        else:
            read = datetime.strptime(given, form)  # noqa: DTZ007 - the layout's zone is put in below
        if read.year not in _YEARS:
            raise ValueError
        read = read.replace(microsecond=0)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
        found = read.replace(tzinfo=zone, fold=0).astimezone(UTC)
        again = found.astimezone(zone).replace(tzinfo=None)
    except (ValueError, TypeError, OverflowError, IndexError):
        raise ValueFault(f"is not a time of the form {form}") from None
    if again != read:
        raise ValueFault("does not exist: the clocks are set forward over it")
    return found


def day(given: str, form: str) -> date:
    """A date of a strptime format. Raises ValueFault."""
    try:
        return datetime.strptime(given, form).date()  # noqa: DTZ007 - a date has no zone
    except (ValueError, OverflowError):
        raise ValueFault(f"is not a date of the form {form}") from None


def milliseconds(given: str, unit: str) -> int:
    """A duration. Raises ValueFault."""
    if unit == "hh:mm:ss":
        match = _CLOCK.match(given)
        if match is None:
            raise ValueFault("is not a duration like 00:04:07")
        seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
        return seconds * 1000 + int((match[4] or "0").ljust(3, "0"))
    if not _WHOLE.match(given):
        raise ValueFault(f"is not a whole number of {unit}")
    return int(given.split(".")[0]) * _MILLISECONDS[unit]


def talk_seconds(ways: Sequence[Duration], container: str, context: Sequence[Any], zone: ZoneInfo) -> int | None:
    """The agent's time in whole seconds by the first way that the row answers, or None where it answers none.

    Raises ValueFault where a duration is none, or a stretch has no end or ends before it starts.
    """
    for way in ways:
        if way.each:
            parts = [_stretch(way, container, [*context, item], zone) for item in find(way.each, container, context)]
        else:
            parts = [
                milliseconds(given, way.unit)
                for place in way.at
                for value in find(place, container, context)
                if (given := text(value))
            ]
        if parts:
            return sum(parts) // 1000
    return None


def _stretch(way: Duration, container: str, context: Sequence[Any], zone: ZoneInfo) -> int:
    start, end = (next((text(v) for v in find(place, container, context)), "") for place in (way.start, way.end))
    if not (start and end):
        raise ValueFault(f"has a stretch without {way.end if start else way.start}: the call was not over when it was exported")
    seconds = int((instant(end, "iso", zone) - instant(start, "iso", zone)).total_seconds())
    if seconds < 0:
        raise ValueFault("has a stretch that ends before it starts")
    return seconds * 1000
