"""How a check states a fault: the field, what is wrong with it, how to mend it; and the table form of single-element checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Flaw:
    """One fault before it is tied to its claim. ``detail`` may hold PHI; ``field`` and ``remedy`` never do.

    ``by_hand``: the claim is right, and says what no claim file of ours can carry.
    """

    field: str
    detail: str
    remedy: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Shape:
    """A row of a check table: the value found at ``field`` must satisfy ``good``, else ``message`` and ``remedy`` are said."""

    field: str
    good: Callable[[Any], bool]
    message: str
    remedy: str


def misshapen(subject: object, rows: Iterable[Shape], prefix: str = "") -> Iterator[Flaw]:
    """The flaws of ``subject`` by a table; fields are dotted attribute paths below it, reported after ``prefix``."""
    for row in rows:
        value: Any = subject
        for name in row.field.split("."):
            value = getattr(value, name)
        if value is None or not row.good(value):
            found = f'"{value}"' if value not in ("", None) else "nothing on record"
            yield Flaw(prefix + row.field, f"{found}: {row.message}", row.remedy)
