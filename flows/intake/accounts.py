"""The account of every input row: taken, excluded or rejected, exactly once, by object."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from flows.ccm.month_result import InputObject, Reject
from flows.ccm.source import Source
from flows.intake.objects import Content, InboxObject, look_through


@dataclass(slots=True)
class _Account:
    version: str
    sha256: str
    rows: int = 0
    rejected: int = 0
    excluded: Counter[str] = field(default_factory=Counter)
    notes: set[str] = field(default_factory=set)


class Accounts:
    """Keeps the fate of each row while a month is read. A row is taken unless it is excluded or rejected.

    A row has one fate: the first exclusion or rejection of a source stands, and a second is not counted.
    """

    def __init__(self) -> None:
        self._accounts: dict[str, _Account] = {}
        self._settled: set[Source] = set()
        self._rejects: list[Reject] = []

    def look_through(self, item: InboxObject) -> Content:
        """Look through an object, which starts its account."""
        content = look_through(item)
        self._accounts[item.key] = _Account(item.version, content.sha256)
        return content

    def rows(self, key: str, count: int = 1) -> None:
        """Add rows that were found in an object."""
        self._accounts[key].rows += count

    def counted(self, key: str) -> int:
        """The rows found in an object so far."""
        return self._accounts[key].rows

    def reject(self, reject: Reject) -> None:
        """Reject a row that was added."""
        if reject.source in self._settled:
            return
        self._settled.add(reject.source)
        self._rejects.append(reject)
        self._accounts[reject.source.key].rejected += 1

    def damage(self, key: str, line: int, detail: str) -> None:
        """Account for what an object's damage took, as one row added and rejected."""
        self.rows(key)
        self.reject(Reject(Source(key, line), "row.unreadable", "", detail))

    def exclude(self, source: Source, name: str) -> None:
        """Exclude a row that was added, under a name that says why."""
        if source not in self._settled:
            self._settled.add(source)
            self._accounts[source.key].excluded[name] += 1

    def let_go(self, key: str, name: str) -> None:
        """Exclude a row that was added and that nobody looks at again: there may be millions, and none is remembered."""
        self._accounts[key].excluded[name] += 1

    def is_settled(self, source: Source) -> bool:
        """Whether the row was excluded or rejected."""
        return source in self._settled

    def note(self, key: str, name: str) -> None:
        """Say something about an object that concerns no row's fate; it stands among ``ignored`` with a tally of 0."""
        self._accounts[key].notes.add(name)

    @property
    def rejects(self) -> tuple[Reject, ...]:
        """The rejects, by source."""
        return tuple(sorted(self._rejects, key=lambda r: (r.source, r.reason, r.field)))

    @property
    def inputs(self) -> tuple[InputObject, ...]:
        """The objects with their tallies, by key."""
        return tuple(_input(key, account) for key, account in sorted(self._accounts.items()))


def _input(key: str, account: _Account) -> InputObject:
    excluded = account.excluded.total()
    taken = account.rows - excluded - account.rejected
    if taken < 0:
        raise AssertionError(f"{key}: more rows were excluded and rejected than were read")
    ignored = dict(sorted(account.excluded.items())) | dict.fromkeys(sorted(account.notes), 0)
    return InputObject(key, account.version, account.sha256, account.rows, taken, excluded, account.rejected, ignored)
