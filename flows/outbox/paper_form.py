"""A claim on paper: the values to write by the form's own box numbers, with our words for each. No form is pictured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flows.ccm.patient import Address

# What a box is made of: its number, what it is in our words, the value to write, empty for none.
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a form: its number, what it is in our words, the value to write."""

    number: str
    what: str
    value: str


@dataclass(frozen=True, slots=True)
class PaperForm:
    """One sheet of one claim; a claim of many lines has several. Boxes that stay blank are left out."""

    claim_id: str
    patient: str
    sheet: int
    boxes: tuple[Box, ...]


def filled(boxes: Iterable[Row]) -> tuple[Box, ...]:
    """The boxes that have a value."""
    return tuple(Box(number, what, value) for number, what, value in boxes if value)


def in_a_line(where: Address | None) -> str:
    """An address in one line; empty where there is none."""
    parts = (where.line1, where.line2, where.city, where.state, where.postal_code) if where else ()
    return ", ".join(filter(None, parts))
