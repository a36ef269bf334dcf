"""A FHIR export as resources with their sources, and the references between them, across files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from flows.ccm.month_result import Reject
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.fhir_deletions import DELETED, DELETION, Deletions, deleted_at, deleted_name, is_deletion
from flows.intake.fhir_dropped import DroppedVersions
from flows.intake.fhir_elements import Json, last_updated, objects, string
from flows.intake.lines import NewlineLines
from flows.intake.objects import Content

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


# Of these there are many, and no reader follows a reference to one: they have no name but their own.
_NOT_REFERRED_TO = ("CarePlan", "Coverage", "Consent", "Encounter")
# The elements that readers look at. An export's narratives, extensions and notes would fill the memory.
_READ = frozenset(
    """
    resourceType id identifier contained status type class category code name period date dateTime created subject patient
    beneficiary practitioner performer generalPractitioner participant birthDate gender deceasedBoolean deceasedDateTime telecom
    address communication clinicalStatus verificationStatus onsetDateTime onsetPeriod addresses goal careTeam activity
    description target dosageInstruction patientInstruction medicationCodeableConcept productCodeableConcept relationship payor
    link insurer order subscriber subscriberId scope policy policyRule provision decision serviceType
    """.split()  # noqa: SIM905
)
SUPERSEDED = "superseded by a later version"
_TWO_CONTENTS = "another resource has this id and other content; deliver one export only"

_TWO_PEOPLE = "patients who are not one person have this id; deliver each server's export under ids of its own"


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource as read, with the row it came from. ``packed`` holds of it what readers look at; ``digest`` is of all of it."""

    type: str
    source: Source
    packed: bytes
    digest: bytes = b""
    updated: int = 0

    @property
    def body(self) -> Json:
        """The elements that are read, parsed anew each time."""
        found: Json = json.loads(self.packed)
        return found


class Resources:
    """The resources of all files of an export. What is referred to and taken is marked ``used``.

    ``left_out`` tells for a type that no reader follows a reference to, of a body alone, the name it is excluded under, or
    nothing: such a resource is let go at once, of whichever patient it is. ``another_person`` tells of two Patients of one id
    that they are no versions of one.
    """

    def __init__(
        self,
        accounts: Accounts,
        left_out: Mapping[str, Callable[[Json], str]],
        another_person: Callable[[Json, Json], bool],
    ) -> None:
        self._accounts = accounts
        self._left_out = left_out
        self._another_person = another_person
        self._two_people: set[str] = set()
        self._by_type: dict[str, dict[Source, Resource]] = defaultdict(dict)
        self._by_name: dict[str, Resource] = {}
        self._used: set[Source] = set()
        self._dropped = DroppedVersions()
        self._dropped_before: dict[str, int] = {}
        self._deletions = Deletions()

    def add_object(self, key: str, content: Content) -> None:
        """Read one object, line by line where it is NDJSON. Types that nothing is read from are excluded by name."""
        reader = _json_rows if key.lower().removesuffix(".gz").endswith(".json") else _ndjson_rows
        for source, body, url in reader(key, content, self._accounts, self._deletions):
            kind = string(body.get("resourceType"))
            name = f"{kind}/{identity}" if (identity := string(body.get("id"))) else ""
            if kind not in FACTS and kind not in REFERRED:
                self._accounts.let_go(key, kind or "no resourceType")
            elif kind in self._left_out and (why := self._left_out[kind](body)):
                self._accounts.let_go(key, why)
                if name:
                    self._dropped.add(name, last_updated(body))
            elif (resource := _resource(kind, source, body)) is None:
                detail = "the resource is nested too deep to be one of FHIR; export it again"
                self._accounts.reject(Reject(source, "row.unreadable", "", detail))
            else:
                self._add(resource, body, name, url)

    def _add(self, resource: Resource, body: Json, name: str, url: str) -> None:
        known = self._by_name.get(name)
        if name in self._two_people or (
            known is not None and known.type == resource.type == "Patient" and self._another_person(known.body, resource.body)
        ):
            # What refers to this id may be about either: neither is taken, and nothing that refers to them.
            self._two_people.add(name)
            for one in (resource, known) if known else (resource,):
                self._accounts.reject(Reject(one.source, "row.bad_value", "id", _TWO_PEOPLE))
                self._by_type[one.type].pop(one.source, None)
            return
        if known is not None:
            if known.digest == resource.digest:
                self._accounts.exclude(resource.source, f"{resource.type} delivered again")
                return
            if not _newer(resource.updated, known.updated):
                self._accounts.reject(Reject(resource.source, "row.bad_value", "id", _TWO_CONTENTS))
                return
            self._accounts.exclude(known.source, f"{resource.type} {SUPERSEDED}")
            del self._by_type[resource.type][known.source]
        self._by_type[resource.type][resource.source] = resource
        if resource.type in self._left_out and name:
            self._dropped_before[name] = len(self._dropped)
        names = {name} if resource.type in _NOT_REFERRED_TO else {name, url, *_identifier_names(resource.type, body)}
        for alias in names - {""}:
            if alias == name or alias not in self._by_name:
                self._by_name[alias] = resource

    def hold_against_dropped(self) -> None:
        """Once all files are read: take out what a later version, of those that say nothing and were let go, supersedes.

        Where neither says that it is the later one the one read first holds, as ever.
        """
        for name, position, updated in self._dropped.of(self._dropped_before):
            resource = self._by_name[name]
            if resource.source not in self._by_type[resource.type] or _newer(resource.updated, updated):
                continue
            if _newer(updated, resource.updated):
                self._accounts.exclude(resource.source, f"{resource.type} {SUPERSEDED}")
            elif position < self._dropped_before[name]:
                self._accounts.reject(Reject(resource.source, "row.bad_value", "id", _TWO_CONTENTS))
            else:
                continue
            del self._by_type[resource.type][resource.source]

    def take_out_deleted(self) -> None:
        """Once all files are read: take out what was deleted on the server, unless it says that it was put back later."""
        gone: set[Source] = set()
        for name, when in self._deletions:
            resource = self._by_name.get(name)
            if resource and resource.source in self._by_type[resource.type] and not _newer(resource.updated, when):
                self._accounts.exclude(resource.source, f"{resource.type} {DELETED}")
                del self._by_type[resource.type][resource.source]
                gone.add(resource.source)
        if gone:
            self._by_name = {name: r for name, r in self._by_name.items() if r.source not in gone}

    def of(self, kind: str) -> tuple[Resource, ...]:
        """All resources of a type, in the order of the files."""
        return tuple(self._by_type[kind].values())

    def find(self, reference: object, within: Resource | None = None) -> Resource | None:
        """What a Reference points at: relative, absolute, ``urn:uuid:``, contained (``#id``), or by identifier; else None."""
        text = string(reference.get("reference")) if isinstance(reference, dict) else ""
        if text.startswith("#") and within is not None:
            for body in objects(within.body.get("contained")):
                if string(body.get("id")) == text[1:]:
                    return _resource(string(body.get("resourceType")), within.source, body)
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
            for resource in self._by_type[kind].values():
                if resource.source not in self._used:
                    self._accounts.exclude(resource.source, f"{kind} not referred to")


def _resource(kind: str, source: Source, body: Json) -> Resource | None:
    """The resource packed, or None where it is nested deeper than can be written again."""
    read = {name: value for name, value in body.items() if name in _READ or name.startswith("abatement")}
    try:
        whole, packed = json.dumps(body, sort_keys=True), json.dumps(read, separators=(",", ":"))
    except RecursionError:
        return None
    return Resource(kind, source, packed.encode(), blake2b(whole.encode(), digest_size=16).digest(), last_updated(body))


def _newer(updated: int, than: int) -> bool:
    return updated > than > 0


def _identifier_names(kind: str, body: Json) -> Iterator[str]:
    """The conditional references (``Type?identifier=system|value``) that name the resource."""
    for identifier in objects(body.get("identifier")):
        system, value = string(identifier.get("system")), string(identifier.get("value"))
        if system and value:
            yield f"{kind}?identifier={system}|{value}"


def _ndjson_rows(key: str, content: Content, accounts: Accounts, deletions: Deletions) -> Iterator[tuple[Source, Json, str]]:
    """Each line's resource. A line is ended by its line break; what stands at a cut without one was lost with the rest."""
    lines = NewlineLines(content)
    for number, raw in lines:
        value = _parse(raw)
        if value is None:
            accounts.rows(key)
            accounts.reject(Reject(Source(key, number), "row.unreadable", "", "the line is not one JSON object; export it again"))
            continue
        yield from _entries(key, number, value, accounts, deletions)
    if content.fault:
        accounts.damage(key, lines.last, content.fault)


def _json_rows(key: str, content: Content, accounts: Accounts, deletions: Deletions) -> Iterator[tuple[Source, Json, str]]:
    """The resources of a JSON file: a Bundle's entries, or the one resource. A damaged file has no rows that can be told."""
    content = content.as_document("export it as NDJSON, one resource a line")
    value = None if content.fault else _parse(content.whole().removeprefix(b"\xef\xbb\xbf"))
    if value is None:
        accounts.damage(key, 0, content.fault or "the file is not one JSON object; export it again")
        return
    yield from _entries(key, 0, value, accounts, deletions)


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


def _entries(key: str, line: int, value: Json, accounts: Accounts, deletions: Deletions) -> Iterator[tuple[Source, Json, str]]:
    """A Bundle's entries, each a row; or the resource itself."""
    if value.get("resourceType") != "Bundle":
        accounts.rows(key)
        yield Source(key, line, _name(value, 0)), value, ""
        return
    entries = value.get("entry", [])
    names: set[str] = set()
    # What converters from XML write of a single entry stands without a list; anything else counts as an entry that says nothing.
    for position, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        accounts.rows(key)
        body = entry.get("resource") if isinstance(entry, dict) else None
        if isinstance(entry, dict) and is_deletion(entry):
            if gone := deleted_name(entry):
                deletions.add(gone, deleted_at(entry, value))
                accounts.let_go(key, DELETION)
            else:
                detail = "the entry deletes no resource that it names by type and id"
                accounts.reject(Reject(Source(key, line, f"entry {position}"), "row.unreadable", "request.url", detail))
        elif isinstance(body, dict):
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
