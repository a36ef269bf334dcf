"""The calendar month billed, in the practice's time zone."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_PATTERN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])\Z", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class ServiceMonth:
    """A calendar month; ordered by time. Its instants depend on a time zone, its days do not."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> ServiceMonth:
        """Read ``YYYY-MM``. Raises ValueError with a sentence a user can act on."""
        match = _PATTERN.match(text)
        if match is None or int(match[1]) < 1:
            raise ValueError(f"service month {text!r} is not of the form YYYY-MM, like 2025-11")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> ServiceMonth:
        """The service month that a calendar day lies in."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """The month's first calendar day."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """The month's last calendar day."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    def start(self, zone: ZoneInfo) -> datetime:
        """The instant the month begins in ``zone``, as UTC."""
        return midnight(self.first_day, zone)

    def end(self, zone: ZoneInfo) -> datetime:
        """The first instant after the month in ``zone``, as UTC."""
        return midnight(self.last_day + timedelta(days=1), zone)

    def contains(self, day: date) -> bool:
        """Whether a calendar day lies in the month."""
        return self.first_day <= day <= self.last_day

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant a local calendar day begins, as UTC: elapsed time is measured on UTC, days on local time."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
