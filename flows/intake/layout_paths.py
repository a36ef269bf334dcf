"""Places in a record, as a layout writes them.

In a table a place is a column's name. In JSON it is names joined by dots: ``Agent.Username``; ``sessions[]`` is every item of a
list, ``participants[purpose=agent|user]`` those whose field has one of the words. A leading ``^`` is the object one list
further out, ``^^`` two; outside the record there is nothing, so that there it is the record itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"(?P<name>[A-Za-z0-9_ -]+)(?P<list>\[(?:(?P<field>[A-Za-z0-9_]+)=(?P<words>[^\]=]+))?\])?\Z")


class PathFault(ValueError):
    """A place that cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class _Step:
    name: str
    many: bool
    field: str
    words: frozenset[str]


@lru_cache(maxsize=1024)
def parse_path(path: str, container: str) -> tuple[int, tuple[_Step, ...]]:
    """How many lists further out, and the steps from there. Raises PathFault."""
    if container == "table":
        return 0, (_Step(path.strip().casefold(), False, "", frozenset()),)
    inner = path.lstrip("^")
    steps = []
    for part in inner.removeprefix(".").split("."):
        match = _STEP.match(part)
        if match is None:
            raise PathFault("is no place: write names joined by dots, like Agent.Username, sessions[] or legs[type=Voice]")
        words = frozenset((match["words"] or "").split("|")) - {""}
        steps.append(_Step(match["name"], bool(match["list"]), match["field"] or "", words))
    return len(path) - len(inner), tuple(steps)


def find(path: str, container: str, context: Sequence[Any]) -> list[Any]:
    """Everything at a place. ``context`` holds the record, its leg, the leg's leg; a place starts at the last."""
    out, steps = parse_path(path, container)
    nodes = [context[max(0, len(context) - 1 - out)]]
    for step in steps:
        found = [node[step.name] for node in nodes if isinstance(node, dict) and step.name in node]
        if step.many:
            items = [item for value in found if isinstance(value, list) for item in value]
            found = [item for item in items if not step.words or (isinstance(item, dict) and _text_of(item, step))]
        nodes = found
    return nodes


def _text_of(item: dict[str, Any], step: _Step) -> bool:
    return text(item.get(step.field)) in step.words


def first(paths: Sequence[str], container: str, context: Sequence[Any]) -> str:
    """The text at the first of the places that has one; else empty."""
    for path in paths:
        for value in find(path, container, context):
            if found := text(value):
                return found
    return ""


def text(value: Any) -> str:
    """A scalar as text; empty for what is none. A whole number is written without a decimal point."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value)
    return str(value) if isinstance(value, int) and abs(value) < 10**18 else ""
