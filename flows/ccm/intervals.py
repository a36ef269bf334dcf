"""Half-open stretches of time in whole seconds since the epoch, and the three things done with them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

Interval = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seconds_of(instant: datetime) -> int:
    """Whole seconds from the epoch to an aware instant; a fraction of a second is cut off."""
    return (instant - _EPOCH) // timedelta(seconds=1)


def instant_of(seconds: int) -> datetime:
    """The UTC instant that lies this many seconds after the epoch."""
    return _EPOCH + timedelta(seconds=seconds)


def merged(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The union of intervals, as disjoint ones in order; empty ones vanish."""
    out: list[Interval] = []
    for start, end in sorted(i for i in intervals if i[0] < i[1]):
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], end))
        else:
            out.append((start, end))
    return tuple(out)


def split(piece: Interval, covers: Iterable[Interval]) -> tuple[list[Interval], list[Interval]]:
    """Cut ``piece`` into the parts outside and the parts inside the union of ``covers``; together they are the piece."""
    outside: list[Interval] = []
    inside: list[Interval] = []
    at, end = piece
    for start, stop in merged(covers):
        start, stop = max(start, at), min(stop, end)
        if start >= stop:
            continue
        if at < start:
            outside.append((at, start))
        inside.append((start, stop))
        at = stop
    if at < end:
        outside.append((at, end))
    return outside, inside
