"""``make bench``: documents by several engines, and each stage of a month. A table here, the figures in ``out/bench``."""

from __future__ import annotations

import argparse
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from flows.ccm.decision import BILL
from flows.ccm.service_month import ServiceMonth
from flows.outbox.care_plan_summary import care_plan_summary
from flows.tenancy import load_practice
from tests.bench import documents, month

ROOT = Path(__file__).parents[2]
MONTH = ServiceMonth(2025, 11)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--practice", default="bayview-family")
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=24, help="documents of each engine in the race")
    parser.add_argument("--memory", type=int, default=100, help="documents before memory is read: 500, or 5000 for an hour")
    parser.add_argument("--scaling", type=int, default=20, help="documents on one process, then on each of two")
    given = parser.parse_args()
    console = Console()
    with console.status("a month"):
        stages, result = month.stages(load_practice(ROOT / "tenants", given.practice), MONTH, given.patients, given.processes)
    billed = [(m, d) for m, d in zip(result.patient_months, result.decisions, strict=True) if d.outcome == BILL]
    texts = [care_plan_summary(result, m, d) for m, d in billed]
    found: dict[str, Any] = {"python": platform.python_version(), "weasyprint": version("weasyprint"), "stages": stages}
    with console.status("documents, engine by engine in turn"):
        found["race"] = documents.race(texts, given.rounds)
    with console.status("two processes"):
        found["scaling"] = documents.scaling(texts, given.scaling)
    with console.status(f"memory after {given.memory} documents"):
        found["memory"] = documents.memory(texts, given.memory)
    console.print(_race_table(found))
    scaling = found["scaling"]
    line = f"ours on one process {scaling['one']:.1f} documents/s, on two {scaling['two']:.1f}: {scaling['ratio']:.2f} times; "
    line += f"by CPU alone {scaling['cpu_ratio']:.2f} times"
    console.print(line, highlight=False)
    console.print(_stage_table(found, given.patients, given.processes))
    out = ROOT / "out/bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "bench.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    console.print("The figures: out/bench/bench.json", highlight=False)


def _race_table(found: dict[str, Any]) -> Table:
    table = Table(title="A care plan with tags, CPU a document")
    for heading in ("engine", "ms median", "ms least", "times naive", "same look", "calls", "MB early", "MB after"):
        table.add_column(heading, justify="left" if heading == "engine" else "right")
    for engine, row in found["race"].items():
        held = found["memory"].get(engine, {})
        table.add_row(
            *(
                engine,
                f"{row['cpu_ms_median']:.0f}",
                f"{row['cpu_ms_least']:.0f}",
                f"{row['times_naive']:.2f}",
                f"{row['times_same_look']:.2f}",
            ),
            *(f"{row['calls']:,}" if "calls" in row else "", *(str(held.get(key, "")) for key in ("mb_early", "mb_after"))),
        )
    return table


def _stage_table(found: dict[str, Any], patients: int, processes: int) -> Table:
    table = Table(title=f"A month of {patients} patients, {processes} processes for documents")
    for heading in ("stage", "seconds", "units", "units a second"):
        table.add_column(heading, justify="left" if heading == "stage" else "right")
    for row in found["stages"]:
        rate = row["count"] / row["seconds"]
        table.add_row(row["stage"], f"{row['seconds']:.2f}", f"{row['count']:,} {row['units']}", f"{rate:,.1f}")
    return table


if __name__ == "__main__":
    main()
