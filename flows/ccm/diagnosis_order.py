"""The order of a claim's diagnoses: the conditions cared for first, each underlying disease before what it brings with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flows.ccm.citation import Citation

_MOST = 12  # a claim holds so many diagnoses


@dataclass(frozen=True, slots=True)
class CodeFirst:
    """Codes that begin like one of ``underlying`` stand before those that begin like one of ``then``; ICD-10-CM, no dot."""

    underlying: tuple[str, ...]
    then: tuple[str, ...]
    citation: Citation


def in_order(managed: Iterable[str], others: Iterable[str], code_first: Iterable[CodeFirst]) -> tuple[str, ...]:
    """The claim's codes, each once, twelve at most: those of the conditions cared for, then the others.

    An underlying disease that is among them is drawn up to just before the first code that has to follow it, be it cared for
    or not; nothing else moves, and no code is added.
    """
    wanted = tuple(dict.fromkeys([*managed, *others]))
    rules = tuple(code_first)
    placed: dict[str, None] = {}
    begun: set[str] = set()

    def place(code: str) -> None:
        if code in begun:
            return
        begun.add(code)  # before what it follows: rules that name each other must come to an end
        causes = tuple(cause for rule in rules if code.startswith(rule.then) for cause in rule.underlying)
        for other in wanted:
            if other.startswith(causes):
                place(other)
        placed[code] = None

    for code in wanted:
        place(code)
    return tuple(placed)[:_MOST]
