"""Whether a practice's month can be run: its inbox is there, its rosters reach into the month, every code has a charge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flows.ccm.file_kind import FHIR, file_kind
from flows.ccm.practice import Practice, terms_of
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.resolve import load
from flows.steps import inbox_prefixes
from flows.store import Store, unopened


def missing(store: Store, practice: Practice, month: ServiceMonth) -> tuple[str, ...]:
    """What a run of the month would lack, each a line with how to mend it. Raises StoreError, RulebookError."""
    return (*_inbox(store, practice, month), *_rosters(practice, month), *_charges(practice, month))


def _inbox(store: Store, practice: Practice, month: ServiceMonth) -> Iterator[str]:
    for prefix, what in zip(inbox_prefixes(month), ("call logs", "records"), strict=True):
        place, keys = f"{practice.slug}/{prefix}", [item.key for item in store.list(prefix)]
        if not keys:
            yield f"{practice.slug}: no {what} below {place}; put the month's files there"
        if unread := sum(bool(unopened(key)) for key in keys):
            yield f"{practice.slug}: files below {place} whose names are not read: {unread}; deliver them under plain names"
        if what == "records" and keys and not {"consents", FHIR} & {file_kind(key) for key in keys}:
            yield f"{practice.slug}: no consents among the records below {place}; without any, everybody is held"


def _rosters(practice: Practice, month: ServiceMonth) -> Iterator[str]:
    for people, name in ((practice.practitioners, "practitioners.csv"), (practice.staff, "staff.csv")):
        if not any(_reaches(p.start, p.end, month) for p in people):
            yield f"{practice.slug}: nobody in {name} is there in {month}; correct the start and end dates"


def _reaches(start: date, end: date | None, month: ServiceMonth) -> bool:
    return start <= month.last_day and (end is None or month.first_day <= end)


def _charges(practice: Practice, month: ServiceMonth) -> Iterator[str]:
    rules = load().in_force(month, terms_of(practice, month.last_day))
    codes = {code for family in rules.families for code in (family.base, family.add_on) if code}
    for code in sorted(codes - set(rules.charges or ())):
        yield f"{practice.slug}: charges.csv has no charge for {code} in force in {month}; add one with its first day"
