"""The days on which a practice's staff work, by day number from the service month's first day (0)."""

from __future__ import annotations

from datetime import date, timedelta

from flows.ccm.service_month import ServiceMonth

_FIXED_HOLIDAYS = ((1, 1), (7, 4), (11, 11), (12, 25))


def is_workday(day: date) -> bool:
    """Monday to Friday, but for New Year's Day, July 4, Veterans Day, Thanksgiving and Christmas."""
    thanksgiving = day.month == 11 and day.weekday() == 3 and 22 <= day.day <= 28
    return day.weekday() < 5 and (day.month, day.day) not in _FIXED_HOLIDAYS and not thanksgiving


def workdays(month: ServiceMonth) -> tuple[int, ...]:
    """The month's working days, 0 being its first day."""
    first = month.first_day
    return tuple(n for n in range(month.last_day.day) if is_workday(first + timedelta(days=n)))


def workday_before(month: ServiceMonth) -> int:
    """The last working day before the month, as a negative number."""
    return next(-n for n in range(1, 15) if is_workday(month.first_day - timedelta(days=n)))


def workday_after(month: ServiceMonth) -> int:
    """The first working day after the month."""
    last = month.last_day.day
    return next(n for n in range(last, last + 15) if is_workday(month.first_day + timedelta(days=n)))
