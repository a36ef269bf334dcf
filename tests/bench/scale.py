"""What a month of many practices costs: ``python -m tests.bench.scale``, on a cluster as ``make cluster`` makes one.

For each count of workers and of practices a cluster of its own is made, filled and started; the clock runs from `ccm start` to
the last run's end. CPU is what the workers and all that they started used, so that it can be compared on a busy machine too.
The practices are alike, so that a difference is that of their number; ``--mixed`` takes those of ``make cluster``, which differ
in kind and in the form of their records.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.synthesize.generate import RECORDS
from infra.cluster import Cluster
from infra.cluster_month import MONTH, deploy, wait
from infra.cluster_practices import fill_inboxes, invent_folders

OUT = Path("out/bench")
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Run:
    """A month of ``practices`` on ``workers``: seconds by the clock, CPU seconds of the workers, patient-months decided."""

    workers: int
    practices: int
    patients: int
    seconds: float
    cpu: float

    @property
    def cpu_each(self) -> float:
        """CPU milliseconds a patient-month."""
        return 1000 * self.cpu / self.patients


def measure(workers: int, practices: int, patients: int, alike: bool) -> Run:
    """One month on a fresh cluster.

    Raises ClusterError where a part does not start, RuntimeError where a run does not complete.
    """
    folder = OUT / f"cluster-{workers}-{practices}"
    shutil.rmtree(folder, ignore_errors=True)
    cluster = Cluster(folder, workers)
    try:
        for part in cluster.parts:
            if part not in cluster.workers:
                cluster.start(part)
        invent_folders(folder / "tenants", practices, alike)
        forms = ("mixed",) if alike else RECORDS
        filled = fill_inboxes(cluster.environment, folder / "tenants", (patients, patients), forms)
        deploy(cluster)
        for worker in cluster.workers:
            cluster.start(worker)
        before, begun = _cpu(cluster), time.monotonic()
        if (started := cluster.command("start", str(MONTH))).returncode:
            raise RuntimeError(f"ccm start: {started.stderr or started.stdout}")
        runs = wait(cluster, patience=4 * 3600)
        seconds = time.monotonic() - begun
        while any(cluster.flow_processes(worker) for worker in cluster.workers):
            time.sleep(0.2)  # what a process used is told only when its worker has seen it end
        used = _cpu(cluster) - before
        ended = {str(run["state_name"]) for run in runs}
        if len(runs) != practices or ended != {"Completed"}:
            raise RuntimeError(f"{len(runs)} runs of {practices} practices ended as {', '.join(sorted(ended))}")
        return Run(workers, practices, filled, seconds, used)
    finally:
        cluster.down()


def _cpu(cluster: Cluster) -> float:
    """CPU seconds of the workers, with the flow processes that they started and that have ended."""
    used = 0
    for worker in cluster.workers:
        fields = Path(f"/proc/{cluster.pid(worker)}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        used += sum(int(field) for field in fields[11:15])
    return used / _TICK


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale")
    parser.add_argument("--practices", type=int, nargs="+", default=[1, 10, 50])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--patients", type=int, default=200, help="of each practice")
    parser.add_argument("--mixed", action="store_true", help="practices that differ in kind and in the form of their records")
    given = parser.parse_args()
    console, runs = Console(), []
    for practices in given.practices:
        for workers in given.workers:
            runs.append(measure(workers, practices, given.patients, not given.mixed))
            console.print(_table(runs))
            OUT.mkdir(parents=True, exist_ok=True)
            (OUT / "scale.json").write_text(json.dumps([asdict(run) for run in runs], indent=1) + "\n", encoding="utf-8")


def _table(runs: list[Run]) -> Table:
    table = Table(title=f"A month of practices of {runs[0].patients // runs[0].practices} patients")
    for heading in ("practices", "workers", "seconds", "CPU s", "patients", "CPU ms each", "times", "speedup"):
        table.add_column(heading, justify="right")
    for run in runs:
        alone = next((other for other in runs if (other.practices, other.workers) == (run.practices, 1)), None)
        table.add_row(
            *(str(run.practices), str(run.workers), f"{run.seconds:.0f}", f"{run.cpu:.0f}", str(run.patients)),
            *(f"{run.cpu_each:.0f}", f"{run.cpu_each / runs[0].cpu_each:.2f}"),
            f"{alone.seconds / run.seconds:.2f}" if alone and alone is not run else "",
        )
    return table


if __name__ == "__main__":
    main()
