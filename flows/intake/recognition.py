"""Which layout an object of the calls folder has: by its file name's beginning, else by what stands in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from flows.intake.columns import CALLS
from flows.intake.json_records import JsonRecord, records
from flows.intake.layout import Layout
from flows.intake.layout_paths import find

CANONICAL = "canonical"
SAMPLE = 50  # records that are looked at


@dataclass(frozen=True, slots=True)
class Recognised:
    """The layout (None with ``name`` canonical: our own; None without a name: none) and, in words, why."""

    name: str
    layout: Layout | None
    why: str


def recognise_table(key: str, columns: Sequence[str], layouts: Iterable[Layout]) -> Recognised:
    """The layout of a table with these columns, in small letters."""
    there = set(columns)
    marks = {CANONICAL: CALLS.required} | {x.name: x.present for x in layouts if x.container == "table"}
    return _choose(key, marks, lambda _, mark: mark.strip().casefold() in there, layouts, "column")


def recognise_json(key: str, values: Sequence[JsonRecord], layouts: Iterable[Layout]) -> Recognised:
    """The layout of JSON values. What stands in any of the first records counts."""
    able = {x.name: x for x in layouts if x.container == "json"}
    # Each layout opens the document its own way.
    samples = {name: _sample(records(values[:SAMPLE], x.record.at)) for name, x in able.items()}

    def has(name: str, mark: str) -> bool:
        return any(find(mark, "json", [record]) for record in samples[name])

    return _choose(key, {name: x.present for name, x in able.items()}, has, layouts, "field")


def _sample(found: Iterable[JsonRecord]) -> list[Any]:
    return [record.value for record in islice(found, SAMPLE)]


def _choose(
    key: str, marks: dict[str, tuple[str, ...]], has: Callable[[str, str], bool], layouts: Iterable[Layout], word: str
) -> Recognised:
    by_name = {x.name: x for x in layouts}
    missing = {name: [m for m in needed if not has(name, m)] for name, needed in marks.items()}
    prefix = file_prefix(key)
    if prefix in missing:
        if not missing[prefix]:
            return Recognised(prefix, by_name.get(prefix), f"the file name begins with {prefix}, and every {word} is there")
        return Recognised("", None, f"the file name says {prefix}, and its {word}s are missing: {', '.join(missing[prefix])}")
    whole = sorted((name for name in missing if not missing[name]), key=lambda n: (-len(marks[n]), n))
    if len(whole) > 1 and len(marks[whole[0]]) == len(marks[whole[1]]):
        return Recognised("", None, f"fits {whole[0]} and {whole[1]} alike; begin the file name with the one it is")
    if whole:
        return Recognised(whole[0], by_name.get(whole[0]), f"every {word} of {whole[0]} is there: {', '.join(marks[whole[0]])}")
    if not missing:
        return Recognised("", None, "no layout reads files of this kind")
    nearest = min(missing, key=lambda n: (len(missing[n]) / len(marks[n]), n))
    if len(missing[nearest]) == len(marks[nearest]):
        return Recognised("", None, f"no {word} of any layout is in it")
    return Recognised(
        "", None, f"no layout fits; the nearest is {nearest}, of whose {word}s are missing: " + ", ".join(missing[nearest])
    )


def nearest_is_canonical(columns: Sequence[str], layouts: Iterable[Layout]) -> bool:
    """Whether a table that fits no layout is most like our own, or like nothing: then its rows are told one by one."""
    there = set(columns)
    shares = {x.name: sum(m.casefold() in there for m in x.present) / len(x.present) for x in layouts if x.container == "table"}
    own = sum(name in there for name in CALLS.required) / len(CALLS.required)
    return all(own >= share for share in shares.values())


def file_prefix(key: str) -> str:
    """A file's name up to the first dot or dash, which may name its layout."""
    return PurePosixPath(key).name.casefold().split(".")[0].split("-")[0]
