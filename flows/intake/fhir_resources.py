"""A FHIR export as resources with their sources, and the references between them, across files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from flows.ccm.month_result import Reject
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.fhir_elements import Json, child, objects, string
from flows.intake.objects import Unpacked

# Types that facts of a patient are read from.
FACTS = ("Patient", "Condition", "CarePlan", "Coverage", "Consent", "Encounter")
# Types that are read only where something that is taken refers to them.
REFERRED = (
    "Goal",
    "CareTeam",
    "MedicationRequest",
    "ServiceRequest",
    "Practitioner",
    "PractitionerRole",
    "Organization",
    "RelatedPerson",
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as read, with the row it came from."""

    type: str
    source: Source
    body: Json


class Resources:
    """The resources of all files of an export. What is referred to and taken is marked ``used``."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._by_type: dict[str, list[Resource]] = defaultdict(list)
        self._by_name: dict[str, Resource] = {}
        self._used: set[Source] = set()

    def add_object(self, key: str, content: Unpacked) -> None:
        """Read one object, line by line where it is NDJSON. Types that nothing is read from are excluded by name."""
        reader = _json_rows if key.lower().removesuffix(".gz").endswith(".json") else _ndjson_rows
        for source, body, url in reader(key, content, self._accounts):
            kind = string(body.get("resourceType"))
            if kind not in FACTS and kind not in REFERRED:
                self._accounts.exclude(source, kind or "no resourceType")
            else:
                self._add(Resource(kind, source, body), url)

    def _add(self, resource: Resource, url: str) -> None:
        identity = string(resource.body.get("id"))
        name = f"{resource.type}/{identity}" if identity else ""
        known = self._by_name.get(name)
        if known is not None:
            if known.body == resource.body:
                self._accounts.exclude(resource.source, f"{resource.type} delivered again")
                return
            if not _newer(resource.body, known.body):
                detail = "another resource has this id and other content; deliver one export only"
                self._accounts.reject(Reject(resource.source, "row.bad_value", "id", detail))
                return
            self._accounts.exclude(known.source, f"{resource.type} superseded by a later version")
            self._by_type[resource.type].remove(known)
        self._by_type[resource.type].append(resource)
        for alias in {name, url, *_identifier_names(resource)} - {""}:
            if alias == name or alias not in self._by_name:
                self._by_name[alias] = resource

    def of(self, kind: str) -> tuple[Resource, ...]:
        """All resources of a type, in the order of the files."""
        return tuple(self._by_type[kind])

    def find(self, reference: object, within: Resource | None = None) -> Resource | None:
        """What a Reference points at: relative, absolute, ``urn:uuid:``, contained (``#id``), or by identifier; else None."""
        text = string(reference.get("reference")) if isinstance(reference, dict) else ""
        if text.startswith("#") and within is not None:
            for body in objects(within.body.get("contained")):
                if string(body.get("id")) == text[1:]:
                    return Resource(string(body.get("resourceType")), within.source, body)
            return None
        text = text.split("/_history/")[0]
        return self._by_name.get(text) or self._by_name.get("/".join(text.split("/")[-2:]))

    def use(self, resource: Resource) -> Resource:
        """Mark a referred resource as taken."""
        self._used.add(resource.source)
        return resource

    def close(self) -> None:
        """Exclude the referred types that nothing taken refers to."""
        for kind in REFERRED:
            for resource in self._by_type[kind]:
                if resource.source not in self._used:
                    self._accounts.exclude(resource.source, f"{kind} not referred to")


def _newer(body: Json, than: Json) -> bool:
    stamps = [string(child(b, "meta").get("lastUpdated")) for b in (body, than)]
    return all(stamps) and stamps[0] > stamps[1]


def _identifier_names(resource: Resource) -> Iterator[str]:
    """The conditional references (``Type?identifier=system|value``) that name the resource."""
    for identifier in objects(resource.body.get("identifier")):
        system, value = string(identifier.get("system")), string(identifier.get("value"))
        if system and value:
            yield f"{resource.type}?identifier={system}|{value}"


def _ndjson_rows(key: str, content: Unpacked, accounts: Accounts) -> Iterator[tuple[Source, Json, str]]:
    """Each line's resource. A line is ended by its line break; what stands at a cut without one was lost with the rest."""
    lines = content.data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if content.fault:
        accounts.damage(key, len(lines), content.fault)
        lines = lines[:-1]
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        value = _parse(raw)
        if value is None:
            accounts.rows(key)
            accounts.reject(Reject(Source(key, number), "row.unreadable", "", "the line is not one JSON object; export it again"))
            continue
        yield from _entries(key, number, value, accounts)


def _json_rows(key: str, content: Unpacked, accounts: Accounts) -> Iterator[tuple[Source, Json, str]]:
    """The resources of a JSON file: a Bundle's entries, or the one resource. A damaged file has no rows that can be told."""
    value = None if content.fault else _parse(content.data.removeprefix(b"\xef\xbb\xbf"))
    if value is None:
        accounts.damage(key, 0, content.fault or "the file is not one JSON object; export it again")
        return
    yield from _entries(key, 0, value, accounts)


def _parse(raw: bytes) -> Json | None:
    """One JSON object, or None. Text with half a surrogate pair is no Unicode text and could be written nowhere again."""
    try:
        # Decoded here, since the parser itself lets bytes of half a pair through.
        value = json.loads(raw.decode("utf-8"))
        if b"\\u" in raw:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _entries(key: str, line: int, value: Json, accounts: Accounts) -> Iterator[tuple[Source, Json, str]]:
    """A Bundle's entries, each a row; or the resource itself."""
    if value.get("resourceType") != "Bundle":
        accounts.rows(key)
        yield Source(key, line, _name(value, 0)), value, ""
        return
    entries = value.get("entry")
    names: set[str] = set()
    for position, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
        accounts.rows(key)
        body = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(body, dict):
            name = _name(body, position)
            # A source names one row: a resource that the bundle holds twice is told apart by its place.
            yield Source(key, line, f"{name} (entry {position})" if name in names else name), body, string(entry.get("fullUrl"))
            names.add(name)
        else:
            source = Source(key, line, f"entry {position}")
            accounts.reject(Reject(source, "row.unreadable", "", "the bundle's entry has no resource"))


def _name(body: Json, position: int) -> str:
    """``Type/id``, which an auditor finds the resource by."""
    return f"{string(body.get('resourceType')) or 'resource'}/{string(body.get('id')) or f'entry-{position}'}"
