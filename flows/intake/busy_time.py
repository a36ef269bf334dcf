"""The time that each person logged for other patients, found by one sweep over the person's entries."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from flows.ccm.time_entry import BusyTime, TimeEntry


def busy_by_patient(entries: Mapping[str, Sequence[TimeEntry]]) -> dict[str, tuple[BusyTime, ...]]:
    """For each patient, the stretches of its entries during which the same person also logged time for another patient.

    Only the overlapped stretches are given, since only they matter. The same entry delivered twice is one patient's and so
    never overlaps itself. Takes n log n steps in the number of entries, however many overlap.
    """
    by_person: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for patient, logged in entries.items():
        for entry in logged:
            by_person[entry.person].append((entry.started, entry.started + timedelta(seconds=entry.seconds), patient))
    busy: dict[str, set[BusyTime]] = defaultdict(set)
    for person, times in by_person.items():
        shared = _shared(times)
        ends = [end for _, end in shared]
        for start, end, patient in times:
            # While this patient's entry runs, whatever time is shared at all is shared with someone else.
            for i in range(bisect_right(ends, start), len(shared)):
                if shared[i][0] >= end:
                    break
                first, last = max(start, shared[i][0]), min(end, shared[i][1])
                busy[patient].add(BusyTime(person, first, int((last - first).total_seconds())))
    return {patient: tuple(sorted(found, key=lambda b: (b.started, b.person, b.seconds))) for patient, found in busy.items()}


def _shared(logged: Sequence[tuple[datetime, datetime, str]]) -> list[tuple[datetime, datetime]]:
    """The maximal stretches, in order, during which entries of two or more patients run."""
    events = sorted([(start, 1, patient) for start, _, patient in logged] + [(end, -1, patient) for _, end, patient in logged])
    running: Counter[str] = Counter()
    patients = 0
    shared: list[tuple[datetime, datetime]] = []
    since: datetime | None = None
    for at, change, patient in events:
        before = running[patient]
        running[patient] = before + change
        patients += (before + change > 0) - (before > 0)
        if since is None and patients > 1:
            since = at
        elif since is not None and patients < 2:
            if at > since:
                shared.append((since, at))
            since = None
    return shared
