"""What one audit test found, before anybody says what is a flag: its statistic, its chance, and who would be concerned."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from flows.ccm.decision import Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.source import Source
from flows.ccm.time_entry import TimeEntry


@dataclass(frozen=True, slots=True)
class Group:
    """One thing found: in words with numbers, without PHI (staff ids and counts of patients only).

    ``p_value`` None needs no chance: the group is raised as it stands. ``patients`` are the patients concerned by key, with
    the sources of what concerns them; empty where the month or a person is meant and no patient.
    """

    detail: str
    p_value: float | None = None
    patients: Mapping[str, tuple[Source, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """One test as computed. ``n`` below ``needed`` is too few to test: it has no p-value and no groups.

    ``about`` is ``month``, or the id of the person looked at.
    """

    id: str
    about: str
    measure: str
    value: float
    threshold: float
    n: int
    needed: int
    p_value: float | None = None
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Logged:
    """One time entry of the month, delivered once: whose patient, the entry, and how many of its seconds were counted."""

    patient: str
    entry: TimeEntry
    counted: int


def logged(patient_months: Iterable[PatientMonth], decisions: Iterable[Decision]) -> tuple[Logged, ...]:
    """Every entry once, as the count of minutes tells a second delivery, with what was counted of it."""
    counted: dict[tuple[str, str, Source | None], int] = {}
    for decision in decisions:
        for piece in decision.pieces:
            if piece.fate == "counted":
                key = (decision.patient_key, piece.entry_id, piece.source)
                counted[key] = counted.get(key, 0) + piece.seconds
    out: dict[tuple[object, ...], Logged] = {}
    for month in patient_months:
        for entry in month.time:
            patient = month.patient.key
            content = (patient, entry.started, entry.seconds, entry.person, entry.activity, entry.about, entry.mode)
            found = Logged(patient, entry, counted.get((patient, entry.entry_id, entry.source), 0))
            if content not in out or found.counted > out[content].counted:
                out[content] = found
    return tuple(sorted(out.values(), key=lambda r: (r.entry.started, r.patient, r.entry.entry_id, str(r.entry.source))))


def sources_by_patient(rows: Iterable[Logged]) -> dict[str, tuple[Source, ...]]:
    """The patients of some entries, each with its entries' sources in order."""
    found: dict[str, set[Source]] = {}
    for row in rows:
        found.setdefault(row.patient, set())
        if row.entry.source is not None:
            found[row.patient].add(row.entry.source)
    return {patient: tuple(sorted(found[patient])) for patient in sorted(found)}


def binomial_tail(successes: int, n: int, p: float) -> float:
    """The exact chance of at least ``successes`` out of ``n`` where each comes with chance ``p`` (0 < p < 1)."""
    if successes <= 0:
        return 1.0
    if successes > n:
        return 0.0
    if successes <= n * p:
        # below the mean the other tail is the short one
        return 1.0 - binomial_tail(n - successes + 1, n, 1.0 - p)
    first = (
        math.lgamma(n + 1)
        - math.lgamma(successes + 1)
        - math.lgamma(n - successes + 1)
        + successes * math.log(p)
        + (n - successes) * math.log1p(-p)
    )
    # above the mean each further term is smaller than the one before: add until they no longer tell
    term = total = 1.0
    odds = p / (1.0 - p)
    for k in range(successes, n):
        term *= (n - k) / (k + 1) * odds
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, math.exp(first) * total)


def chance(p_value: float) -> str:
    """A p-value for a reader, in two figures."""
    return f"{p_value:.2g}"
