"""The month a run is asked for: named, or the one before its scheduled start, which a run keeps however late it starts."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from prefect.client.orchestration import get_client
from prefect.runtime import flow_run

from flows.ccm.service_month import ServiceMonth
from flows.deployments import PREVIOUS
from flows.tenancy import SetupError


def asked_month(practice: str, month: str, time_zone: str) -> ServiceMonth:
    """The service month of the run that this is called in. One found by its schedule is put into the run's name and tags.

    Raises SetupError for what is no month, and for one that was not over when the run was to start: its minutes are not all in.
    """
    found = month_before(flow_run.scheduled_start_time, time_zone)
    if month != PREVIOUS:
        return _over(practice, month, found)
    with get_client(sync_client=True) as client:
        # a set, as the parent's tags and the deployment's may hold some already
        labels = sorted({*flow_run.tags, *tags_of(practice, found)})
        client.update_flow_run(flow_run.id, name=f"{practice} {found}", tags=labels)
    return found


def _over(practice: str, text: str, last: ServiceMonth) -> ServiceMonth:
    try:
        month = ServiceMonth.parse(text)
    except ValueError as error:
        raise SetupError([f"{practice}: {error}; give a month, or {PREVIOUS}"]) from None
    if month > last:
        raise SetupError([f"{practice}: service month {month} was not over at this run's scheduled start; run it when it is"])
    return month


def month_before(instant: datetime, time_zone: str) -> ServiceMonth:
    """The last month that was over at an instant, in a practice's zone."""
    local = instant.astimezone(ZoneInfo(time_zone)).date()
    return ServiceMonth.of(local.replace(day=1) - timedelta(days=1))


def tags_of(practice: str, month: ServiceMonth) -> list[str]:
    """The tags that an operator filters runs by."""
    return [f"practice:{practice}", f"month:{month}"]
