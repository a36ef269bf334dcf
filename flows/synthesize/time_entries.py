"""The time entries that tell each script: where each begins, who did it, and what must become of every second."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from flows.ccm.service_month import ServiceMonth
from flows.synthesize.diary import DAY, Diary
from flows.synthesize.narrative import describe, draw_activity
from flows.synthesize.roster import Roster, seconds_available
from flows.synthesize.script import Script
from flows.synthesize.workdays import workday_after, workday_before, workdays

STAFF, PRACTITIONER = "staff", "practitioner"


@dataclass(frozen=True, slots=True)
class Entry:
    """One logged activity. ``start`` is seconds of local time from the month's first midnight.

    ``counted`` seconds count; the rest is excluded for ``reason``. ``patient`` is the script's number. ``again`` marks
    an entry delivered a second time, ``late`` one that must come in the late file.
    """

    id: str
    patient: int
    start: int
    seconds: int
    person: str
    performer: str
    counted: int
    reason: str = ""
    about: str = "chronic"
    mode: str = "remote"
    activity: str = ""
    description: str = ""
    call_id: str = ""
    call_seconds: int | None = None
    again: bool = False
    late: bool = False


class Logbook:
    """Writes the entries of all scripts, one diary for everybody."""

    def __init__(self, scripts: Sequence[Script], roster: Roster, month: ServiceMonth, entry_seconds: int, rng: Random) -> None:
        self._scripts, self._month, self._rng = scripts, month, rng
        self._entry_seconds = entry_seconds
        self._diary = Diary(rng)
        self._staff = tuple(s.id for s in roster.staff)
        self._alone = tuple((s,) for s in self._staff)
        self._on_call_tonight = list(self._staff)
        rng.shuffle(self._on_call_tonight)
        self._topics = [tuple(t for c in s.chart.listed for t in c.topics) for s in scripts]
        self._number = 0

    def write(self) -> list[Entry]:
        """All entries, in no particular order. Raises ValueError when the roster cannot hold them."""
        needed = sum(s.time.staff for s in self._scripts)
        if needed > seconds_available(self._month, len(self._staff)):
            enough = 1 + needed // seconds_available(self._month, 1)
            raise ValueError(
                f"{len(self._scripts)} patients need about {enough} staff on the roster and it has {len(self._staff)}: "
                "name more in staff.csv or ask for fewer patients"
            )
        pieces = [self._split(s.time.staff, 1) for s in self._scripts]
        entries: list[Entry] = []
        # what needs several calendars at once is placed first, while they are empty
        entries += self._double_booked(pieces)
        for n, script in enumerate(self._scripts):
            entries += self._overlap_and_month_end(n, script, pieces[n])
        for n, script in enumerate(self._scripts):
            own = [self._staff_entry(n, seconds, script.course.counts) for seconds in pieces[n]]
            own += self._practitioner_entries(n, script)
            if own and "duplicate_rows" in script.planted:
                first = self._rng.choice(own)
                entries.append(replace(first, counted=0, reason="time.duplicate", again=True, late=True))
            entries += own
            entries += self._excluded(n, script)
        return entries

    def extra(self, patient: int) -> Entry:
        """One more ordinary entry for a patient: for rows that never become time. Its person is busy meanwhile."""
        return self._staff_entry(patient, self._rng.randrange(180, 900), self._scripts[patient].course.counts)

    def _split(self, total: int, unit: int) -> list[int]:
        """Cut a total into activities of uneven length, each a multiple of ``unit`` seconds and at least 90 seconds long."""
        if not total:
            return []
        pieces = min(max(1, round(total / self._entry_seconds * self._rng.uniform(0.7, 1.4))), max(1, total // 120))
        weights = [self._rng.uniform(0.5, 1.6) for _ in range(pieces)]
        shortest = -(-90 // unit)
        spare = total // unit - shortest * pieces
        lengths = [shortest + int(spare * w / sum(weights)) for w in weights]
        lengths[-1] += total // unit - sum(lengths)
        return [n * unit for n in lengths]

    def _entry(self, patient: int, start: int, seconds: int, person: str, performer: str, counted: int, **more) -> Entry:
        self._number += 1
        activity = draw_activity(performer == PRACTITIONER, self._rng)
        called = activity == "patient_call" and more.get("mode") != "face_to_face"
        return Entry(
            id=f"E{self._month.year % 100:02d}{self._month.month:02d}{self._number:07d}",
            patient=patient,
            start=start,
            seconds=seconds,
            person=person,
            performer=performer,
            counted=counted,
            activity=activity,
            description=describe(activity, self._topics[patient], self._rng),
            call_id=f"C{self._number:07d}" if called else "",
            # notes are written after the call: talk time is most of the entry, never more
            call_seconds=max(30, seconds - self._rng.randrange(10, 60)) if called else None,
            **more,
        )

    def _coordinator_first(self, patient: int) -> tuple[tuple[str], ...]:
        """Most of a patient's calls are made by one coordinator."""
        own = self._alone[patient % len(self._alone)] if self._rng.random() < 0.7 else self._rng.choice(self._alone)
        return (own, *self._alone)

    def _staff_entry(self, patient: int, seconds: int, days: Sequence[int], counted: int | None = None, **more) -> Entry:
        (person,), start = self._diary.find(self._coordinator_first(patient), days, seconds, (patient,))
        self._diary.book(person, start, start + seconds)
        self._diary.book(patient, start, start + seconds)
        return self._entry(patient, start, seconds, person, STAFF, seconds if counted is None else counted, **more)

    def _practitioner_entries(self, n: int, script: Script) -> Iterator[Entry]:
        who = script.chart.practitioner
        for seconds in self._split(script.time.practitioner, 60):
            _, start = self._diary.find(((who,),), script.course.counts, seconds, (n,))
            self._diary.book(who, start, start + seconds)
            self._diary.book(n, start, start + seconds)
            yield self._entry(n, start, seconds, who, PRACTITIONER, seconds)

    def _double_booked(self, pieces: list[list[int]]) -> Iterator[Entry]:
        """One person's entries for two patients that overlap by a minute or more: the overlap counts for neither."""
        able = [n for n, s in enumerate(self._scripts) if "double_booked" in s.planted and pieces[n]]
        for p, q in zip(able[::2], able[1::2], strict=False):
            days = sorted(set(self._scripts[p].course.counts) & set(self._scripts[q].course.counts))
            if not days:
                continue
            one, two, shared = pieces[p].pop(), pieces[q].pop(), self._rng.randrange(60, 300)
            (person,), start = self._diary.find(self._alone, days, one + shared + two, (p, q))
            for who in (person, p, q):
                self._diary.book(who, start, start + one + shared + two)
            yield self._entry(p, start, one + shared, person, STAFF, one, reason="time.double_booked")
            yield self._entry(q, start + one, shared + two, person, STAFF, two, reason="time.double_booked")

    def _overlap_and_month_end(self, n: int, script: Script, pieces: list[int]) -> Iterator[Entry]:
        """Two staff on one patient at once, and a call that runs past the month's last midnight (or one wholly outside)."""
        if "overlap" in script.planted and len(self._staff) > 1 and pieces and max(pieces) >= 200:
            length = pieces.pop(pieces.index(max(pieces)))
            crew, start = self._diary.find(
                [self._rng.sample(self._staff, 2) for _ in range(8)], script.course.counts, length, (n,)
            )
            for who in (*crew, n):
                self._diary.book(who, start, start + length)
            handover = self._rng.randrange(100, length - 50)
            shared = self._rng.randrange(30, min(handover - 10, 300))
            yield self._entry(n, start, handover, crew[0], STAFF, handover)
            second = start + handover - shared
            yield self._entry(n, second, start + length - second, crew[1], STAFF, length - handover, reason="time.overlap")
        if "outside_month" in script.planted:
            midnight = self._month.last_day.day * DAY
            whole_month = script.course.counts == workdays(self._month)
            if pieces and whole_month and self._on_call_tonight and self._rng.random() < 0.5:
                length, beyond, person = pieces.pop(), self._rng.randrange(60, 500), self._on_call_tonight.pop()
                self._diary.book(n, midnight - length, midnight + beyond)
                yield self._entry(n, midnight - length, length + beyond, person, STAFF, length, reason="time.outside_month")
            else:
                # before a consent or after a death the entry would have two reasons: take the side that has one
                after = script.course.reason == "time.before_consent" or script.course.reason == "time.visit_day"
                died = script.chart.patient.died is not None
                early, late = workday_before(self._month), workday_after(self._month)
                day = late if after else early if died else self._rng.choice((early, late))
                yield self._staff_entry(n, self._rng.randrange(200, 900), (day,), 0, reason="time.outside_month")

    def _excluded(self, n: int, script: Script) -> Iterator[Entry]:
        """Entries of which not a second counts, each for one reason."""
        days, rng = script.course.counts, self._rng
        if "face_to_face" in script.planted:
            yield self._staff_entry(n, rng.randrange(240, 1200), days, 0, reason="time.face_to_face", mode="face_to_face")
        if "acute" in script.planted:
            about = rng.choice(("acute", "preventive"))
            yield self._staff_entry(n, rng.randrange(240, 900), days, 0, reason="time.not_chronic", about=about)
        if "unqualified_staff" in script.planted:
            seconds = rng.randrange(240, 900)
            crews = [(f"temp-agency-{rng.randrange(1, 3 + len(self._scripts) // 20)}",) for _ in range(4)]
            (person,), start = self._diary.find(crews, days, seconds, (n,))
            self._diary.book(person, start, start + seconds)
            self._diary.book(n, start, start + seconds)
            yield self._entry(n, start, seconds, person, "", 0, reason="time.unqualified_staff")
        if script.course.excluded_on:
            yield self._staff_entry(n, rng.randrange(240, 1200), script.course.excluded_on, 0, reason=script.course.reason)
