"""A claim on paper: the values to write by the form's own box numbers, with our words for each. No form is pictured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from flows.ccm.claim import Claim
from flows.ccm.patient import Address
from flows.outbox.claim_loops import payer

_REMITTANCE = "no box: attach the first plan's remittance"
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


def to_attach(claim: Claim) -> Iterator[Row]:
    """What goes with the form: the first plan's remittance, where the claim is to the second. No box has all that it says."""
    yield "attach", _REMITTANCE, remittance_to_attach(claim)


def remittance_to_attach(claim: Claim) -> str:
    """The first plan's remittance in words; empty where none is on record."""
    if claim.other_coverage is None or claim.prior is None:
        return ""
    return f"remittance of {payer(claim, claim.other_coverage).name} of {claim.prior.on}: paid {claim.prior.paid:.2f}"


def filled(boxes: Iterable[Row]) -> tuple[Box, ...]:
    """The boxes that have a value."""
    return tuple(Box(number, what, value) for number, what, value in boxes if value)


def in_a_line(where: Address | None) -> str:
    """An address in one line; empty where there is none."""
    parts = (where.line1, where.line2, where.city, where.state, where.postal_code) if where else ()
    return ", ".join(filter(None, parts))
