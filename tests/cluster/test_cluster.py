"""The real cluster: PostgreSQL, Prefect's server, workers as processes, one of them killed in the middle of a month.

Minutes long, so only where CCM_CLUSTER=1 asks for it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows import packets
from flows.settings import from_environment
from flows.store import Store
from flows.tenancy import practice_slugs
from infra.cluster import Cluster
from infra.cluster_month import prepare, runs_of, wait
from infra.cluster_practices import MONTH

pytestmark = [
    pytest.mark.skipif(os.environ.get("CCM_CLUSTER") != "1", reason="set CCM_CLUSTER=1 to run a cluster, some minutes"),
    pytest.mark.timeout(1200),
]
# not below pytest's own folder, which PostgreSQL's user may not enter
FOLDER = Path(__file__).parents[2] / "out/cluster-test"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    built = Cluster(FOLDER)
    try:
        prepare(built, 3)
        yield built
    finally:
        built.down()


def test_a_month_outlives_its_worker(cluster: Cluster):
    for worker in cluster.workers:
        cluster.start(worker)
    assert cluster.command("start", str(MONTH)).returncode == 0
    victim = _at_work(cluster)
    cluster.kill(victim, whole=True)
    runs = wait(cluster, 900)
    assert {run["state_type"] for run in runs} == {"COMPLETED"}
    assert sorted(run["run_count"] for run in runs) == [1, 1, 2], "the killed worker's run began again, the others did not"
    own = from_environment(cluster.environment)
    newest = {slug: packets.latest(Store(own, slug), MONTH) for slug in practice_slugs(own.tenants)}
    assert set(newest.values()) == {1}
    left = cluster.command("start", str(MONTH), "--unfinished")
    assert "0 scheduled, 0 under way, 3 sealed before" in left.stdout


def test_what_was_started_is_ended_and_nothing_else(cluster: Cluster):
    cluster.down()
    assert [part for part in cluster.parts if cluster.pid(part) is not None] == []
    assert cluster.down() == []


def _at_work(cluster: Cluster) -> str:
    """A worker that has a flow process past its start."""
    while True:
        for run in runs_of(cluster, str(MONTH)):
            for worker in cluster.workers:
                log = (cluster.folder / f"{worker}.log").read_text(encoding="utf-8")
                if run["state_type"] == "RUNNING" and f"Beginning flow run '{run['name']}'" in log:
                    return worker
        time.sleep(0.2)
