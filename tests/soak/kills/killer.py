"""The hand that kills parts of a cluster at the requests that a round's blows name, and starts them again at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from infra.cluster import Cluster, ClusterError
from infra.cluster_process import started_at
from tests.soak.faulty_s3 import Request
from tests.soak.kills.blows import BOTH, FLOW, OF_ALL, Blow

_STARTING = "0 starting"
_PATIENCE = 60  # seconds for `ccm start` to tell the runs, before the first of which can be killed


@dataclass(frozen=True, slots=True)
class Kill:
    """A practice's run that lost a part which lived: which part, and what the run was doing."""

    practice: str
    victim: str
    doing: str


class Killer:
    """Watches a round's requests as a proxy's ``watch``. ``kills`` grows; ``wrong`` has a line for each part that stayed dead.

    ``practice_of`` tells whose request it is, "" where nobody's; ``stage_of`` what a run that makes it is doing.
    """

    def __init__(
        self,
        cluster: Cluster,
        blows: Sequence[Blow],
        practice_of: Callable[[Request], str],
        stage_of: Callable[[Request, str], str],
    ) -> None:
        self.kills: list[Kill] = []
        self.wrong: list[str] = []
        self._cluster, self._left, self._practice_of, self._stage_of = cluster, list(blows), practice_of, stage_of
        self._runs: Mapping[str, str] = {}
        self._told, self._lock = threading.Event(), threading.Lock()
        self._counts, self._numbers, self._doing = Counter[str](), dict[int, int](), dict[str, str]()
        self._starting: list[threading.Thread] = []

    @property
    def missed(self) -> tuple[Blow, ...]:
        """The blows that were not struck: their request never came, or the process had ended."""
        return tuple(self._left)

    def know(self, runs: Mapping[str, str]) -> None:
        """Learn the round's runs, practice by run id."""
        self._runs = runs
        self._told.set()

    def watch(self, request: Request, stored: bool) -> bool:
        """Strike what is due. True, so that the connection is dropped, where the run that asked is dead."""
        practice = self._practice_of(request)
        if not practice:
            return False
        with self._lock:
            if not stored:
                self._counts[practice] += 1
                self._numbers[request.number] = self._counts[practice]
            number = self._numbers[request.number]
            self._doing[practice] = self._stage_of(request, practice)
            due = [b for b in self._left if (b.practice, b.number, b.stored) == (practice, number, stored)]
            dead = [self._strike(blow) for blow in due]
            return any(dead)

    def settle(self) -> None:
        """Wait until all that was killed is started again."""
        for thread in self._starting:
            thread.join()

    def _strike(self, blow: Blow) -> bool:
        """Whether the run that asked is dead now. The storage waits meanwhile, so that it dies at this very request."""
        if not self._told.wait(_PATIENCE):
            return False
        living = {self._runs[run]: pid for run, pid in self._cluster.flow_runs().items() if run in self._runs}
        struck = self._strike_all(blow.victim, living) if blow.victim in OF_ALL else self._strike_run(blow, living)
        if struck:
            self._left.remove(blow)
            self.kills += [Kill(practice, blow.victim, self._doing.get(practice, _STARTING)) for practice in struck]
        return bool(struck) and blow.victim in (FLOW, BOTH)

    def _strike_all(self, victim: str, living: Mapping[str, int]) -> list[str]:
        """Kill what all runs stand on, and return the practices whose runs were at work."""
        if self._cluster.pid(victim) is None:
            return []
        self._cluster.kill(victim)
        thread = threading.Thread(target=self._start, args=(victim,))
        self._starting.append(thread)
        thread.start()
        return sorted(living)

    def _strike_run(self, blow: Blow, living: Mapping[str, int]) -> list[str]:
        """Kill a part of one run, and return its practice; none where that part had ended already."""
        flow = living.get(blow.practice)
        if flow is None:
            return []
        if blow.victim == FLOW:
            os.kill(flow, signal.SIGKILL)
            while started_at(flow) is not None:
                time.sleep(0.01)
            return [blow.practice]
        worker = next((name for name in self._cluster.workers if flow in self._cluster.flow_processes(name)), None)
        if worker is None:
            return []
        self._cluster.kill(worker, whole=blow.victim == BOTH)
        self._cluster.start(worker)
        return [blow.practice]

    def _start(self, part: str) -> None:
        try:
            self._cluster.start(part)
        except ClusterError as error:
            self.wrong.append(f"not started again: {error}")
