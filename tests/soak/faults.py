"""Months over a faulty S3: what was injected, what became of each run, what was lost. ``python -m tests.soak.faults --runs 100``.

Each run bills a small invented month through the faulty proxy. It must seal the very bytes of an undisturbed run, or fail with
one clear line; then a run over sound storage must seal them. Where an inbox file is replaced meanwhile, the bytes are those of
the inbox before or after, never of a mixture.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import boto3
from botocore.retries.standard import ExponentialBackoff
from rich.console import Console
from rich.table import Table

from flows import storage_answer as answering
from flows.store import Store, StoreError
from tests.soak import faulty_s3 as s3
from tests.soak import small_month as months
from tests.soak.faulty_s3 import sound_s3

# How often a request is spoiled: each run draws one of these, from a bad minute to storage that hardly works.
RATES = (0.01, 0.03, 0.1, 0.3, 0.6)


@dataclass(slots=True)
class Found:
    """What a soak came to. ``lost`` has a line for each run that did not end as it must: there must be none."""

    injected: Counter[tuple[str, str]] = field(default_factory=Counter)
    outcomes: Counter[tuple[float, str]] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    requests: int = 0


def plan_of(seed: str, rate: float, replaced: str) -> s3.Plan:
    """Spoil ``rate`` of the requests, each with a fault that its kind can have."""

    def plan(request: s3.Request) -> str:
        chance = Random(f"{seed}|{request.kind}|{request.key}|{request.nth}")
        if chance.random() >= rate:
            return ""
        kinds = list(s3.EVERYWHERE)
        kinds += {"read": s3.OF_A_READ, "list": (s3.CUT_LISTING,), "write": (s3.LOST_ANSWER, s3.LOST_ANSWER)}.get(
            request.kind, ()
        )
        if request.key.endswith(replaced):
            kinds += [s3.REPLACED] * 4
        return chance.choice(kinds)

    return plan


def soak(runs: int, seed: int, patients: int = 4, told: Callable[[str], None] = lambda _: None) -> Found:
    """Bill ``runs`` months over faulty storage. Same seed, same faults for each request."""
    found = Found()
    with impatient(), sound_s3() as behind:
        month = months.small_month(patients, seed)
        expected = {}
        for name, inbox in (("before", month.inbox), ("after", month.later)):
            own = months.settings(behind, f"undisturbed-{name}")
            months.fill(own, inbox)
            months.bill(own)
            expected[name] = months.left(own)
            renders = months.kept_renders(months.sealed_files(own))
        for run in range(runs):
            rate = Random(f"{seed}|{run}").choice(RATES)
            own = months.settings(behind, f"run-{run}")
            months.fill(own, month.inbox)
            plan = plan_of(f"{seed}|{run}", rate, month.replaced)
            with s3.FaultyS3(behind, plan) as proxy:
                proxy.unchecked = run % 2 == 1
                proxy.replace = lambda own=own: Store(own, months.PRACTICE).put(month.replaced, month.replacement)
                outcome = _bill(months.settings(proxy.endpoint, own.bucket), renders, found)
                found.injected += proxy.injected
                found.requests += proxy.requests
            if outcome != "sealed":
                months.bill(own, renders)  # over sound storage
            found.outcomes[rate, outcome] += 1
            what = _wrong(months.left(own), expected, own)
            if what or outcome == "unclear":
                found.lost.append(f"run {run}, rate {rate}, {outcome}: {what}")
            told(f"run {run + 1} of {runs}, {rate:.0%} of requests spoiled: {outcome}")
    return found


def _bill(own: months.Settings, renders: object, found: Found) -> str:
    try:
        months.bill(own, renders)  # type: ignore[arg-type]
    except StoreError as error:
        found.lines[str(error).replace(own.place, "PLACE")] += 1
        return "unclear" if "\n" in str(error) or ";" not in str(error) else "failed clearly, sealed by the next run"
    except Exception as error:
        found.lines[f"UNEXPECTED {type(error).__name__}"] += 1
        return "unclear"
    return "sealed"


def _wrong(left: dict[str, str], expected: dict[str, dict[str, str]], own: months.Settings) -> str:
    """What differs from both undisturbed runs, or is left held, in words; empty where nothing."""
    if not months.at_rest(own):
        return "a claim is held by a run that ended"
    if any(left == wanted for wanted in expected.values()):
        return ""
    wanted = expected["before"]
    packets = {key.split("/")[3] for key in left if "/packets/" in key}
    return (
        f"packets {sorted(packets)}, {len(wanted.keys() - left.keys())} objects missing, {len(left.keys() - wanted.keys())} more"
    )


@contextmanager
def impatient() -> Iterator[None]:
    """What is not soaked done once or at once: pauses between attempts, the client library's models."""
    kept = ExponentialBackoff.delay_amount, answering._PAUSE, boto3.session.Session
    session = boto3.session.Session("soak", "soak")
    ExponentialBackoff.delay_amount, answering._PAUSE = (lambda *_: 0.001), 0.001
    boto3.session.Session = lambda *_, **__: session
    try:
        yield
    finally:
        ExponentialBackoff.delay_amount, answering._PAUSE, boto3.session.Session = kept


def main() -> int:
    """Soak and print. Leaves with 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak.faults")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--patients", type=int, default=4)
    given = parser.parse_args()
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    console = Console(highlight=False)
    with console.status("billing undisturbed months first") as status:
        found = soak(given.runs, given.seed, given.patients, status.update)
    report(found, console)
    return 1 if found.lost else 0


def report(found: Found, console: Console) -> None:
    """Print what was injected, what became of the runs, the lines told, and what was lost."""
    injected = Table(title=f"Injected into {found.requests:,} requests: {sum(found.injected.values()):,}")
    for heading in ("fault", "request", "times"):
        injected.add_column(heading, justify="right" if heading == "times" else "left")
    for (fault, kind), times in sorted(found.injected.items()):
        injected.add_row(fault, kind, str(times))
    console.print(injected)
    outcomes = Table(title=f"Runs: {sum(found.outcomes.values())}")
    for heading in ("requests spoiled", "outcome", "runs"):
        outcomes.add_column(heading, justify="left" if heading == "outcome" else "right")
    for (rate, outcome), times in sorted(found.outcomes.items()):
        outcomes.add_row(f"{rate:.0%}", outcome, str(times))
    console.print(outcomes)
    for line, times in found.lines.most_common():
        console.print(f"{times} x {line}", soft_wrap=True)
    for line in found.lost:
        console.print(f"LOST {line}", soft_wrap=True)
    console.print(f"Lost, mixed or left held: {len(found.lost)} of {sum(found.outcomes.values())} runs")


if __name__ == "__main__":
    sys.exit(main())
