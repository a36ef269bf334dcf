"""Time that a person logged for two patients at once, against a count of every second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.time_entry import BusyTime, TimeEntry
from flows.intake.busy_time import busy_by_patient
from tests.intake.practice_fixture import call, read_calls

START = datetime(2025, 11, 4, tzinfo=UTC)


def _entry(person: str, at: int, seconds: int) -> TimeEntry:
    return TimeEntry("e", START + timedelta(seconds=at), seconds, person, "RN", "patient_call", "chronic", "remote")


ENTRIES = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["p", "q", "r"]), st.integers(0, 30), st.integers(1, 15)), max_size=14
)


@settings(deadline=None)
@given(ENTRIES)
def test_busy_covers_exactly_the_seconds_shared_with_another_patient(logged):
    entries: dict[str, list[TimeEntry]] = {}
    seconds: dict[tuple[str, str], set[int]] = {}
    for person, patient, at, length in logged:
        entries.setdefault(patient, []).append(_entry(person, at, length))
        seconds.setdefault((person, patient), set()).update(range(at, at + length))
    busy = busy_by_patient(entries)
    for (person, patient), own in seconds.items():
        others = set().union(*(s for (who, whose), s in seconds.items() if who == person and whose != patient), set())
        found: set[int] = set()
        for b in busy.get(patient, ()):
            if b.person == person:
                first = int((b.started - START).total_seconds())
                found.update(range(first, first + b.seconds))
        assert found == own & others


def test_a_duplicate_does_not_make_its_own_person_busy():
    intake = read_calls(call(), call(), call(entry_id="e2", mrn="M2", started="2025-11-04T11:00:00"))
    assert [m.busy for m in intake.patient_months if m.time] == [(), ()]


def test_one_login_and_the_id_are_one_person():
    intake = read_calls(call(), call(entry_id="e2", mrn="M2", staff_id="NNURSE", started="2025-11-04T10:05:00"))
    shared = BusyTime("n1", datetime(2025, 11, 4, 18, 5, tzinfo=UTC), 300)
    assert [m.busy for m in intake.patient_months if m.time] == [(shared,), (shared,)]
