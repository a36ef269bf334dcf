"""The month's table on the ops board: every practice's row, made from what each practice's newest run told."""

from __future__ import annotations

import json
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactCollectionFilter, ArtifactCollectionFilterKey

from flows.deployments import TABLE
from flows.monthly.newest_runs import newest_runs
from flows.monthly.whole_answer import whole_answer


@flow(name=TABLE, flow_run_name="table {month}", persist_result=False, validate_parameters=True)
def month_table(month: str) -> None:
    """Write the month's table: one run for all that ended since the last. ``month`` is like ``2025-11``.

    Raises what the client raises where the server does not answer.
    """
    write_month_table(month)


def write_month_table(month: str) -> None:
    """Every practice's newest row. Two that write at once could each miss what the other saw: who wrote last looks again."""
    written: list[dict[str, Any]] = []
    while written != (table := _rows(month)):
        create_table_artifact(
            key=f"month-{month}", table=table, description=f"Service month {month}: done, held up, failed, and why"
        )
        written = table


def _rows(month: str) -> list[dict[str, Any]]:
    """A row for each practice with a run of the month: what it came to, and where a newer run is not done, that one's state."""
    told, runs = _told(month), newest_runs(month)
    rows = []
    for name in sorted(told.keys() | runs.keys()):
        told_by, found = told.get(name, ("", {"practice": name}))
        run = runs.get(name)
        before = f", before that {found['state']}" if "state" in found else ""
        rows.append(found if run is None or run.id == told_by else {**found, "state": run.state.lower() + before, "why": run.why})
    return rows


def _told(month: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """By practice: the run that told last what the month came to, and the row it told."""
    wanted = ArtifactCollectionFilter(key=ArtifactCollectionFilterKey(like_=f"month-%-{month}"))
    with get_client(sync_client=True) as client:
        found = whole_answer(client.read_latest_artifacts, artifact_filter=wanted)
    rows = [(str(item.flow_run_id), json.loads(str(item.data))[0]) for item in found]
    return {row["practice"]: (run, row) for run, row in rows}
