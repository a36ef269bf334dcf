"""Days that one person cannot have had: too many hours, no rest, no day off, in two places at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from flows.ccm.audit_rules import ImpossibleDay
from flows.ccm.audit_trial import Group, Logged, Trial, sources_by_patient
from flows.ccm.intervals import instant_of, seconds_of
from flows.ccm.service_month import ServiceMonth, midnight

ID = "audit.impossible_day"
_HOUR = 3600

Stretch = tuple[int, int, Logged]  # start, end, the entry they are of
People = Sequence[tuple[str, list[Stretch]]]


def impossible_day(entries: Sequence[Logged], month: ServiceMonth, zone: ZoneInfo, rule: ImpossibleDay) -> list[Trial]:
    """Four tests, each over all persons: the value is the worst person's. Days are local, durations elapsed time.

    Everything that was logged in the month is looked at, whether it counts or not. Time past the month's ends is cut off:
    of the days there the log holds only part, and the next month's screening sees them whole.
    """
    bounds = (seconds_of(month.start(zone)), seconds_of(month.end(zone)))
    by_person: dict[str, list[Stretch]] = {}
    for row in entries:
        begun = seconds_of(row.entry.started)
        start, end = max(begun, bounds[0]), min(begun + row.entry.seconds, bounds[1])
        if row.entry.person and start < end:
            by_person.setdefault(row.entry.person, []).append((start, end, row))
    people = sorted(by_person.items())
    return [
        _trial(
            "longest time logged by one person in a local day, hours",
            rule.hours,
            people,
            _days_over(people, zone, rule.hours, _logged, "logged"),
        ),
        _trial(
            "longest local day of one person from first start to last end, hours",
            rule.span_hours,
            people,
            _days_over(people, zone, rule.span_hours, _first_to_last, "was at work over"),
        ),
        _trial("most days without a day off of one person", rule.days_in_a_row, people, _runs(people, zone, rule.days_in_a_row)),
        _trial(
            "longest stretch for which one person's own entries overlap, seconds",
            rule.overlap_seconds,
            people,
            _overlaps(people, rule.overlap_seconds),
        ),
    ]


def _trial(measure: str, threshold: float, people: People, found: Iterable[tuple[float, Group | None]]) -> Trial:
    seen = list(found)
    return Trial(
        id=ID,
        about="staff",
        measure=measure,
        value=max((value for value, _ in seen), default=0.0),
        threshold=threshold,
        n=len(people),
        needed=1,
        groups=tuple(group for _, group in seen if group is not None),
    )


def _by_day(stretches: Iterable[Stretch], zone: ZoneInfo) -> dict[date, list[Stretch]]:
    """A person's stretches of time by local day, cut at midnights: start, end, entry."""
    days: dict[date, list[Stretch]] = {}
    for start, end, row in stretches:
        while start < end:
            day = instant_of(start).astimezone(zone).date()
            stop = min(end, seconds_of(midnight(day + timedelta(days=1), zone)))
            days.setdefault(day, []).append((start, stop, row))
            start = stop
    return dict(sorted(days.items()))


def _days_over(
    people: People, zone: ZoneInfo, limit: int, measure: Callable[[Sequence[Stretch]], int], told: str
) -> Iterator[tuple[float, Group | None]]:
    """For each person the worst day's hours by ``measure``, and what is raised where a day exceeds ``limit`` hours."""
    for person, rows in people:
        days = _by_day(rows, zone)
        seconds = {day: measure(parts) for day, parts in days.items()}
        worst = max(seconds, key=lambda d: seconds[d])
        over = [day for day in seconds if seconds[day] > limit * _HOUR]
        group = None
        if over:
            detail = (
                f"{person} {told} more than {limit} hours on {len(over)} day(s), most on {worst}: {seconds[worst] / _HOUR:.1f}"
            )
            group = Group(detail, None, sources_by_patient(row for day in over for _, _, row in days[day]))
        yield seconds[worst] / _HOUR, group


def _logged(parts: Sequence[Stretch]) -> int:
    return sum(stop - start for start, stop, _ in parts)


def _first_to_last(parts: Sequence[Stretch]) -> int:
    return max(stop for _, stop, _ in parts) - min(start for start, _, _ in parts)


def _runs(people: People, zone: ZoneInfo, limit: int) -> Iterator[tuple[float, Group | None]]:
    for person, rows in people:
        days = list(_by_day(rows, zone))
        longest = run = 1
        for one, following in pairwise(days):
            run = run + 1 if following - one == timedelta(days=1) else 1
            longest = max(longest, run)
        detail = f"{person} logged time on {longest} days in a row, with no day off"
        yield longest, Group(detail) if longest > limit else None


def _overlaps(people: People, limit: int) -> Iterator[tuple[float, Group | None]]:
    """The longest overlap of each person's own entries, and what is raised where any is ``limit`` seconds or more."""
    for person, rows in people:
        longest = found = 0
        concerned: list[Logged] = []
        running: list[tuple[int, Logged]] = []
        for start, end, row in rows:  # in order of start
            running = [(stop, other) for stop, other in running if stop > start]
            for stop, other in running:
                overlap = min(stop, end) - start
                longest = max(longest, overlap)
                if overlap >= limit:
                    found += 1
                    concerned += [other, row]
            running.append((end, row))
        group = None
        if found:
            detail = f"{person}'s own entries overlap {found} time(s), longest {longest} seconds"
            group = Group(detail, None, sources_by_patient(concerned))
        yield longest, group
