"""How alike a caller and a patient must be for the review queue. A likeness never attaches a minute: a person confirms it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Likeness:
    """Points for each fact that agrees or nearly agrees; a patient with ``minimum`` points or more is a candidate.

    At most ``at_most`` candidates are shown, best first. ``near_name`` is the Jaro-Winkler similarity (0 to 1) from which two
    names are near. ``nicknames`` are groups of given names that one person may go by.
    """

    minimum: int
    at_most: int
    near_name: float
    same_mbi: int
    same_born: int
    near_born: int
    same_phone: int
    same_family_name: int
    near_family_name: int
    same_given_name: int
    near_given_name: int
    nicknames: tuple[frozenset[str], ...]
