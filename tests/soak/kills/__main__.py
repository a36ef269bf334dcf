"""``python -m tests.soak.kills``: kill runs, recover, print what was lost. Leaves with 1 where anything was."""

from __future__ import annotations

import argparse
import os
import sys

from rich.console import Console

from tests.soak.kills import cluster_kills, cluster_report
from tests.soak.kills.sweep import report, sweep


def main() -> int:
    """Sweep and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.kills")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=10, help="runs to kill; 0: at every request, before and after")
    parser.add_argument("--patients", type=int, default=2)
    parser.add_argument("--correction", action="store_true", help="kill the run that corrects a sealed month after a late file")
    parser.add_argument("--cluster", action="store_true", help="kill the parts of a real cluster, some minutes for ten runs")
    given = parser.parse_args()
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    console = Console(highlight=False)
    if given.cluster:
        killed = cluster_kills.rounds(given.runs, given.seed, told=lambda line: print(line, flush=True))
        cluster_report.report(killed, console)
        return 1 if killed.wrong else 0
    with console.status("billing an undisturbed month first") as status:
        found = sweep(given.runs, given.seed, given.patients, status.update, given.correction)
    report(found, console)
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
