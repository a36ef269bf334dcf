"""The practice as it stands at the head of every document."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ccm.practice import Practice
from flows.outbox import wording


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The practice, as it stands at the head of a document."""

    name: str
    address: str
    phone: str


def letterhead(practice: Practice) -> Letterhead:
    """The practice's name, address in one line and telephone."""
    at = practice.address
    street = ", ".join(part for part in (at.line1, at.line2) if part)
    return Letterhead(practice.name, f"{street}, {at.city}, {at.state} {at.postal_code[:5]}", wording.phone(practice.phone))
