"""Time entries for property tests: any at all, and tidy ones that all qualify."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from flows.ccm.source import Source
from flows.ccm.time_entry import BusyTime, TimeEntry

ZONE = ZoneInfo("America/Los_Angeles")
PEOPLE = {"ann": "RN", "bea": "CMA", "ames": "MD", "bell": "NP", "guest": ""}
TIDY_STAFF = ("ann", "bea")


def entry(number: int, started: datetime, seconds: int, person: str, about: str = "chronic", mode: str = "remote") -> TimeEntry:
    """An entry of November 2025's people; ``number`` names it and its line."""
    return TimeEntry(
        f"entry {number:03d}", started, seconds, person, PEOPLE[person], "patient_call", about, mode, source=Source("log", number)
    )


# Coarse starts make overlaps, ties and equal entries likely; some begin before the month, some run past it.
_starts = st.builds(
    lambda day, quarter, seconds: (
        datetime(2025, 10, 31, 23, 0, tzinfo=ZONE) + timedelta(days=day, minutes=15 * quarter, seconds=seconds)
    ),
    st.integers(0, 30),
    st.integers(0, 8),
    st.sampled_from([0, 0, 30, 59]),
)
_fields = st.tuples(
    _starts,
    st.sampled_from([60, 599, 600, 1200, 1800, 3661, 7200]),
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(["chronic", "chronic", "chronic", "acute", "preventive"]),
    st.sampled_from(["remote", "remote", "remote", "face_to_face"]),
)


def numbered(fields: list) -> tuple[TimeEntry, ...]:
    """Entries in the order delivered."""
    return tuple(entry(number, *told) for number, told in enumerate(fields, 1))


any_entries = st.lists(_fields, max_size=12).map(numbered)

# One day holds few entries, so that overlaps and ties abound.
_one_day = st.tuples(
    st.integers(0, 8).map(lambda quarter: datetime(2025, 11, 4, 10, 0, tzinfo=ZONE) + timedelta(minutes=15 * quarter)),
    st.sampled_from([600, 900, 1800, 2700]),
    st.sampled_from(sorted(set(PEOPLE) - {"guest"})),
)
crowded_entries = st.lists(_one_day, max_size=8).map(numbered)


@st.composite
def tidy_entries(draw: st.DrawFn) -> tuple[TimeEntry, ...]:
    """Qualified entries that never overlap, at most one practitioner among them."""
    hours = draw(st.lists(st.integers(0, 60), unique=True, min_size=1, max_size=10))
    told = []
    for hour in hours:
        started = datetime(2025, 11, 3, 8, 0, tzinfo=ZONE) + timedelta(days=hour // 6, hours=hour % 6)
        seconds = draw(st.sampled_from([30, 60, 540, 570, 600, 1140, 1170, 1200, 1740, 1800, 3540, 3600]))
        told.append((started, seconds, draw(st.sampled_from([*TIDY_STAFF, "ames"]))))
    return numbered(told)


def busy_with(entries: tuple[TimeEntry, ...]) -> tuple[BusyTime, ...]:
    """The entries as another patient's record sees them."""
    return tuple(BusyTime(e.person, e.started, e.seconds) for e in entries)
