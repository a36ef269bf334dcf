"""The parts of a real cluster killed in the middle of a month: flow process, worker, server, PostgreSQL.

A round is a month of small invented practices from `ccm start`. When a drawn number of S3 requests has passed, the drawn part
is killed with -9; it is started again and the rest is left to the automations, then to `ccm start --unfinished`, as the runbook
says. Then the bucket must be the one that an undisturbed round leaves.
"""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from flows import packets
from flows.settings import Settings, from_environment
from flows.store import Store, client
from flows.tenancy import practice_slugs
from infra.cluster import Cluster, ClusterError
from infra.cluster_month import prepare, wait
from infra.cluster_practices import MONTH
from tests.soak.faulty_s3 import FaultyS3, Request, sound_s3
from tests.soak.small_month import left

FLOW, WORKER, BOTH, SERVER, POSTGRES = "flow process", "worker alone", "worker and its flow", "server", "postgres"
VICTIMS = (FLOW, WORKER, BOTH, SERVER, POSTGRES)
# not below a temporary folder of root's, which PostgreSQL's user may not enter
FOLDER = Path(__file__).parents[3] / "out/soak-cluster"
_PATIENCE = 1200  # seconds for a month's runs to end
_REFUSALS = 60


@dataclass(slots=True)
class Found:
    """What the rounds came to: kills by victim and state left, and how each was recovered; a line for each that went wrong."""

    kills: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def rounds(count: int, seed: int, practices: int = 2, told: Callable[[str], None] = lambda _: None) -> Found:
    """Kill a part in each of ``count`` rounds, each kind of part in turn; ``seed`` says which first, and the points."""
    found, draw = Found(), Random(seed)
    with sound_s3() as behind, FaultyS3(behind) as proxy:
        os.environ["CCM_S3_ENDPOINT"] = proxy.endpoint
        if FOLDER.exists():  # its storage ended with the soak that made it
            Cluster(FOLDER).down()
            shutil.rmtree(FOLDER)
        cluster = Cluster(FOLDER)
        try:
            prepare(cluster, practices, sizes=(2, 3))
            for worker in cluster.workers:
                cluster.start(worker)
            own = replace(from_environment(cluster.environment), endpoint=behind)
            told("an undisturbed month first")
            proxy.restart_numbers()
            _bill(cluster)
            expected, requests = left(own), proxy.requests
            told(f"{requests} requests, {len(expected)} objects")
            for number in range(count):
                _clear(own)
                victim, at = VICTIMS[(number + seed) % len(VICTIMS)], draw.randint(1, requests - 1)
                line = _round(cluster, proxy, own, victim, at, expected, found)
                told(f"round {number + 1} of {count}: {victim} at request {at} of {requests}: {line}")
        finally:
            cluster.down()
    return found


def _round(cluster: Cluster, proxy: FaultyS3, own: Settings, victim: str, at: int, expected: dict[str, str], found: Found) -> str:
    due, killed = threading.Event(), threading.Event()

    def watch(request: Request, stored: bool) -> bool:
        if request.number >= at and not killed.is_set():
            due.set()
            killed.wait(60)  # the storage waits until the part is dead
        return False

    proxy.restart_numbers()
    proxy.watch = watch
    started = cluster.command("start", str(MONTH))
    try:
        if started.returncode or not due.wait(_PATIENCE):
            found.wrong.append(f"{victim}: no run came to request {at}: {started.stderr.strip()[-200:]}")
            return "not killed"
        state = f"{_sealed(own)} sealed"
        back = _kill(cluster, victim)
    finally:
        killed.set()
        proxy.watch = lambda _, __: False
    for part in back:
        cluster.start(part)
    _wait(cluster)
    how = "by itself"
    if _sealed(own) < len(practice_slugs(own.tenants)) or left(own) != expected:
        how = "ccm start --unfinished"
        _bill(cluster, "--unfinished")
    now = left(own)
    if now != expected:
        missing, more = len(expected.keys() - now.keys()), len(now.keys() - expected.keys())
        found.wrong.append(
            f"{victim} at {at}: {missing} missing, {more} more, {sum(now[k] != expected.get(k) for k in now)} other"
        )
        how = "WRONG"
    found.kills[victim, state, how] += 1
    return f"{state}, {how}"


def _kill(cluster: Cluster, victim: str) -> tuple[str, ...]:
    """Kill a part with -9 and return what must be started again. Of two workers it is one that has a flow process."""
    if victim in (SERVER, POSTGRES):
        cluster.kill(victim)
        return (victim,)
    worker = next(name for name in cluster.workers if cluster.flow_processes(name))
    if victim == FLOW:
        os.kill(cluster.flow_processes(worker)[0], signal.SIGKILL)
        return ()
    cluster.kill(worker, whole=victim == BOTH)
    return (worker,)


def _bill(cluster: Cluster, *how: str) -> None:
    started = cluster.command("start", str(MONTH), *how)
    assert started.returncode == 0, started.stderr
    _wait(cluster)


def _wait(cluster: Cluster) -> None:
    """Wait for the month's runs; a server whose database is still being recovered refuses, and is asked again."""
    for _ in range(_REFUSALS):
        try:
            wait(cluster, _PATIENCE)
            return
        except OSError:
            time.sleep(2)
    raise ClusterError("the server refuses to tell of the month's runs; see its log")


def _sealed(own: Settings) -> int:
    return sum(bool(packets.sealed_numbers(Store(own, slug), MONTH)) for slug in practice_slugs(own.tenants))


def _clear(own: Settings) -> None:
    """Take away what a round made, so that the next begins with the inbox alone."""
    s3 = client(own)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=own.bucket):
        for item in page.get("Contents", ()):
            if "/inbox/" not in item["Key"]:
                s3.delete_object(Bucket=own.bucket, Key=item["Key"])


def report(found: Found, console: Console) -> None:
    """Print kills by victim, what was there then, how it was recovered, and what went wrong."""
    table = Table(title=f"Parts killed: {sum(found.kills.values())}")
    for heading in ("victim", "packets then", "recovered", "kills"):
        table.add_column(heading, justify="right" if heading == "kills" else "left")
    for (victim, state, how), times in sorted(found.kills.items()):
        table.add_row(victim, state, how, str(times))
    console.print(table)
    for line in found.wrong:
        console.print(f"WRONG {line}", soft_wrap=True)
    console.print(f"Lost, double or left held: {len(found.wrong)} of {sum(found.kills.values())}")
