"""Each practice's newest run of a month, as the Prefect server has it, and whether anything there begins runs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import WorkPoolStatus
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound

from flows.deployments import POOL
from flows.monthly.sign_of_life import is_lost
from flows.monthly.whole_answer import whole_answer

_PREFIX = re.compile(r"^Flow run encountered an exception: \w+: ")  # Prefect's words before ours

_IDLE = {WorkPoolStatus.NOT_READY: "no worker is polling", WorkPoolStatus.PAUSED: "the work pool is paused"}


@dataclass(frozen=True, slots=True)
class NewestRun:
    """A practice's newest run of a month: its id, its state's name and message (without PHI), since when (aware).

    ``lost`` is whether it is called at work and has given no sign of life for five minutes.
    """

    id: str
    state: str
    why: str
    since: datetime | None
    lost: bool = False


def newest_runs(month: str) -> dict[str, NewestRun]:
    """By practice: its newest run of the month. Raises what the client raises where the server does not answer."""
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"month:{month}"]))
    with get_client(sync_client=True) as client:
        found = whole_answer(client.read_flow_runs, flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_DESC)
        newest: dict[str, NewestRun] = {}
        for run in found:
            why, since = (_PREFIX.sub("", run.state.message or ""), run.state.timestamp) if run.state else ("", None)
            for practice in (tag.removeprefix("practice:") for tag in run.tags if tag.startswith("practice:")):
                if practice not in newest:
                    told = (str(run.id), str(run.state_name), " ".join(why.split()), since)
                    newest[practice] = NewestRun(*told, is_lost(client, run))
    return newest


def idle() -> str:
    """Why no run is begun at present, empty where a worker polls for them: the server calls one lost after three heartbeats
    of 30 seconds. Raises what the client raises where the server does not answer.
    """
    with get_client(sync_client=True) as client:
        try:
            pool = client.read_work_pool(POOL)
        except ObjectNotFound:
            return f"no work pool {POOL}"
    return _IDLE.get(pool.status, "") if pool.status else ""
