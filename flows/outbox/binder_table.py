"""The parts that a binder's section is made of."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ccm.source import Source
from flows.outbox import wording


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its caption (empty where the section's heading says it), columns, rows, and columns' widths in percent."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A section: heading (a bookmark), sentences, facts by name, tables."""

    heading: str
    notes: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()


def source(found: Source | None) -> str:
    """Where a fact came from, a dash where that is not on file."""
    return str(found) if found else wording.NONE_ON_FILE


def yes_no(value: bool | None) -> str:
    """A recorded yes or no; what nobody documented is said so."""
    return "not documented" if value is None else "yes" if value else "no"
