"""The month a user asks for: read, and refused where it cannot be billed yet. The only place that asks for the clock."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.commands.exits import UsageProblem
from flows.rulebook.resolve import load


def service_month(text: str) -> ServiceMonth:
    """Read a month of the rulebook's time. Raises UsageProblem with one line, or the rulebook's own set-up error."""
    try:
        month = ServiceMonth.parse(text)
    except ValueError as error:
        raise UsageProblem(str(error)) from None
    first = ServiceMonth.parse(load().files.first_month)
    if month < first:
        raise UsageProblem(f"service month {month} lies before {first}, the first month whose rules are kept; choose a later one")
    return month


def refuse_unfinished(month: ServiceMonth, practice: Practice) -> None:
    """Raise UsageProblem where the month is not over in the practice's time zone: its minutes are not all in."""
    if _before(month.start(ZoneInfo(practice.time_zone))):
        raise UsageProblem(f"service month {month} lies in the future for {practice.slug}; choose a month that is over")
    if _before(month.end(ZoneInfo(practice.time_zone))):
        raise UsageProblem(f"service month {month} is not yet over for {practice.slug}; run it when it is")


def refuse_future(month: ServiceMonth, practice: Practice) -> None:
    """Raise UsageProblem where the month has not begun in the practice's time zone."""
    if _before(month.start(ZoneInfo(practice.time_zone))):
        raise UsageProblem(f"service month {month} lies in the future for {practice.slug}; choose one that has begun")


def this_instant() -> datetime:
    """Now, to the second, as UTC: when a person said something that is kept."""
    return datetime.now(UTC).replace(microsecond=0)


def _before(instant: datetime) -> bool:
    return datetime.now(UTC) < instant
