"""The parts of a real cluster killed in the middle of a month: flow processes, workers, server, PostgreSQL, several at a time.

A round is a month of small invented practices from `ccm start`. Each practice's run loses a drawn part at a drawn request of that
practice, and at another the server or PostgreSQL dies under all. Each is killed with -9 and started again at once; the rest is
left to the automations, then to `ccm start --unfinished`, as the runbook says. Then the bucket must be the one that an
undisturbed round leaves, byte for byte.
"""

from __future__ import annotations

import os
import shutil
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

from flows import packets
from flows.registry import Entry, Registry, registry_key
from flows.settings import Settings, from_environment
from flows.store import REGISTRY, RegistryStore, Store, client
from flows.tenancy import practice_slugs
from infra.cluster import Cluster, ClusterError
from infra.cluster_month import prepare, runs_of, wait
from infra.cluster_practices import MONTH
from tests.soak.faulty_s3 import FaultyS3, Request, sound_s3
from tests.soak.kills.blows import Blow, drawn
from tests.soak.kills.killer import Killer
from tests.soak.kills.stage import stage_of
from tests.soak.small_month import left

# not below a temporary folder of root's, which PostgreSQL's user may not enter
FOLDER = Path(__file__).parents[3] / "out/soak-cluster"
BY_ITSELF, BY_HAND, WRONG = "by itself", "ccm start --unfinished", "WRONG"
_PATIENCE = 1200  # seconds for a month's runs to end
_REFUSALS = 60
_FLOW_ENDS = 120  # seconds for the process of a run that has ended, or was given up for dead and lives


@dataclass(slots=True)
class Found:
    """What rounds came to: ``kills`` by victim, what the run was doing, how it recovered; ``runs`` that lost a part, by how.

    ``parts`` were killed, ``missed`` drawn and not struck. ``wrong`` has a line for each practice that did not recover.
    """

    kills: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    parts: int = 0
    missed: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What a month leaves that nothing disturbs: each object's ETag, whose it is, and how many requests each practice made."""

    objects: Mapping[str, str]
    owners: Mapping[str, str]
    requests: Mapping[str, int]

    def practice_of(self, request: Request) -> str:
        """The practice that a request is made for, "" where none: by its prefix, or by the claim in the registry."""
        return self.owners.get(request.key) or _prefix(request.key)

    def spoiled(self, objects: Mapping[str, str]) -> dict[str, list[str]]:
        """By practice the objects that are missing, other or too many in ``objects``."""
        differ = defaultdict(list)
        for key in sorted(self.objects.keys() | objects.keys()):
            if self.objects.get(key) != objects.get(key):
                differ[self.owners.get(key) or _prefix(key) or key].append(key)
        return dict(differ)


def rounds(runs: int, seed: int, practices: int = 10, workers: int = 4, told: Callable[[str], None] = lambda _: None) -> Found:
    """Rounds until at least ``runs`` practices' runs of a month have lost a part; ``seed`` draws which, and when."""
    found, draw = Found(), Random(seed)
    with sound_s3() as behind, FaultyS3(behind) as proxy:
        os.environ["CCM_S3_ENDPOINT"] = proxy.endpoint
        if FOLDER.exists():  # its storage ended with the soak that made it
            Cluster(FOLDER).down()
            shutil.rmtree(FOLDER)
        cluster = Cluster(FOLDER, workers)
        try:
            prepare(cluster, practices, sizes=(2, 3))
            for worker in cluster.workers:
                cluster.start(worker)
            own = replace(from_environment(cluster.environment), endpoint=behind)
            told("an undisturbed month first")
            undisturbed = _undisturbed(cluster, proxy, own)
            told(f"{sum(undisturbed.requests.values())} requests, {len(undisturbed.objects)} objects")
            number, begun = 0, time.monotonic()
            while sum(found.runs.values()) < runs:
                _clear(cluster, own)
                line = _round(cluster, proxy, own, undisturbed, drawn(undisturbed.requests, number, draw), found)
                number += 1
                told(f"{time.monotonic() - begun:.0f} s, round {number}: {line}; {sum(found.runs.values())} of {runs} runs")
        finally:
            cluster.down()
    return found


def _undisturbed(cluster: Cluster, proxy: FaultyS3, own: Settings) -> Undisturbed:
    """Bill a month and learn from it."""
    asked: list[str] = []

    def watch(request: Request, stored: bool) -> bool:
        if not stored:
            asked.append(request.key)
        return False

    proxy.restart_numbers()
    proxy.watch = watch
    _bill(cluster)
    proxy.watch = lambda _, __: False
    objects = left(own)
    owners = _owners(cluster, own, [key for key in objects if key.startswith(f"{REGISTRY}/")])
    slugs = practice_slugs(own.tenants)
    counts = Counter(owners.get(key) or _prefix(key) for key in asked)
    return Undisturbed(objects, owners, {slug: counts[slug] for slug in slugs})


def _owners(cluster: Cluster, own: Settings, keys: list[str]) -> dict[str, str]:
    """Whose the registry's entries are: told to whoever has the key alone."""
    secret = registry_key(from_environment(cluster.environment), test=True)
    owners = {}
    for slug in practice_slugs(own.tenants):
        records = RegistryStore(own, slug)
        registry = Registry(records, secret, slug)
        for name in (key.removeprefix(f"{REGISTRY}/") for key in keys):
            held = registry.entry(name)
            if isinstance(held, Entry) and held.holder == registry.holder(name):
                owners[f"{REGISTRY}/{name}"] = slug
    return owners


def _round(
    cluster: Cluster, proxy: FaultyS3, own: Settings, undisturbed: Undisturbed, blows: tuple[Blow, ...], found: Found
) -> str:
    def doing(request: Request, practice: str) -> str:
        return stage_of(request, bool(packets.sealed_numbers(Store(own, practice), MONTH)))

    killer = Killer(cluster, blows, undisturbed.practice_of, doing)
    proxy.restart_numbers()
    proxy.watch = killer.watch
    try:
        _start(cluster)
        killer.know({str(run["id"]): str(run["name"]).split()[0] for run in runs_of(cluster, str(MONTH))})
        _wait(cluster)
    finally:
        proxy.watch = lambda _, __: False
    killer.settle()
    _flows_end(cluster)
    unfinished = undisturbed.spoiled(left(own))
    if unfinished:
        _bill(cluster, "--unfinished")
    spoiled = undisturbed.spoiled(left(own))
    found.wrong += killer.wrong + [
        f"{slug}: {len(keys)} objects missing, other or too many, as {keys[0]}; killed: {_struck(killer, slug)}"
        for slug, keys in spoiled.items()
    ]
    struck = defaultdict(list)
    for kill in killer.kills:
        how = WRONG if kill.practice in spoiled else BY_HAND if kill.practice in unfinished else BY_ITSELF
        found.kills[kill.victim, kill.doing, how] += 1
        struck[kill.practice, how].append(kill.victim)
    found.runs.update(how for _, how in struck)
    found.parts += len(blows) - len(killer.missed)
    found.missed += len(killer.missed)
    told = Counter(f"{' + '.join(victims)}: {how}" for (_, how), victims in struck.items())
    return ", ".join(f"{count} {line}" for line, count in sorted(told.items()))


def _struck(killer: Killer, practice: str) -> str:
    return ", ".join(f"{kill.victim} while {kill.doing}" for kill in killer.kills if kill.practice == practice) or "nothing"


def _start(cluster: Cluster, *how: str) -> None:
    """`ccm start`, again where the server was killed under it."""
    for _ in range(_REFUSALS):
        started = cluster.command("start", str(MONTH), *how)
        if started.returncode == 0:
            return
        time.sleep(2)
    raise ClusterError(f"ccm start: {started.stderr.strip()[-300:]}")


def _bill(cluster: Cluster, *how: str) -> None:
    _start(cluster, *how)
    _wait(cluster)
    _flows_end(cluster)


def _wait(cluster: Cluster) -> None:
    """Wait for the month's runs; a server whose database is still being recovered refuses, and is asked again."""
    for _ in range(_REFUSALS):
        try:
            wait(cluster, _PATIENCE)
            return
        except OSError:
            time.sleep(2)
    raise ClusterError("the server refuses to tell of the month's runs; see its log")


def _flows_end(cluster: Cluster) -> None:
    """Wait for the flows' processes too: one that was given up for dead may still be writing."""
    until = time.monotonic() + _FLOW_ENDS
    while cluster.flow_runs():
        if time.monotonic() > until:
            raise ClusterError(f"flows live on after their runs have ended: processes {sorted(cluster.flow_runs().values())}")
        time.sleep(0.5)


def _prefix(key: str) -> str:
    slug = key.partition("/")[0]
    return "" if slug == REGISTRY else slug


def _clear(cluster: Cluster, own: Settings) -> None:
    """Take away what a round made, so that the next begins with the inbox alone.

    Its runs too: after a server's death Prefect may put a crashed one back a quarter of an hour later, in another round.
    """
    for run in runs_of(cluster, str(MONTH)):
        urllib.request.urlopen(
            urllib.request.Request(f"{cluster.api}/flow_runs/{run['id']}", method="DELETE"), timeout=60
        ).close()
    s3 = client(own)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=own.bucket):
        for item in page.get("Contents", ()):
            if "/inbox/" not in item["Key"]:
                s3.delete_object(Bucket=own.bucket, Key=item["Key"])
