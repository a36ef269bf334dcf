"""The distributed run with canaries in it: PostgreSQL, Prefect's server and a worker, and all that they said and kept."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import yaml

from infra.cluster import POSTGRES, Cluster
from infra.cluster_month import deploy, wait
from tests.isolation.canary_run import MONTH, STOPPED, CanaryRun

_OWN = ("PREFECT_HOME", "CCM_HOME")


class CanaryCluster(Cluster):
    """A cluster on the run's guarded S3, with a worker that takes practices' roles."""

    def __init__(self, run: CanaryRun) -> None:
        self._run = run
        super().__init__(run.folder / "cluster", workers=1)

    @property
    def environment(self) -> dict[str, str]:
        """As for every process of the canary run, with the cluster's own folders."""
        own = super().environment
        return own | self._run.environment(self.api) | {name: own[name] for name in _OWN}

    def bill(self) -> None:
        """Every practice's month by the worker: one that is killed and begun again, one that is stopped, released and sealed."""
        self.start("worker-1")
        self._done("start", str(MONTH))
        while not (at_work := self.flow_runs()):
            assert self.pid("worker-1"), (self.folder / "worker-1.log").read_text()[-2000:]
        os.kill(min(at_work.values()), signal.SIGKILL)
        wait(self)
        self._done("release", STOPPED, str(MONTH), "--by", "Ida Wells", "--why", "Its first months were larger.", "--yes")
        self._done("start", str(MONTH), STOPPED)
        wait(self)
        told = self.command("status", str(MONTH))
        (self.folder / "status.log").write_text(told.stdout + told.stderr)

    def leak(self) -> None:
        """The flow that lets canaries out, as a deployment that the worker runs."""
        file = self.folder / "leaks.yaml"
        pool = {"name": "ccm", "work_queue_name": "monthly", "job_variables": {"working_dir": str(self.folder)}}
        leaks = {
            "name": "leaks",
            "entrypoint": "tests.isolation.canary_leaks.leaks",
            "tags": [f"month:{MONTH}"],
            "work_pool": pool,
        }
        file.write_text(yaml.safe_dump({"name": "leaks", "pull": [], "deployments": [leaks]}))
        self._done("--no-prompt", "deploy", "--all", "--prefect-file", str(file), module="prefect")
        self._done("deployment", "run", "leaks/leaks", module="prefect")
        wait(self)

    def rows(self) -> bytes:
        """Every row of the database as text: a long value lies packed and in pieces in PostgreSQL's files.

        A run's last log lines come after its end, so what writes is ended first.
        """
        while self.flow_runs():
            time.sleep(0.1)
        for part in ("worker-1", "server"):
            self.stop(part)
        command = [POSTGRES / "pg_dump", "-h", "127.0.0.1", "-p", self._held["postgres"], "-U", "ccm", "--inserts", "postgres"]
        environment = os.environ | {"PGPASSWORD": self._held["password"]}
        return subprocess.run(command, env=environment, capture_output=True, check=True).stdout

    def _done(self, *words: str, module: str = "flows") -> None:
        told = self.command(*words, module=module)
        with (self.folder / "commands.log").open("a") as log:
            log.write(told.stdout + told.stderr)
        assert told.returncode == 0, told.stdout + told.stderr


@contextmanager
def canary_cluster(run: CanaryRun) -> Iterator[CanaryCluster]:
    """A cluster whose server answers and knows the practices; no worker runs yet.

    PostgreSQL writes all that it holds to its files when it is ended: rows as they were before a change too, and its log.
    """
    built = CanaryCluster(run)
    try:
        for part in ("postgres", "server"):
            built.start(part)
        deploy(built)
        yield built
    finally:
        built.down()
