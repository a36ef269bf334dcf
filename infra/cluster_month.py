"""``make cluster`` and ``make cluster-down``: a month of invented practices billed on the cluster, and the cluster ended.

``python -m infra.cluster_month up [PRACTICES] [WORKERS]`` starts what does not run yet and bills; ``down`` ends what runs.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from flows.commands.exits import SOME_FAILED
from flows.store import StoreError
from infra.cluster import Cluster, ClusterError
from infra.cluster_practices import MONTH, PATIENTS, fill_inboxes, invent_folders
from infra.cluster_process import alone

FOLDER = Path(os.environ.get("CCM_CLUSTER_DIR", "out/cluster"))
_FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
_PUT_BACK = 60  # seconds within which an automation has put a crashed run back into its queue, or leaves it to a person


class ServerAway(ClusterError):
    """The server does not answer, or not as Prefect's does: for now, or until somebody starts it."""


def up(practices: int, workers: int) -> int:
    """Start and deploy what is missing, bill what has no packet and say where the board is. Returns 0 when all are done."""
    begun = time.monotonic()
    with alone(FOLDER):
        cluster = Cluster(FOLDER, workers)
        prepare(cluster, practices, lambda what: _say(begun, what))
        for worker in cluster.workers:
            if cluster.pid(worker) is None:
                cluster.start(worker)
    shell = cluster.write_shell()
    _say(begun, f"{workers} workers run; for `ccm` and `prefect` in a shell of yours: . {os.path.relpath(shell)}")
    started = time.monotonic()
    asked = cluster.command("start", str(MONTH), "--unfinished")
    _done(asked, "ccm start")
    runs = [] if "\n0 scheduled, 0 under way" in f"\n{asked.stdout}" else wait(cluster)
    _say(started, f"{len(runs)} runs by {workers} workers, from `ccm start` to the last one's end")
    newest = {str(run["name"]): run for run in reversed(runs)}
    for _, run in sorted(newest.items()):
        print(f"  {run['name']}: {run['state_name']}, {run['total_run_time']:.0f} s, started {run['run_count']} times")
    board = cluster.api.removesuffix("/api")
    print(f"The board: {board}/dashboard; the month's table, some minutes behind: {board}/artifacts/key/month-{MONTH}.")
    print("To end all: make cluster-down")
    return 0 if all(run["state_type"] == "COMPLETED" for run in newest.values()) else 1


def prepare(
    cluster: Cluster, practices: int, say: Callable[[str], object] = lambda _: None, sizes: tuple[int, int] = PATIENTS
) -> None:
    """Everything but the workers: parts started, practices and inboxes invented where none are yet, deployed.

    ``say`` hears of each step when it is done; ``sizes`` are the fewest and the most patients of a practice. Raises ClusterError.
    """
    for part in cluster.parts:
        if part not in cluster.workers and cluster.pid(part) is None:
            cluster.start(part)
            say(f"{part} answers")
    tenants = cluster.folder / "tenants"
    if not tenants.is_dir():
        invent_folders(tenants, practices)
    patients = fill_inboxes(cluster.environment, tenants, sizes)
    say(f"{patients} invented patients put into inboxes")
    deploy(cluster)
    say("a deployment for each practice")


def deploy(cluster: Cluster) -> None:
    """Pool, queues, limits, automations and one deployment a practice, as an operator puts them there. Raises ClusterError."""
    file = cluster.folder / "prefect.yaml"
    _done(cluster.command("deployments", "write", "--file", str(file)), "ccm deployments write", SOME_FAILED)
    _done(cluster.command("deployments", "apply"), "ccm deployments apply", SOME_FAILED)
    _done(cluster.command("--no-prompt", "deploy", "--all", "--prefect-file", str(file), module="prefect"), "prefect deploy")


def wait(cluster: Cluster, patience: float = 3600) -> list[dict[str, object]]:
    """The month's runs when all have ended, a crashed one's next attempt too. Raises ClusterError after ``patience`` seconds.

    A server that does not answer meanwhile is asked again: somebody starts it, or has ended the cluster.
    """
    until = time.monotonic() + patience
    crashed: dict[object, float] = {}
    while time.monotonic() < until:
        runs = []
        with suppress(ServerAway):
            runs = runs_of(cluster, str(MONTH))
        if not runs and not cluster.processes.known():
            raise ClusterError("the cluster was ended before the month was; make cluster bills the rest")
        now = time.monotonic()
        crashed = {run["id"]: crashed.get(run["id"], now) for run in runs if run["state_type"] == "CRASHED"}
        settled = all(now - since >= _PUT_BACK for since in crashed.values())
        if runs and settled and all(run["state_type"] in _FINAL for run in runs):
            return runs
        time.sleep(1)
    raise ClusterError(f"the month's runs did not end within {patience:.0f} seconds; see {cluster.api.removesuffix('/api')}/runs")


def runs_of(cluster: Cluster, month: str) -> list[dict[str, object]]:
    """Every run of the month as the server tells it, newest first. Raises ServerAway where the server does not tell."""
    asked = {"flow_runs": {"tags": {"all_": [f"month:{month}"]}}, "sort": "EXPECTED_START_TIME_DESC", "limit": 200}
    request = urllib.request.Request(
        f"{cluster.api}/flow_runs/filter", json.dumps(asked).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: list[dict[str, object]] = json.load(answer)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ServerAway(f"{cluster.api}: the server does not tell its runs ({error}); make cluster starts it") from None
    return found


def _done(ran: subprocess.CompletedProcess[str], what: str, borne: int = 0) -> None:
    """``borne`` is the exit code that says that some practices' folders are broken, which keeps no other back."""
    if ran.returncode and ran.returncode == borne:
        print(ran.stderr.strip(), file=sys.stderr)
    elif ran.returncode:
        raise ClusterError(f"{what} failed: {(ran.stderr or ran.stdout).strip()[-600:]}")


def _say(since: float, what: str) -> None:
    print(f"{time.monotonic() - since:6.1f} s  {what}", flush=True)


def main(words: list[str]) -> int:
    """``up`` or ``down``, with the exit code."""
    parser = argparse.ArgumentParser("python -m infra.cluster_month", description="A month of invented practices on a cluster.")
    parser.add_argument("what", choices=("up", "down"), help="start what is missing and bill; or end what runs")
    parser.add_argument("practices", type=int, nargs="?", default=20)
    parser.add_argument("workers", type=int, nargs="?", default=2)
    asked = parser.parse_args(words)
    try:
        if asked.what == "down":
            with alone(FOLDER):
                print("ended: " + (", ".join(Cluster(FOLDER).down()) or "nothing ran"))
                shutil.rmtree(FOLDER / "tmp", ignore_errors=True)  # what killed workers left holds their environment
            return 0
        return up(asked.practices, asked.workers)
    except (ClusterError, StoreError, BotoCoreError, ClientError) as error:
        print(f"cluster: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
