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


def in_order(
    managed: Iterable[str], others: Iterable[str], code_first: Iterable[CodeFirst], qualifying: int = 2
) -> tuple[str, ...]:
    """The claim's codes, each once, twelve at most: those of the conditions cared for, then the others.

    An underlying disease that is among them is drawn up to just before the first code that has to follow it, be it cared for
    or not; nothing else moves, and no code is added. Of more than twelve the last fall off, save that a code never stands
    without its underlying diseases for want of room; the first ``qualifying`` conditions cared for never fall off.
    """
    first = tuple(dict.fromkeys(managed))
    wanted = tuple(dict.fromkeys([*first, *others]))
    order = _Order(wanted, tuple(code_first))
    kept = set(first[:qualifying])
    for code in wanted:
        group = [each for each in order.with_causes(code) if each not in kept]
        if len(kept) + len(group) <= _MOST:
            kept.update(group)
        elif code in kept:  # one that must stay takes what room there is for what it follows
            kept.update(group[: _MOST - len(kept)])
    return tuple(code for code in order.of(wanted) if code in kept)


class _Order:
    """The order that the rules give the wanted codes."""

    def __init__(self, wanted: tuple[str, ...], rules: tuple[CodeFirst, ...]) -> None:
        self._wanted, self._rules = wanted, rules

    def with_causes(self, code: str) -> tuple[str, ...]:
        """The code, after all that has to stand before it."""
        return self.of((code,))

    def of(self, codes: Iterable[str]) -> tuple[str, ...]:
        """The codes in their order, each after all of the wanted ones that have to stand before it."""
        placed: dict[str, None] = {}
        begun: set[str] = set()

        def place(code: str) -> None:
            if code in begun:
                return
            begun.add(code)  # before what it follows: rules that name each other must come to an end
            causes = tuple(cause for rule in self._rules if code.startswith(rule.then) for cause in rule.underlying)
            for other in self._wanted:
                if other.startswith(causes):
                    place(other)
            placed[code] = None

        for code in codes:
            place(code)
        return tuple(placed)
