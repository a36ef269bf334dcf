"""FHIR's data types read without trust: whatever is not of the declared shape reads as absent, never as an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flows.intake.field_values import parse_day

Json = dict[str, Any]

_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})\Z", re.ASCII)

ICD10CM = ("http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.90")
SNOMED = ("http://snomed.info/sct", "urn:oid:2.16.840.1.113883.6.96")
LOINC = ("http://loinc.org", "urn:oid:2.16.840.1.113883.6.1")
NPI = ("http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6")


def objects(value: object) -> list[Json]:
    """The JSON objects of a repeating element; a single object counts as one, anything else as none."""
    if isinstance(value, dict):
        return [value]
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def child(value: object, name: str) -> Json:
    """A single complex element, empty where absent."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def string(value: object) -> str:
    """A primitive as text without surrounding space; empty for anything else. Numbers are written as they stand."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def strings(value: object) -> list[str]:
    """The non-empty texts of a repeating primitive."""
    return [text for text in map(string, value if isinstance(value, list) else [value]) if text]


def microseconds(value: object) -> int:
    """An instant in microseconds since 1970, without an offset in UTC; 0 where it is none."""
    try:
        told = datetime.fromisoformat(string(value))
        return int((told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return 0


def last_updated(body: Json) -> int:
    """When a resource says it was last updated, as ``microseconds``."""
    return microseconds(child(body, "meta").get("lastUpdated"))


def codings(concept: object) -> Iterator[tuple[str, str, str]]:
    """System, code and display of each coding of one CodeableConcept, or of each in a list of them."""
    for item in objects(concept):
        for coding in objects(item.get("coding")):
            yield string(coding.get("system")), string(coding.get("code")), string(coding.get("display"))


def code_in(concept: object, systems: tuple[str, ...]) -> str:
    """The first code of one of the systems, or empty."""
    return next((code for system, code, _ in codings(concept) if code and system in systems), "")


def codes(concept: object) -> set[str]:
    """All codes, whatever their system."""
    return {code for _, code, _ in codings(concept) if code}


def concept_text(concept: object) -> str:
    """What a CodeableConcept says to a reader: its text, else the first display."""
    for item in objects(concept):
        text = string(item.get("text")) or next((display for _, _, display in codings(item) if display), "")
        if text:
            return text
    return ""


def fhir_day(value: object, zone: ZoneInfo) -> date | None:
    """The local day of a date or dateTime. A year or a month alone is no day: None, and nothing is guessed."""
    text = string(value)
    if not _DATE_TIME.match(text):
        return parse_day(text)
    try:
        return datetime.fromisoformat(text).astimezone(zone).date() if parse_day(text[:10]) else None
    except (ValueError, OverflowError):
        return None


def period_days(period: object, zone: ZoneInfo) -> tuple[date | None, date | None]:
    """A Period's first and last day."""
    if not isinstance(period, dict):
        return None, None
    return fhir_day(period.get("start"), zone), fhir_day(period.get("end"), zone)


def identifiers(resource: Json) -> list[Json]:
    """The identifiers as listed, but those that are old or whose period has an end come last: a card was replaced."""
    return sorted(objects(resource.get("identifier")), key=lambda i: string(i.get("use")) == "old" or "end" in child(i, "period"))


def identifier_value(resource: object, systems: tuple[str, ...]) -> str:
    """The value of the first identifier of one of the systems, current ones first; or empty."""
    items = identifiers(resource) if isinstance(resource, dict) else []
    return next((string(i.get("value")) for i in items if string(i.get("system")) in systems and string(i.get("value"))), "")


def human_name(resource: Json) -> tuple[str, str]:
    """Family and given name: the official name, else the usual one, else the first that is not old."""
    names = [name for name in objects(resource.get("name")) if string(name.get("use")) not in ("old", "maiden", "anonymous")]
    order = {"official": 0, "usual": 1}
    names.sort(key=lambda name: order.get(string(name.get("use")), 2))
    for name in names:
        if family := string(name.get("family")):
            return family, " ".join(strings(name.get("given")))
    return "", ""
