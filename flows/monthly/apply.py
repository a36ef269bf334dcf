"""What the deployments stand on: the work pool with its queues, a limit for each practice, the automations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectNotFound
from prefect.workers.process import ProcessWorker

from flows.deployments import FLOW, POOL, QUEUES
from flows.monthly.automations import apply_automations
from flows.monthly.turn import limit_name

_BLOCK = "ccm-ops"
_PAGE = 200  # as many as the server gives at once


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
    return asyncio.run(_apply(practices, kept, at_once, address))


async def _apply(practices: Sequence[str], kept: Sequence[str], at_once: int | None, address: str) -> Applied:
    async with get_client() as client:
        await _pool(client, at_once)
        for slug in practices:
            await client.upsert_global_concurrency_limit_by_name(limit_name(slug), 1)
        told = await _block(address) if address else None
        removed = await _remove(client, kept)
        return Applied(len(practices), await apply_automations(client, told), told is not None, removed)


async def _remove(client: PrefectClient, kept: Sequence[str]) -> tuple[str, ...]:
    """Take away the deployments of practices that are not kept, and say whose those were."""
    found: list[DeploymentResponse] = []
    ours = FlowFilter(name=FlowFilterName(any_=[FLOW]))
    while page := await client.read_deployments(flow_filter=ours, limit=_PAGE, offset=len(found)):
        found += page
        if len(page) < _PAGE:
            break
    gone = sorted((item for item in found if item.name not in kept), key=lambda item: item.name)
    for item in gone:
        with suppress(ObjectNotFound):
            await client.delete_deployment(item.id)
        with suppress(ObjectNotFound):
            await client.delete_global_concurrency_limit_by_name(limit_name(item.name))
    return tuple(item.name for item in gone)


async def _pool(client: PrefectClient, at_once: int | None) -> None:
    """The pool keeps the type that it has: a process on a machine, or a container in a cloud."""
    try:
        await client.read_work_pool(POOL)
        await client.update_work_pool(POOL, WorkPoolUpdate(concurrency_limit=at_once))
    except ObjectNotFound:
        template = ProcessWorker.get_default_base_job_template()
        await client.create_work_pool(
            WorkPoolCreate(name=POOL, type="process", base_job_template=template, concurrency_limit=at_once)
        )
    for name, priority in QUEUES.items():
        try:
            queue = await client.read_work_queue_by_name(name, work_pool_name=POOL)
            await client.update_work_queue(queue.id, priority=priority)
        except ObjectNotFound:
            await client.create_work_queue(name, priority=priority, work_pool_name=POOL)


async def _block(address: str) -> UUID:
    block = CustomWebhookNotificationBlock(name=_BLOCK, url=address, json_data={"text": "{{subject}}\n{{body}}"})
    return UUID(str(await block.save(_BLOCK, overwrite=True)))
