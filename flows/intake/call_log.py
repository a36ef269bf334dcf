"""The month's call log from all its objects: documented entries, call records beside them, and calls left for themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from flows.ccm.practice import Practice
from flows.ccm.time_entry import TimeEntry
from flows.intake.accounts import Accounts
from flows.intake.call_entries import EntryReader
from flows.intake.call_objects import CallObject
from flows.intake.call_records import join, newest
from flows.intake.contradicted import without_contradictions
from flows.intake.csv_rows import rows_of
from flows.intake.layout_rows import Laid
from flows.intake.placement import Placement


def read_call_log(
    objects: Iterable[CallObject], practice: Practice, placement: Placement, accounts: Accounts
) -> dict[str, list[TimeEntry]]:
    """The time entries by MRN, of one object after the other; rows of our own layout are held as entries alone.

    Entries outside the month are kept: excluding minutes is the core's affair."""
    reader = EntryReader(practice, placement, accounts)
    entries: dict[str, list[TimeEntry]] = defaultdict(list)

    def add(read: tuple[str, TimeEntry] | None) -> None:
        if read is not None:
            entries.setdefault(read[0], []).append(read[1])

    every: list[Laid] = []
    for found in objects:
        for frame in found.frames:
            for source, row in rows_of(frame):
                add(reader.read(source, row))
        every += found.laid
    entries = without_contradictions(entries, accounts)
    calls = []
    for laid in newest(every, accounts):
        if laid.aside:
            accounts.exclude(laid.source, laid.aside)
        elif laid.layout.nature == "call":
            calls.append(laid)
        else:
            add(reader.read(laid.source, laid.values, laid))
    told, left = join(entries, [leg for laid in calls if (leg := reader.leg(laid))], accounts)
    entries = defaultdict(list, told)
    for leg in left:
        alone = leg.row
        add(reader.read(alone.source, {**alone.values, "call_seconds": alone.values["seconds"]}, alone))
    return entries
