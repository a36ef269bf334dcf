"""A month's process killed at its n-th S3 request, every n in turn: a month's first run, or the one after a late file.

Each request is a point of death twice: before it reaches the storage, and after, with its answer lost. A run killed there leaves
what it leaves; the next run must leave the very bucket that an undisturbed one does: one sealed packet of those bytes, no claim
held, no file and no line twice. A line of the table is what the run was doing, told by the request at which it died.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from rich.console import Console
from rich.table import Table

from flows import packets
from flows.settings import Settings
from flows.store import Store
from tests.soak import small_month as months
from tests.soak.faulty_s3 import FaultyS3, Request, sound_s3
from tests.soak.kills.stage import stage_of
from tests.soak.kills.victim import Runs


@dataclass(frozen=True, slots=True)
class Point:
    """When to kill: at the n-th request from 1, once it was ``stored`` or before it was."""

    number: int
    stored: bool


@dataclass(slots=True)
class Found:
    """What a sweep came to. ``wrong`` has a line for each point after which something was lost, doubled or left held."""

    killed: Counter[tuple[str, bool]] = field(default_factory=Counter)
    recovered: Counter[tuple[str, str]] = field(default_factory=Counter)
    reused: int = 0
    wrong: list[str] = field(default_factory=list)
    requests: int = 0

    @property
    def kills(self) -> int:
        """How many runs were killed."""
        return sum(self.killed.values())


@dataclass(frozen=True, slots=True)
class Swept:
    """What is killed: a run over a copy of the bucket ``before``, which seals the packet numbered ``packet`` undisturbed."""

    process: Runs
    proxy: FaultyS3
    behind: str
    before: str
    packet: int

    def bucket(self, name: str) -> Settings:
        """Settings for a new bucket, as it is before the run."""
        own = months.settings(self.behind, f"{self.before}-{name}")
        months.copy(own, self.before)
        return own

    def sealed(self, own: Settings) -> bool:
        """Whether the run's manifest is there already."""
        return packets.latest(Store(own, months.PRACTICE), months.MONTH) >= self.packet


def sweep(
    runs: int, seed: int, patients: int = 2, told: Callable[[str], None] = lambda _: None, correction: bool = False
) -> Found:
    """Kill a run at ``runs`` points drawn by ``seed``, or at every one where ``runs`` is 0.

    With ``correction`` it is the run that corrects a sealed month after half of a call log came late.
    """
    found = Found()
    with sound_s3() as behind, FaultyS3(behind) as proxy:
        before = months.settings(behind, "corrected" if correction else "first")  # one process's servers share their buckets
        _prepare(before, months.small_month(patients, seed), correction)
        own = months.settings(behind, f"{before.bucket}-undisturbed")
        months.copy(own, before.bucket)
        sealed = months.bill(own)
        assert (sealed.packet, sealed.unchanged) == (1 + correction, False), "a late file that changes nothing makes no packet"
        expected, files = months.left(own), months.sealed_files(own)
        passed = frozenset(data.decode() for name, data in files.items() if name.endswith(".837"))
        swept = Swept(Runs(passed), proxy, behind, before.bucket, sealed.packet)
        found.requests = _requests_of_a_run(swept)
        points = [Point(number, stored) for number in range(1, found.requests + 1) for stored in (False, True)]
        if runs:
            points = sorted(Random(seed).sample(points, min(runs, len(points))), key=lambda point: point.number)
        for at, point in enumerate(points):
            _kill_and_recover(swept, point, expected, found)
            told(f"killed {at + 1} of {len(points)}")
    return found


def _prepare(own: Settings, month: months.SmallMonth, correction: bool) -> None:
    """The bucket before the run: an inbox; or one that was billed, and then a file came late."""
    if not correction:
        months.fill(own, month.inbox)
        return
    inbox, late = month.late
    months.fill(own, inbox)
    months.bill(own)
    months.deliver(own, late)


def _requests_of_a_run(swept: Swept) -> int:
    own = swept.bucket("counted")
    swept.proxy.restart_numbers()
    assert swept.process.run(months.settings(swept.proxy.endpoint, own.bucket)) == (swept.packet, False)
    return swept.proxy.requests


def _kill_and_recover(swept: Swept, point: Point, expected: dict[str, str], found: Found) -> None:
    own, proxy = swept.bucket(f"killed-{point.number}-{'after' if point.stored else 'before'}"), swept.proxy
    victim: list[int] = []
    died: list[str] = []

    def watch(request: Request, stored: bool) -> bool:
        if request.number == point.number and stored == point.stored and not died:
            died.append(stage_of(request, swept.sealed(own)))
            os.kill(victim[0], signal.SIGKILL)
        return bool(died)

    proxy.restart_numbers()
    proxy.watch = watch
    outcome = swept.process.run(months.settings(proxy.endpoint, own.bucket), victim.append)
    proxy.watch = lambda _, __: False
    if not died:  # threads answered in another order, so this run had fewer requests: it is none of the kills
        found.wrong += [f"{point}: ended with {outcome} before its point"] if outcome != (swept.packet, False) else []
        return
    found.killed[died[0], point.stored] += 1
    work = len(Store(own, months.PRACTICE).list("work/"))
    state = "sealed" if swept.sealed(own) else "unfinished"
    again = swept.process.run(own)
    found.recovered[died[0], state] += 1
    found.reused += work
    left = months.left(own)
    if outcome is not None or again != (swept.packet, state == "sealed") or left != expected:
        missing, more = len(expected.keys() - left.keys()), len(left.keys() - expected.keys())
        found.wrong.append(f"{point} while {died[0]}: {outcome}, then {again}; {missing} missing, {more} more")


def report(found: Found, console: Console) -> None:
    """Print where runs were killed, what they left, and what was lost or double."""
    table = Table(title=f"A month of {found.requests} requests, killed {found.kills} times")
    for heading in ("while", "before it was stored", "after", "left unfinished", "left sealed"):
        table.add_column(heading, justify="left" if heading == "while" else "right")
    for stage in sorted({stage for stage, _ in found.killed}):
        counts = (found.killed[stage, False], found.killed[stage, True])
        states = (found.recovered[stage, "unfinished"], found.recovered[stage, "sealed"])
        table.add_row(stage, *(str(number) for number in (*counts, *states)))
    console.print(table)
    console.print(f"Recovered by the next run: {found.kills - len(found.wrong)}; it took {found.reused} documents of dead runs.")
    for line in found.wrong:
        console.print(f"WRONG {line}", soft_wrap=True)
    console.print(f"Lost, double or left held: {len(found.wrong)} of {found.kills}")
