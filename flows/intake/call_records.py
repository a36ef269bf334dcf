"""Call records beside documented entries: of a record delivered again the newest, and each call's talk time to its entry.

A documented entry is the time; the call record of the same call and person says how much of it was talk. A call that nobody
documented is left over, for an entry of its own where the record has all that an entry needs. So no second counts twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flows.ccm.intervals import merged, seconds_of
from flows.ccm.month_result import Reject
from flows.ccm.time_entry import TimeEntry
from flows.intake.accounts import Accounts
from flows.intake.layout_rows import Laid

JOINED = "call record of a documented entry"
DELIVERED_AGAIN = "time.duplicate"
_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Leg:
    """One person's part of a call: when it began, how long the person talked, and the patient it names (empty: none)."""

    row: Laid
    started: datetime
    seconds: int
    person: str
    mrn: str


def newest(rows: Iterable[Laid], accounts: Accounts) -> list[Laid]:
    """The rows that hold. The older deliveries of a record, and the same one again, are excluded as delivered again.

    Deliveries that differ without a time that says which is newer are all rejected: nobody can tell which is true.
    """
    deliveries: dict[tuple[str, str], list[Laid]] = defaultdict(list)
    held: list[Laid] = []
    for row in rows:
        if row.record and (row.layout.nature == "call" or row.version is not None):
            deliveries[row.layout.name, row.record].append(row)
        else:
            held.append(row)
    for group in deliveries.values():
        latest = max(row.version or _NEVER for row in group)
        last = [row for row in group if (row.version or _NEVER) == latest]
        for row in group:
            if (row.version or _NEVER) != latest:
                accounts.exclude(row.source, DELIVERED_AGAIN)
        if any(_content(row) != _content(last[0]) for row in last):
            detail = "was delivered twice with different content, and no update time says which holds; export it once more"
            for row in last:
                accounts.reject(Reject(row.source, "row.bad_value", "entry_id", f"the record {detail}"))
            continue
        held.append(last[0])
        for row in last[1:]:
            accounts.exclude(row.source, DELIVERED_AGAIN)
    return sorted(held, key=lambda row: row.source)


def _content(row: Laid) -> tuple[object, ...]:
    return (row.values, row.faults, row.calls, row.aside)


def join(
    entries: dict[str, list[TimeEntry]], legs: Sequence[Leg], accounts: Accounts
) -> tuple[dict[str, list[TimeEntry]], list[Leg]]:
    """The entries with the talk time of their calls, and the legs that no entry documents. Joined legs are excluded by name.

    A leg belongs to the entries that name its call and are of its person. One that names another patient than they do is
    rejected. The talk time of several entries of one call is divided among them, in order of their start.
    """
    documented: dict[tuple[str, str], set[str]] = defaultdict(set)
    for mrn, logged in entries.items():
        for entry in logged:
            if entry.call_id:
                documented[entry.call_id, entry.person].add(mrn)
    talk: dict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    left: list[Leg] = []
    for leg in legs:
        call = next(((call, leg.person) for call in leg.row.calls if (call, leg.person) in documented), None)
        if call is None:
            left.append(leg)
        elif leg.mrn and leg.mrn not in documented[call]:
            detail = "the entry that documents this call is about another patient; correct the one that is wrong"
            candidates = tuple(sorted({leg.mrn, *documented[call]}))
            accounts.reject(Reject(leg.row.source, "row.bad_value", "call_id", detail, candidates))
        else:
            talk[call].append((leg.started, leg.seconds))
            accounts.exclude(leg.row.source, JOINED)
    shares = _shares(entries, {call: _covered(stretches) for call, stretches in talk.items()})
    told = {mrn: [replace(e, call_seconds=shares.get(_key(mrn, e), e.call_seconds)) for e in es] for mrn, es in entries.items()}
    return told, left


def _covered(stretches: Iterable[tuple[datetime, int]]) -> int:
    """Seconds covered by one person's stretches of a call: exports repeat a leg under another name."""
    return sum(end - start for start, end in merged((seconds_of(t), seconds_of(t) + seconds) for t, seconds in stretches))


_Key = tuple[str, str, str, str, datetime, int]


def _key(mrn: str, entry: TimeEntry) -> _Key:
    """What copies of an entry have in common: a second delivery has the same share, not a share of its own."""
    return (entry.call_id, entry.person, mrn, entry.entry_id, entry.started, entry.seconds)


def _shares(entries: Mapping[str, Sequence[TimeEntry]], talk: Mapping[tuple[str, str], int]) -> dict[_Key, int]:
    """Each joined entry's part of its call's talk time: as much as the entry is long, the rest to the last."""
    waiting: dict[tuple[str, str], set[_Key]] = defaultdict(set)
    for mrn, logged in entries.items():
        for entry in logged:
            if (entry.call_id, entry.person) in talk:
                waiting[entry.call_id, entry.person].add(_key(mrn, entry))
    shares: dict[_Key, int] = {}
    for call, keys in waiting.items():
        left = talk[call]
        ordered = sorted(keys, key=_in_order)
        for key in ordered:
            shares[key] = left if key is ordered[-1] else min(left, key[5])
            left -= shares[key]
    return shares


def _in_order(key: _Key) -> tuple[datetime, str, str, int]:
    return (key[4], key[3], key[2], key[5])
