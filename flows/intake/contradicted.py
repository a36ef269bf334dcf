"""Entries that contradict each other: one id told two ways. Which one is right nobody can tell, so neither counts until cured."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from flows.ccm.month_result import LoggedAs, Reject
from flows.ccm.time_entry import TimeEntry
from flows.intake.accounts import Accounts


def without_contradictions(entries: Mapping[str, Sequence[TimeEntry]], accounts: Accounts) -> dict[str, list[TimeEntry]]:
    """The entries by MRN less those whose id stands for different ones: in one file, or for one patient and person in several.

    Ids of two logging systems may be alike by chance; the same id, patient and person are not.
    """
    told: dict[tuple[str, ...], set[tuple[object, ...]]] = defaultdict(set)
    for mrn, of_patient in entries.items():
        for entry in of_patient:
            for key in _keys(mrn, entry):
                told[key].add(_content(mrn, entry))
    kept: dict[str, list[TimeEntry]] = defaultdict(list)
    for mrn, of_patient in entries.items():
        for entry in of_patient:
            if entry.source is not None and any(len(told[key]) > 1 for key in _keys(mrn, entry)):
                detail = "this entry_id is told in two ways; correct the log so that each entry has its own id and stands once"
                logged = LoggedAs(entry.started.isoformat(), f"{entry.seconds} seconds", entry.person)
                accounts.reject(Reject(entry.source, "row.bad_value", "entry_id", detail, (mrn,), logged=logged))
            else:
                kept[mrn].append(entry)
    return kept


def _keys(mrn: str, entry: TimeEntry) -> tuple[tuple[str, ...], ...]:
    file = entry.source.key if entry.source else ""
    return (("file", file, entry.entry_id), ("person", mrn, entry.person, entry.entry_id))


def _content(mrn: str, entry: TimeEntry) -> tuple[object, ...]:
    return (mrn, entry.started, entry.seconds, entry.person, entry.activity, entry.about, entry.mode)
