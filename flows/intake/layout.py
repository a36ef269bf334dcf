"""A contact center's export described as data: one TOML file of ``layouts/`` each. LAYOUTS.md is the guide to writing one."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from flows.intake.columns import CALLS
from flows.intake.layout_paths import PathFault, parse_path

HOME = Path(__file__).parent / "layouts"
# A call is a patient call, and remote, by what a telephone is. What it was about is for a person to say: never a constant.
_CONSTANTS = frozenset({"activity", "mode"})
_READ_ELSEWHERE = frozenset({"entry_id", "started", "seconds", "minutes", "call_id", "call_seconds"})
_FIELDS = frozenset(CALLS.columns) - _READ_ELSEWHERE


class LayoutError(Exception):
    """Layouts that cannot be used: a set-up fault. ``problems`` holds one line each: file, key, what is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldRule(_Strict):
    """Where one field's text stands: the first place of ``at`` with a value, cut out by ``pattern``, put in our ``words``."""

    at: tuple[str, ...] = ()
    by: str = ""  # where the place depends on a word at another one, as the patient's number does on the direction
    cases: dict[str, tuple[str, ...]] = {}
    pattern: str = ""  # its first group is the value; a text that does not match is none
    words: dict[str, str] = {}  # the export's word: ours; a word that is not listed is a missing field
    value: str = ""  # a constant, where the layout's own documentation makes it a fact
    date_format: str = ""  # of strptime, where a date is not YYYY-MM-DD

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: object) -> object:
        return {"at": [given]} if isinstance(given, str) else given

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            groups = re.compile(pattern).groups
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        if pattern and not groups:
            raise ValueError("needs a group in parentheses around the value")
        return pattern


class Started(_Strict):
    """When the agent's time began. ``zone`` is an IANA name, or ``practice``; it matters where the text has no offset."""

    at: tuple[str, ...]
    format: str = "iso"  # iso, rfc2822, or a strptime format
    zone: str = "practice"
    after: tuple[str, ...] = ()  # durations that pass before the agent's time begins
    after_unit: Literal["seconds", "milliseconds", "minutes", "hh:mm:ss"] = "seconds"

    @field_validator("zone")
    @classmethod
    def _exists(cls, zone: str) -> str:
        if zone != "practice" and zone not in available_timezones():
            raise ValueError(f"{zone!r} is no time zone; write practice, UTC, or a name like America/Los_Angeles")
        return zone


class Duration(_Strict):
    """One way to tell the agent's time: the sum of the durations at ``at``, or of stretches ``each`` from start to end."""

    at: tuple[str, ...] = ()
    unit: Literal["seconds", "milliseconds", "minutes", "hh:mm:ss"] = "seconds"
    each: str = ""
    start: str = ""
    end: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Duration:
        if bool(self.at) == bool(self.each) or bool(self.each) != bool(self.start and self.end):
            raise ValueError("give either at and unit, or each, start and end")
        return self


class Only(_Strict):
    """Rows that are read: those with one of the words ``among`` at a place. The others are excluded under ``otherwise``."""

    at: str
    among: tuple[str, ...]
    otherwise: str


class Record(_Strict):
    """What a record is known by, and where its rows lie. ``at`` are names that a document may keep its list under."""

    id: tuple[str, ...]
    call: tuple[str, ...] = ()  # ids that a documented entry may name the call by
    version: str = ""  # an instant: of one record delivered again, the newest holds
    at: tuple[str, ...] = ()
    legs: tuple[str, ...] = ()  # one list in the other; the innermost are the rows
    without_legs: Literal["skip", "record"] = "skip"


class Layout(_Strict):
    """One export's form. ``nature`` says whether a row is a call record, or an entry that a person documented."""

    name: str
    title: str
    source: str
    nature: Literal["call", "entry"]
    container: Literal["json", "table"]
    present: tuple[str, ...] = Field(min_length=1)
    encoding: Literal["", "windows-1252"] = ""
    row_caps: tuple[int, ...] = ()
    no_agent: tuple[str, ...] = ()
    unanswered: bool = False  # an empty duration is a call that nobody took
    left_out: tuple[str, ...] = ()  # durations that are told to be no talk time
    only: tuple[Only, ...] = ()
    record: Record
    started: Started
    duration: tuple[Duration, ...] = Field(min_length=1)
    fields: dict[str, FieldRule]

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: dict[str, FieldRule]) -> dict[str, FieldRule]:
        for name, rule in fields.items():
            if name not in _FIELDS:
                raise ValueError(f"{name} is no field of the call log; the fields are {', '.join(sorted(_FIELDS))}")
            if rule.value and name not in _CONSTANTS:
                raise ValueError(f"{name} may not be a constant: the export must say it of each row")
            if [bool(rule.value), bool(rule.at), bool(rule.by and rule.cases)].count(True) != 1:
                raise ValueError(f"{name} needs one of at, value, or by with cases")
        if "staff_id" not in fields:
            raise ValueError("staff_id is missing: say where the agent stands")
        return fields

    @model_validator(mode="after")
    def _paths(self) -> Layout:
        if self.container == "table" and (self.record.legs or any(d.each for d in self.duration)):
            raise ValueError("a table has no legs and no stretches")
        for path in self.places():
            try:
                parse_path(path, self.container)
            except PathFault as fault:
                raise ValueError(f"{path!r} {fault}") from None
        return self

    def places(self) -> tuple[str, ...]:
        """Every place in the export that the layout reads."""
        places = [*self.present, *self.record.id, *self.record.call, *self.record.legs, self.record.version]
        places += [*self.started.at, *self.started.after, *(only.at for only in self.only)]
        for way in self.duration:
            places += [*way.at, way.each, way.start, way.end]
        for rule in self.fields.values():
            places += [*rule.at, rule.by, *(place for case in rule.cases.values() for place in case)]
        return tuple(dict.fromkeys(place for place in places if place))

    def origin(self, field: str) -> str:
        """Where the layout reads a field of the call log, in words for whoever must mend the export."""
        if field == "started":
            return " or ".join(self.started.at)
        if field in ("seconds", "minutes"):
            return " or ".join(" + ".join(way.at) or f"{way.each} from {way.start} to {way.end}" for way in self.duration)
        if field in ("entry_id", "call_id"):
            return " and ".join(self.record.id)
        rule = self.fields.get(field)
        if rule is None:
            return "nowhere: this export does not say it; document the call, or add the place to the layout"
        return rule.value or " or ".join(rule.at) or f"a place that depends on {rule.by}"


@lru_cache(maxsize=4)
def load_layouts(home: Path = HOME) -> tuple[Layout, ...]:
    """Every layout, by name. Raises LayoutError with all faults."""
    problems: list[str] = []
    layouts: list[Layout] = []
    for path in sorted(home.glob("*.toml")):
        layout = _layout(path, problems)
        if layout is not None:
            layouts.append(layout)
    if problems:
        raise LayoutError(problems)
    return tuple(layouts)


def _layout(path: Path, problems: list[str]) -> Layout | None:
    place = f"layouts/{path.name}"
    try:
        given: Mapping[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Layout.model_validate({**given, "name": path.stem})
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"{place}: not TOML: {error}; mend the text at that place")
    except ValidationError as error:
        for fault in error.errors(include_url=False, include_context=False, include_input=False):
            key = ".".join(str(part) for part in fault["loc"]) or "file"
            problems.append(f"{place}: {key}: {fault['msg'].removeprefix('Value error, ')}; see LAYOUTS.md")
    return None
