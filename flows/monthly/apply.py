"""What the deployments stand on: the work pool with its queues, a limit for each practice, the automations."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from flows.deployments import FLOW, POOL, QUEUES
from flows.monthly.automations import apply_automations
from flows.monthly.turn import limit_name
from flows.monthly.whole_answer import whole_answer

_BLOCK = "ccm-ops"


@dataclass(frozen=True, slots=True)
class Applied:
    """What the server holds now: practices with a limit of their own, automations, and whether messages go anywhere.

    ``removed`` are the practices whose deployment was taken away.
    """

    practices: int
    automations: int
    told: bool
    removed: tuple[str, ...] = ()


def apply(practices: Sequence[str], kept: Sequence[str], at_once: int | None, address: str) -> Applied:
    """Make the server what it should be; what is right already stays. No run at work is touched.

    ``practices`` get a limit. A practice with a deployment that is not among ``kept`` has left: the deployment is removed, with
    the runs that wait for their time and the limit. ``at_once`` is how many practices may run together, over all workers; None:
    as many as workers take. ``address`` is the webhook that messages are posted to, or empty.
    """
    with get_client(sync_client=True) as client:
        _pool(client, at_once)
        for slug in practices:
            client.upsert_global_concurrency_limit_by_name(limit_name(slug), 1)
        told = _block(address) if address else None
        removed = _remove(client, kept)
        return Applied(len(practices), apply_automations(client, told), told is not None, removed)


def _remove(client: SyncPrefectClient, kept: Sequence[str]) -> tuple[str, ...]:
    """Take away the deployments of practices that are not kept, and say whose those were."""
    ours = FlowFilter(name=FlowFilterName(any_=[FLOW]))
    found = whole_answer(client.read_deployments, flow_filter=ours)
    gone = sorted((item for item in found if item.name not in kept), key=lambda item: item.name)
    for item in gone:
        with suppress(ObjectNotFound):
            client.delete_deployment(item.id)
        with suppress(ObjectNotFound):
            client.delete_global_concurrency_limit_by_name(limit_name(item.name))
    return tuple(item.name for item in gone)


def _pool(client: SyncPrefectClient, at_once: int | None) -> None:
    """The pool keeps the type that it has: a process on a machine, or a container in a cloud."""
    try:
        client.read_work_pool(POOL)
        client.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=at_once))
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process", base_job_template=template, concurrency_limit=at_once))
    for name, priority in QUEUES.items():
        try:
            queue = client.read_work_queue_by_name(name, work_pool_name=POOL)
            client.update_work_queue(queue.id, priority=priority)
        except ObjectNotFound:
            client.create_work_queue(name, priority=priority, work_pool_name=POOL)


def _block(address: str) -> UUID:
    block = CustomWebhookNotificationBlock(name=_BLOCK, url=address, json_data={"text": "{{subject}}\n{{body}}"})
    return UUID(str(block.save(_BLOCK, overwrite=True)))
