"""A record of an export as rows of the call log, by its layout: a leg each, every field as the canonical log would write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flows.ccm.source import Source
from flows.intake.layout import FieldRule, Layout
from flows.intake.layout_paths import find, first
from flows.intake.layout_values import ValueFault, day, instant, milliseconds, talk_seconds

NO_AGENT = "call without an agent"
NO_TALK = "call without talk time"
JOIN = "|"  # between the parts of a record's id


@dataclass(frozen=True, slots=True)
class Laid:
    """A row as a layout reads it. ``values`` are canonical columns as text; ``faults`` are (reason, field, detail).

    ``record`` names the row among deliveries of it, of which the newest ``version`` holds. ``calls`` are the ids that a
    documented entry may name the call by. ``aside`` is why the row is nobody's time; empty where it is someone's.
    """

    source: Source
    layout: Layout
    values: dict[str, str]
    faults: tuple[tuple[str, str, str], ...]
    record: str
    version: datetime | None
    calls: tuple[str, ...]
    aside: str


def contexts(layout: Layout, record: Any) -> list[list[Any]]:
    """The rows of a record: itself, or each leg behind the record it lies in. A record without legs is one row."""
    rows = [[record]]
    for legs in layout.record.legs:
        rows = [[*row, leg] for row in rows for leg in find(legs, layout.container, row)]
    return rows or [[record]]


def is_legless(layout: Layout, context: Sequence[Any]) -> bool:
    """Whether the row is a record whose layout expects legs and which has none."""
    return bool(layout.record.legs) and len(context) == 1


def lay(layout: Layout, context: Sequence[Any], source: Source, zone: ZoneInfo) -> Laid:
    """One row. ``zone`` is the practice's. Nothing in the record raises: what cannot be read is a fault of its field."""
    faults: list[tuple[str, str, str]] = []
    values = {name: text for name, rule in layout.fields.items() if (text := _field(layout, rule, name, context, faults))}
    aside = _aside(layout, context, values)
    seconds = None if aside else _seconds(layout, context, zone, faults)
    if layout.nature == "call" and not aside and (seconds == 0 or (seconds is None and layout.unanswered and not faults)):
        aside = NO_TALK
    started = None if aside else _started(layout, context, zone, faults)
    parts = [first([place], layout.container, context) for place in layout.record.id]
    calls = tuple(dict.fromkeys(c for p in layout.record.call if (c := first([p], layout.container, context))))
    record = JOIN.join(parts) if any(parts) else ""
    values |= {"entry_id": record, "call_id": calls[0] if calls else ""}
    values |= {"seconds": "" if seconds is None else str(seconds)}
    values |= {"started": "" if started is None else started.strftime("%Y-%m-%dT%H:%M:%SZ")}
    return Laid(source, layout, values, tuple(faults), record, _version(layout, context), calls, aside)


def _aside(layout: Layout, context: Sequence[Any], values: dict[str, str]) -> str:
    for only in layout.only:
        # A place that the row lacks excludes nothing: it is not known to be anything else.
        word = first([only.at], layout.container, context)
        if word and word not in only.among:
            return only.otherwise
    if is_legless(layout, context) and layout.record.without_legs == "skip":
        return NO_AGENT
    return NO_AGENT if layout.nature == "call" and values.get("staff_id", "") in layout.no_agent else ""


def _field(layout: Layout, rule: FieldRule, name: str, context: Sequence[Any], faults: list[tuple[str, str, str]]) -> str:
    if rule.value:
        return rule.value
    places = rule.cases.get(first([rule.by], layout.container, context), ()) if rule.by else rule.at
    if rule.pattern:
        found = ""
        for place in places:
            match = re.search(rule.pattern, first([place], layout.container, context))
            if match:
                found = (match[1] or "").strip()
                break
    else:
        found = first(places, layout.container, context)
    if not found:
        return ""
    if rule.words:
        known = {word.casefold(): ours for word, ours in rule.words.items()}
        if found.casefold() not in known:
            faults.append(("row.missing_field", name, f"is not told: {_shown(found)} is none of the words that the layout knows"))
        return known.get(found.casefold(), "")
    if rule.date_format:
        try:
            return day(found, rule.date_format).isoformat()
        except ValueFault as fault:
            faults.append(("row.bad_value", name, f"{_shown(found)} {fault}"))
            return ""
    return found


def _seconds(layout: Layout, context: Sequence[Any], zone: ZoneInfo, faults: list[tuple[str, str, str]]) -> int | None:
    try:
        return talk_seconds(layout.duration, layout.container, context, _zone(layout, zone))
    except ValueFault as fault:
        faults.append(("row.bad_value", "seconds", str(fault)))
        return None


def _started(layout: Layout, context: Sequence[Any], zone: ZoneInfo, faults: list[tuple[str, str, str]]) -> datetime | None:
    rule = layout.started
    given = first(rule.at, layout.container, context)
    if not given:
        return None  # an empty field is told where the row is read
    try:
        began = instant(given, rule.format, _zone(layout, zone))
        waits = [wait for place in rule.after if (wait := first([place], layout.container, context))]
        began += timedelta(milliseconds=sum(milliseconds(wait, rule.after_unit) for wait in waits))
        return began.replace(microsecond=0)
    except (ValueFault, OverflowError) as fault:
        faults.append(("row.bad_value", "started", f"{_shown(given)} {fault}"))
        return None


def _zone(layout: Layout, practice: ZoneInfo) -> ZoneInfo:
    return practice if layout.started.zone == "practice" else ZoneInfo(layout.started.zone)


def _version(layout: Layout, context: Sequence[Any]) -> datetime | None:
    given = first([layout.record.version], layout.container, context) if layout.record.version else ""
    if not given:
        return None
    try:
        return instant(given, "rfc2822" if layout.started.format == "rfc2822" else "iso", ZoneInfo("UTC"))
    except ValueFault:
        return None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
