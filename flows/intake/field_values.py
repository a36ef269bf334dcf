"""The fields of one row as values, by the inbox's rules. Faults are gathered, never raised; an empty field is never filled."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flows.ccm.month_result import Reject
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.0+)?(Z|[+-]\d{2}:?\d{2})?\Z", re.ASCII)
_WHOLE = re.compile(r"\d{1,9}\Z", re.ASCII)
_YEARS = range(1880, 2201)  # outside it a date is a slip of the pen, and some arithmetic overflows


def parse_day(text: str) -> date | None:
    """A day written ``YYYY-MM-DD``, or None where the text is none."""
    if not _DAY.match(text):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in _YEARS else None


def parse_instant(text: str, zone: ZoneInfo) -> tuple[datetime | None, str]:
    """An instant in UTC, or None and what is wrong with the text.

    Without an offset the time is local in ``zone``: a time that occurs twice (clocks set back) is the first occurrence; a
    time that does not occur (clocks set forward) is a fault.
    """
    match = _INSTANT.match(text)
    day = parse_day(match[1]) if match else None
    if match is None or day is None:
        return None, "is not a date and time like 2025-11-04T10:00:00, in whole seconds"
    try:
        naive = datetime.fromisoformat(f"{match[1]}T{match[2]}")
        if match[3]:
            return datetime.fromisoformat(f"{naive.isoformat()}{match[3]}").astimezone(UTC), ""
    except ValueError:
        return None, "is not a date and time like 2025-11-04T10:00:00, in whole seconds"
    instant = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != naive:
        return None, "does not exist: the clocks are set forward over it; give the time with its offset"
    return instant, ""


class Fields:
    """One row's fields. Each getter returns the value, or None (empty text) and remembers the fault."""

    def __init__(self, row: Mapping[str, str], zone: ZoneInfo) -> None:
        self._row = row
        self._zone = zone
        self._faults: list[tuple[str, str, str]] = []

    def text(self, name: str) -> str:
        """The field's text without surrounding space; empty where not recorded."""
        return self._row.get(name, "").strip()

    def required(self, name: str) -> str:
        """The field's text; empty is a fault."""
        text = self.text(name)
        if not text:
            self.missing(name)
        return text

    def day(self, name: str, required: bool = False) -> date | None:
        """A day, ``YYYY-MM-DD``."""
        text = self.required(name) if required else self.text(name)
        if not text:
            return None
        day = parse_day(text)
        if day is None:
            self.bad(name, f"{_shown(text)} is not a date like 2025-11-04")
        return day

    def instant(self, name: str, required: bool = False) -> datetime | None:
        """An instant in UTC, read by ``parse_instant``."""
        text = self.required(name) if required else self.text(name)
        if not text:
            return None
        instant, fault = parse_instant(text, self._zone)
        if fault:
            self.bad(name, f"{_shown(text)} {fault}")
        return instant

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number from ``least`` to ``most``."""
        text = self.text(name)
        if not text:
            return None
        if not _WHOLE.match(text) or not least <= int(text) <= most:
            self.bad(name, f"{_shown(text)} is not a whole number from {least} to {most}")
            return None
        return int(text)

    def month(self, name: str) -> ServiceMonth | None:
        """A service month, ``YYYY-MM``; empty is a fault."""
        text = self.required(name)
        try:
            return ServiceMonth.parse(text) if text else None
        except ValueError:
            self.bad(name, f"{text[:20]!r} is not a month like 2025-11")
            return None

    def choice(self, name: str, allowed: Collection[str], required: bool = False) -> str:
        """One of the allowed words; upper and lower case are one."""
        text = self.required(name) if required else self.text(name)
        word = next((a for a in allowed if a.casefold() == text.casefold()), "")
        if text and not word:
            self.bad(name, f"{_shown(text)} is not one of {', '.join(sorted(allowed))}")
        return word

    def yes_no(self, name: str) -> bool | None:
        """True for yes, False for no, None where not recorded."""
        return {"yes": True, "no": False}.get(self.choice(name, ("yes", "no")))

    def words(self, name: str, allowed: Collection[str]) -> frozenset[str]:
        """A list of allowed words separated by semicolons."""
        found = {word.strip().casefold() for word in self.text(name).split(";")} - {""}
        if not found <= set(allowed):
            self.bad(name, f"{_shown(self.text(name))} has a word that is not one of {', '.join(sorted(allowed))}")
        return frozenset(found & set(allowed))

    def fault(self, reason: str, name: str, detail: str) -> None:
        """Remember a fault that was found where the row was read; its field, told once, is not told again as empty."""
        self._faults.append((reason, name, detail))

    def missing(self, name: str) -> None:
        """Remember that a required field is empty."""
        if any(name == told for _, told, _ in self._faults):
            return
        self._faults.append(("row.missing_field", name, "is empty"))

    def bad(self, name: str, detail: str) -> None:
        """Remember that a field's value is not one of its kind."""
        self._faults.append(("row.bad_value", name, detail))

    @property
    def faulty(self) -> bool:
        """Whether any fault was found."""
        return bool(self._faults)

    @property
    def faults(self) -> tuple[tuple[str, str, str], ...]:
        """Every fault found: reason, field, detail."""
        return tuple(self._faults)

    def reject(self, source: Source) -> Reject:
        """The row's Reject: the first fault's reason and field, with every fault in the detail."""
        reason, name, _ = self._faults[0]
        return Reject(source, reason, name, "; ".join(f"{field} {detail}" for _, field, detail in self._faults))


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
