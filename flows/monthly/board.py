"""What the ops board shows besides Prefect's own pages: a table a practice, and one a month with every practice's row."""

from __future__ import annotations

import json
from typing import Any

from prefect import get_run_logger
from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    ArtifactCollectionFilter,
    ArtifactCollectionFilterKey,
    FlowRunFilter,
    FlowRunFilterTags,
)
from prefect.client.schemas.sorting import FlowRunSort

from flows.outcome import Outcome, row

_PAGE = 200  # as many as the server gives at once


def tell(outcome: Outcome) -> None:
    """Put a month's outcome on the board. A board that cannot be written is logged, and stops nothing."""
    try:
        create_table_artifact(
            key=f"month-{outcome.practice}-{outcome.month}",
            table=[row(outcome)],
            description=f"{outcome.practice} {outcome.month}",
        )
        _month_table(outcome.month)
    except Exception as error:
        get_run_logger().warning("the board was not written: %s", type(error).__name__)


def _month_table(month: str) -> None:
    """Every practice's newest row. Two runs that end together could each miss the other's: who wrote last looks again."""
    written: list[dict[str, Any]] = []
    while written != (table := _rows(month)):
        create_table_artifact(
            key=f"month-{month}", table=table, description=f"Service month {month}: done, held up, failed, and why"
        )
        written = table


def _rows(month: str) -> list[dict[str, Any]]:
    """A row for each practice with a run of the month: what it came to, or the state of its newest run where that is not told."""
    told = {item["practice"]: item for item in _told(month)}
    states = _states(month)
    return [told[name] if name in told else {"practice": name, "state": states[name]} for name in sorted(told | states)]


def _told(month: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(like_=f"month-%-{month}"))
    with get_client(sync_client=True) as client:
        while page := client.read_latest_artifacts(artifact_filter=wanted, limit=_PAGE, offset=len(found)):
            found += [json.loads(str(item.data))[0] for item in page]
            if len(page) < _PAGE:
                break
    return found


def _states(month: str) -> dict[str, str]:
    """The state of each practice's newest run of the month. This run's own is its past: a row tells more."""
    states: dict[str, str] = {}
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=[f"month:{month}"]))
    offset = 0
    with get_client(sync_client=True) as client:
        while page := client.read_flow_runs(
            flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=_PAGE, offset=offset
        ):
            offset += len(page)
            for run in page:
                for tag in run.tags:
                    if tag.startswith("practice:"):
                        states.setdefault(tag.removeprefix("practice:"), str(run.state_name))
            if len(page) < _PAGE:
                break
    return states
