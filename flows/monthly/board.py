"""What the ops board shows besides Prefect's own pages: a row a practice, and the month's table, which is made at intervals."""

from __future__ import annotations

from datetime import UTC, datetime

from prefect import get_run_logger
from prefect.artifacts import TableArtifact
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Scheduled

from flows.deployments import TABLE
from flows.monthly.table import write_month_table
from flows.outcome import Outcome, row

_EVERY = 300  # seconds: a table a month and interval, however many runs end in it
_AHEAD = 10  # seconds: the table's run must not have begun before the row was to be read


def tell(outcome: Outcome) -> None:
    """Put a month's outcome on the board. A board that cannot be written is logged, and stops nothing."""
    try:
        key = f"month-{outcome.practice}-{outcome.month}"
        told = TableArtifact(key=key, table=[row(outcome)], description=f"{outcome.practice} {outcome.month}").create()
        if flow_run.parent_flow_run_id is None:  # else the run of all practices writes the table once
            _table(outcome.month, told.created)
    except Exception as error:
        get_run_logger().warning("the board was not written: %s", type(error).__name__)


def tell_month(month: str) -> None:
    """Write the month's table now. What ``tell`` says of a board that cannot be written holds here too."""
    try:
        write_month_table(month)
    except Exception as error:
        get_run_logger().warning("the board was not written: %s", type(error).__name__)


def due(told: datetime) -> datetime:
    """When the table is made that shows what was told at an instant of the server's clock (aware): some five minutes later."""
    return datetime.fromtimestamp((int(told.timestamp()) + _AHEAD) // _EVERY * _EVERY + _EVERY, UTC)


def _table(month: str, told: datetime) -> None:
    """Ask for the month's table where it has a deployment; on a single machine without, write it at once."""
    at = due(told)
    with get_client(sync_client=True) as client:
        try:
            deployment = client.read_deployment_by_name(f"{TABLE}/{TABLE}").id
        except ObjectNotFound:
            write_month_table(month)
            return
        client.create_flow_run_from_deployment(
            deployment,
            parameters={"month": month},
            state=Scheduled(scheduled_time=at),
            name=f"table {month}",
            idempotency_key=f"{TABLE}:{month}:{at.isoformat()}",
        )
