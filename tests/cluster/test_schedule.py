"""A scheduled run, as Prefect itself reckons its dates, bills each month once: in every zone, across every change of clocks."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from prefect.server.schemas.schedules import CronSchedule

from flows.ccm.practice import Schedule
from flows.ccm.service_month import ServiceMonth
from flows.deployments import cron
from flows.monthly.asked import month_before
from tests.claims.examples import OFFICE

ZONES = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Juneau",
    "Pacific/Honolulu",
    "America/Puerto_Rico",
    "Pacific/Guam",
)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("schedule", [Schedule(1, "00:00"), Schedule(1, "02:00"), Schedule(2, "05:59"), Schedule(3, "23:59")])
def test_each_month_is_billed_once_and_at_the_hour_that_the_practice_chose(zone: str, schedule: Schedule):
    expression = cron(replace(OFFICE, schedule=schedule))
    start = datetime(2025, 1, 1, tzinfo=ZoneInfo(zone))
    dates = asyncio.run(CronSchedule(cron=expression, timezone=zone).get_dates(48, start))
    local = [date.astimezone(ZoneInfo(zone)) for date in dates]
    assert {(date.day, date.strftime("%H:%M")) for date in local} == {(schedule.night, schedule.at)}
    months = [month_before(date, zone) for date in dates]
    following = [ServiceMonth(2024, 12)] + [ServiceMonth(2025 + i // 12, i % 12 + 1) for i in range(47)]
    assert months == following


@pytest.mark.parametrize(
    ("instant", "zone", "month"),
    [
        ("2025-12-01T04:59:59+00:00", "America/New_York", "2025-10"),  # still November there
        ("2025-12-01T05:00:00+00:00", "America/New_York", "2025-11"),
        ("2025-12-01T07:00:00+00:00", "America/Los_Angeles", "2025-10"),
        ("2025-11-30T14:00:00+00:00", "Pacific/Guam", "2025-11"),  # December there already
        ("2026-01-02T10:30:00+00:00", "America/Los_Angeles", "2025-12"),
        ("2025-11-02T09:30:00+00:00", "America/Chicago", "2025-10"),  # the night in which the clocks go back
    ],
)
def test_the_month_before_is_the_last_that_was_over_in_the_practices_zone(instant: str, zone: str, month: str):
    assert str(month_before(datetime.fromisoformat(instant), zone)) == month
