"""Whether a run that the server calls at work is: one that died together with the server may be called so for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.events.filters import EventFilter, EventOccurredFilter, EventResourceFilter

# Ten heartbeats, and as long as an automation leaves a run that a worker took and has not begun.
_SILENCE = timedelta(seconds=300)


def is_lost(client: SyncPrefectClient, run: FlowRun) -> bool:
    """Whether a run was taken by a worker, and neither its state nor a heartbeat has told of it for five minutes.

    Automations find such runs, but what an automation was about to do is forgotten by a server that is killed.
    """
    since = datetime.now(UTC) - _SILENCE
    if run.state is None or not (run.state.is_running() or run.state.is_pending()) or run.state.timestamp > since:
        return False
    told = EventFilter(occurred=EventOccurredFilter(since=since), resource=EventResourceFilter(id=[f"prefect.flow-run.{run.id}"]))
    return not client.read_events(filter=told, limit=1).events
