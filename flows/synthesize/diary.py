"""Who is busy when: finds room for an activity so that nobody is in two places, unless it is planted."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from random import Random

DAY = 86_400
OPENS, CLOSES = 8 * 3600, 17 * 3600 + 45 * 60  # seconds of the local day


class Diary:
    """Busy stretches of persons and patients. Instants are seconds of local time from the month's first midnight."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        # by person or patient and day, since an activity never leaves its day but at the month's end
        self._busy: dict[tuple[str | int, int], list[tuple[int, int]]] = defaultdict(list)

    def book(self, who: str | int, start: int, end: int) -> None:
        """Make a person (id) or a patient (number) busy from start to end."""
        insort(self._busy[who, start // DAY], (start, end))

    def free(self, who: str | int, start: int, end: int) -> bool:
        """Whether a person or patient has nothing between start and end."""
        booked = self._busy.get((who, start // DAY))
        if not booked:
            return True
        after = bisect_left(booked, (start, start))
        return (after == len(booked) or booked[after][0] >= end) and (after == 0 or booked[after - 1][1] <= start)

    def find(
        self, crews: Sequence[Sequence[str]], days: Sequence[int], seconds: int, patients: Sequence[int]
    ) -> tuple[Sequence[str], int]:
        """A crew, each of whom is free together with all the patients for so long, and the start; nothing is booked.

        The first crew is tried first. Raises ValueError when no crew has room on any of the days.
        """
        latest = CLOSES - seconds
        for attempt in range(24):
            crew = crews[0] if attempt < 6 else self._rng.choice(crews)
            start = self._rng.choice(days) * DAY + self._rng.randrange(OPENS, latest)
            if self._all_free((*crew, *patients), start, start + seconds):
                return crew, start
        for day in self._rng.sample(days, len(days)):
            for crew in crews:
                everyone = (*crew, *patients)
                ends = (end for who in everyone for _, end in self._busy.get((who, day), ()))
                for start in sorted({day * DAY + OPENS, *ends}):
                    if start <= day * DAY + latest and self._all_free(everyone, start, start + seconds):
                        return crew, start
        raise ValueError(
            "the roster has no room left for the month's time: name more staff in staff.csv or ask for fewer patients"
        )

    def _all_free(self, everyone: Sequence[str | int], start: int, end: int) -> bool:
        return all(self.free(who, start, end) for who in everyone)
