"""The distributed run on one machine: PostgreSQL, an S3, the Prefect server on both, and workers, on loopback alone.

``make cluster`` starts it, bills a month of invented practices on it and prints the board; ``make cluster-down`` ends exactly
what was started. For trials, and for tests that kill its parts. Linux alone: processes are told by what the kernel says of them.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from infra.cluster_process import ClusterError, Processes, children

POSTGRES = Path(os.environ.get("CCM_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))
ROOT = Path(__file__).parents[1]
POOL = "ccm"
_PORTS = ("postgres", "s3", "server")
_TRIES = 5  # a PostgreSQL started right after a kill may find the last children of the dead one still ending
_OWN_PART = "CCM_CLUSTER_S3"  # the address of the S3 that is a part of the cluster


class Cluster:
    """The parts of a cluster with all they keep below ``folder``: postgres, s3, server, worker-1 to worker-``workers``.

    A part that is started again finds its port and its data: only what a crash loses is lost. Methods raise ClusterError.
    """

    def __init__(self, folder: Path, workers: int = 2) -> None:
        self.folder = folder.resolve()
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.processes = Processes(self.folder)
        self.workers = tuple(f"worker-{number}" for number in range(1, workers + 1))
        self._held = self._settings()

    @property
    def parts(self) -> tuple[str, ...]:
        """Every part, in the order in which they are started. An S3 of one's own (CCM_S3_ENDPOINT) is no part."""
        return ("postgres", *(() if self._held["s3_endpoint"] else ("s3",)), "server", *self.workers)

    @property
    def api(self) -> str:
        """The address of Prefect's interface; the board is beside it, without ``/api``."""
        return f"http://127.0.0.1:{self._held['server']}/api"

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to take part: Prefect's address, the storage, the practices."""
        return {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")} | self._set_here

    @property
    def _set_here(self) -> dict[str, str]:
        endpoint = self._held["s3_endpoint"] or f"http://127.0.0.1:{self._held['s3']}"
        return {
            "PYTHONPATH": str(ROOT),
            "PREFECT_API_URL": self.api,
            "PREFECT_HOME": str(self.folder / "prefect"),
            "PREFECT_WORKER_QUERY_SECONDS": "2",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
            "DO_NOT_TRACK": "1",
            "CCM_HOME": str(self.folder),
            "TMPDIR": str(self.folder / "tmp"),  # a killed worker leaves Prefect's folders behind, its environment in them
            "CCM_BUCKET": os.environ.get("CCM_BUCKET", "ccm-cluster"),
            "CCM_S3_ENDPOINT": endpoint,
            # An S3 that is a part of this cluster: whoever has taken its settings in has no S3 of their own.
            **({} if self._held["s3_endpoint"] else {_OWN_PART: endpoint}),
            "CCM_S3_ACCESS_KEY": os.environ.get("CCM_S3_ACCESS_KEY", "cluster"),
            "CCM_S3_SECRET_KEY": os.environ.get("CCM_S3_SECRET_KEY", "cluster"),
            "CCM_TENANTS": os.environ.get("CCM_TENANTS", str(self.folder / "tenants")),
            "CCM_PROCESSES": os.environ.get("CCM_PROCESSES", "1"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def start(self, name: str) -> int:
        """Start a part, wait until it answers, and return its process id. Workers want their pool: `ccm deployments apply`."""
        if name == "postgres":
            return self._start_postgres()
        if name == "s3":
            command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", self._held["s3"]]
            return self._started(name, command, self.environment, lambda: _listens(self._held["s3"]))
        if name == "server":
            command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", self._held["server"]]
            return self._started(name, command, self._server_environment(), lambda: _answers(f"{self.api}/health"))
        if name in self.workers:
            command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--name", name, "--limit", "1"]
            return self.processes.start(name, command, self.environment, ROOT)
        raise ClusterError(f"{name}: no part of this cluster; its parts are {', '.join(self.parts)}")

    def stop(self, name: str) -> None:
        """End a part as an operator would, waiting for it. PostgreSQL closes at once what is open, the others finish it."""
        self.processes.end(name, signal.SIGINT if name == "postgres" else signal.SIGTERM)

    def kill(self, name: str, whole: bool = False) -> None:
        """kill -9. A worker's flow processes live on without ``whole`` and die with it."""
        self.processes.kill(name, children=whole)

    def pid(self, name: str) -> int | None:
        """The process id of a part that runs, else None."""
        return self.processes.pid(name)

    def flow_processes(self, worker: str) -> list[int]:
        """The processes that a worker has started, nearest first: the flow's and the ones that render its documents."""
        pid = self.pid(worker)
        return children(pid) if pid is not None else []

    def flow_runs(self) -> dict[str, int]:
        """The runs at work here, by Prefect's id, each with its flow's process; one whose worker has died too."""
        return self.processes.at_work_on("PREFECT__FLOW_RUN_ID")

    def down(self) -> list[str]:
        """Stop every part that runs, the last started first, then what outlived its part, and say which."""
        ended = [name for name in reversed(list(self.processes.known())) if self.pid(name) is not None]
        for name in reversed(list(self.processes.known())):
            self.stop(name)
        strays = self.processes.end_strays()
        return ended + ([f"{strays} left by parts that had died"] if strays else [])

    def write_shell(self) -> Path:
        """Write what a shell takes in (``. FILE``) to be an operator's of this cluster; keys of one's own are left out."""
        own = {"CCM_S3_ACCESS_KEY", "CCM_S3_SECRET_KEY"} & os.environ.keys() if self._held["s3_endpoint"] else set()
        told = sorted(self._set_here.items())
        lines = [f"export {name}={shlex.quote(value)}" for name, value in told if name not in own | {"TMPDIR"}]
        file = self.folder / "environment.sh"
        file.write_text("\n".join([*lines, f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"', ""]), "utf-8")
        return file

    def command(self, *words: str, module: str = "flows") -> subprocess.CompletedProcess[str]:
        """Run ``python -m MODULE WORDS`` as an operator of this cluster would and return what came of it."""
        arguments = [sys.executable, "-m", module, *words]
        return subprocess.run(arguments, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)

    def _settings(self) -> dict[str, str]:
        """Ports and the database's password, chosen once: what is started again is found where it was."""
        file = self.folder / "settings.json"
        if not file.exists():
            chosen = dict(zip(_PORTS, _free_ports(len(_PORTS)), strict=True))
            given = os.environ.get("CCM_S3_ENDPOINT", "")
            chosen |= {"password": secrets.token_hex(16), "s3_endpoint": "" if given == os.environ.get(_OWN_PART) else given}
            file.touch(mode=0o600)
            file.write_text(json.dumps(chosen), encoding="utf-8")
        held: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
        return held

    def _server_environment(self) -> dict[str, str]:
        database = f"postgresql+asyncpg://ccm:{self._held['password']}@127.0.0.1:{self._held['postgres']}/postgres"
        return self.environment | {
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            # leases in memory would die with the server and leave their slots taken for ever
            "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
            # a night's runs wait for their worker: Prefect's own 15 seconds would call them all late
            "PREFECT_SERVER_SERVICES_LATE_RUNS_AFTER_SECONDS": "900",
            "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
            "PREFECT_UI_API_URL": self.api,
        }

    def _start_postgres(self) -> int:
        data, owner = self.folder / "postgres", _postgres_owner()
        if not (POSTGRES / "postgres").exists():
            raise ClusterError(f"{POSTGRES}: no PostgreSQL there; apt-get install postgresql, or set CCM_POSTGRES_BIN to its bin")
        if not (data / "PG_VERSION").exists():
            shutil.rmtree(data, ignore_errors=True)
            data.mkdir(mode=0o700)
            secret = self.folder / "postgres.password"
            secret.touch(mode=0o600)
            secret.write_text(self._held["password"], encoding="utf-8")
            if owner:
                shutil.chown(data, "postgres")
                shutil.chown(secret, "postgres")
            made = subprocess.run(
                [*owner, POSTGRES / "initdb", "-D", data, "-U", "ccm", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8"],
                cwd="/",
                capture_output=True,
                text=True,
                check=False,
            )
            secret.unlink()
            if made.returncode:
                shutil.rmtree(data, ignore_errors=True)
                raise ClusterError(f"postgres: initdb in {data}: {made.stderr.strip().splitlines()[-1]}")
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={self._held['postgres']}", "-c", "unix_socket_directories="]
        command = [*owner, str(POSTGRES / "postgres"), "-D", str(data), *options]
        for attempt in range(_TRIES):
            try:
                return self._started("postgres", command, os.environ.copy(), lambda: _listens(self._held["postgres"]))
            except ClusterError:
                if attempt == _TRIES - 1:
                    raise
                time.sleep(1)
        raise AssertionError

    def _started(self, name: str, command: list[str], environment: dict[str, str], ready: Callable[[], bool]) -> int:
        pid = self.processes.start(name, command, environment, Path("/") if name == "postgres" else ROOT)
        for _ in range(1200):
            if self.pid(name) is None:
                break
            if ready():
                return pid
            time.sleep(0.1)
        self.processes.end(name)
        raise ClusterError(f"{name}: did not start; its log is {self.folder / name}.log")


def _postgres_owner() -> list[str]:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []


def _free_ports(count: int) -> list[str]:
    """Ports that nobody holds; all are held until the last is found, else one could come twice."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [str(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _listens(port: str) -> bool:
    try:
        socket.create_connection(("127.0.0.1", int(port)), 1).close()
    except OSError:
        return False
    return True


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False
