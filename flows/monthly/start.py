"""Starting practices' months through their deployments, never one that waits or runs already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterTags
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import ObjectNotFound
from prefect.states import Scheduled

from flows.ccm.service_month import ServiceMonth
from flows.deployments import FLOW
from flows.monthly.asked import tags_of
from flows.monthly.sign_of_life import is_lost
from flows.monthly.whole_answer import whole_answer
from flows.tenancy import SetupError

_LOST = "No sign of life for five minutes, and started again: back to the queue."
_CRASHED = "Crashed, and started again: back to the queue."


@dataclass(frozen=True, slots=True)
class Started:
    """What came of asking for a practice's month: its run, and whether that is ``new``, put back too, or one at work already."""

    practice: str
    run: str
    state: str
    new: bool


def start(practices: Sequence[str], month: ServiceMonth, queue: str, done: Sequence[str] = ()) -> tuple[Started, ...]:
    """A run for each practice that has none waiting or at work for the month. One that was lost, or has crashed and may be put
    back at any moment, is put back into its queue: two would come of a new one.

    Of those that are ``done``, a run that was lost after it sealed is put back too, so that it ends, and no other is made.

    Raises SetupError with a line for each practice that has no deployment; then nothing is started.
    """
    with get_client(sync_client=True) as client:
        found, problems = {}, []
        for slug in practices:
            try:
                found[slug] = (client.read_deployment_by_name(f"{FLOW}/{slug}")).id
            except ObjectNotFound:
                deploy = "`ccm deployments write`, then `prefect deploy --all --prefect-file infra/prefect.yaml`"
                problems.append(f"{slug}: has no deployment on this server; run {deploy}")
        if problems:
            raise SetupError(problems)
        started = []
        for slug in (*found, *done):
            before = _runs(client, slug, month)
            alive = next((run for run in before if run.state is not None and not run.state.is_final()), None)
            if alive and is_lost(client, alive):
                started.append(_put_back(client, slug, alive, _LOST))
                continue
            if slug not in found:
                continue
            crashed = _newest_crashed(before)
            if alive is None and crashed is not None:
                started.append(_put_back(client, slug, crashed, _CRASHED))
                continue
            run = alive or client.create_flow_run_from_deployment(
                found[slug],
                parameters={"practice": slug, "month": str(month)},
                state=Scheduled(),
                name=f"{slug} {month}",
                tags=tags_of(slug, month),
                idempotency_key=idempotency_key(slug, month, len(before) + 1),
                work_queue_name=queue,
            )
            started.append(Started(slug, str(run.id), str(run.state_name or "Scheduled"), alive is None))
        return tuple(started)


def _put_back(client: SyncPrefectClient, practice: str, run: FlowRun, why: str) -> Started:
    client.set_flow_run_state(run.id, Scheduled(message=why), force=True)
    return Started(practice, str(run.id), "Scheduled", True)


def _newest_crashed(runs: Sequence[FlowRun]) -> FlowRun | None:
    """The newest of ended runs, where it crashed."""
    newest = max(runs, key=lambda run: (run.created or datetime.min.replace(tzinfo=UTC), str(run.id)), default=None)
    return newest if newest is not None and newest.state is not None and newest.state.is_crashed() else None


def idempotency_key(practice: str, month: ServiceMonth, attempt: int) -> str:
    """What two who start one practice's month at the same instant both say, so that one run comes of it."""
    return f"{practice}:{month}:{attempt}"


def _runs(client: SyncPrefectClient, practice: str, month: ServiceMonth) -> list[FlowRun]:
    """Every run of the practice's month, whoever started it."""
    wanted = FlowRunFilter(tags=FlowRunFilterTags(all_=tags_of(practice, month)))
    return whole_answer(client.read_flow_runs, flow_run_filter=wanted)
