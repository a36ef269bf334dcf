"""The persons who log time in a synthetic month, taken from the practice's own roster."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flows.ccm.practice import Practice, Practitioner, StaffMember
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.diary import CLOSES, OPENS
from flows.synthesize.workdays import workdays

# The credentials that the case format names; a person with another one may be on a roster, but none of their time counts.
PRACTITIONER_CREDENTIALS = frozenset({"MD", "DO", "NP", "PA", "CNS", "CNM"})
STAFF_CREDENTIALS = frozenset({"RN", "LPN", "CMA", "PharmD", "care_manager"})
# Random calls stop finding room when calendars fill past this share of the working day.
FULL = 0.6


@dataclass(frozen=True, slots=True)
class Roster:
    """Who works the whole month with a credential that counts. ``names`` are what a log may call each of them by."""

    practitioners: tuple[Practitioner, ...]
    staff: tuple[StaffMember, ...]
    names: dict[str, tuple[str, ...]]


def roster_of(practice: Practice, month: ServiceMonth) -> Roster:
    """Raises ValueError when nobody is left to bill or to call."""
    practitioners = tuple(
        p
        for p in practice.practitioners
        if p.credential in PRACTITIONER_CREDENTIALS and p.start <= month.first_day and (p.end is None or p.end >= month.last_day)
    )
    staff = {
        s.id: s
        for s in practice.staff
        if s.credential in STAFF_CREDENTIALS and s.start <= month.first_day and (s.end is None or s.end >= month.last_day)
    }
    if not practitioners:
        raise ValueError(f"practice {practice.slug}: no billing practitioner for all of {month}; add one to practitioners.csv")
    if not staff:
        raise ValueError(f"practice {practice.slug}: no clinical staff for all of {month}; add a row to staff.csv")
    names = {p.id: (p.id,) for p in practitioners} | {s.id: (s.id, *s.logins) for s in staff.values()}
    return Roster(practitioners, tuple(staff.values()), names)


def seconds_available(month: ServiceMonth, persons: int) -> int:
    """The time that so many persons can log in the month, in seconds, before their calendars are too full to place calls."""
    return int(len(workdays(month)) * (CLOSES - OPENS) * FULL) * persons


def with_enough_staff(practice: Practice, patients: int) -> Practice:
    """The practice with vendor staff added, so that a month of so many patients fits: for benchmarks of any size.

    The month must then be decided under the practice that this returns, since the log names the added staff.
    """
    wanted = 2 + patients // 90
    present = len({s.id for s in practice.staff})
    kinds = sorted(STAFF_CREDENTIALS - {"PharmD"})
    added = tuple(
        StaffMember(
            id=f"synthetic-{n:04d}",
            name=f"Synthetic Caller {n}",
            credential=kinds[n % len(kinds)],
            employer="vendor",
            start=min(s.start for s in practice.staff),
            logins=(f"caller{n:04d}",),
        )
        for n in range(1, wanted - present + 1)
    )
    return replace(practice, staff=practice.staff + added)
