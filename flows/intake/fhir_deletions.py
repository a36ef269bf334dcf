"""What a Bulk FHIR export says was deleted on the server (its ``deleted`` files, entries of method DELETE), and since when."""

from __future__ import annotations

from collections.abc import Iterator

from flows.intake.fhir_elements import Json, child, last_updated, microseconds, string

DELETED = "deleted on the server"
DELETION = "deletion of a resource"


class Deletions:
    """The resources that were deleted, each by its name (``Type/id``) and the last time that a deletion gives, 0 where none does.

    Times are microseconds since 1970.
    """

    def __init__(self) -> None:
        self._when: dict[str, int] = {}

    def add(self, name: str, when: int) -> None:
        """Keep that the resource of this name was deleted."""
        self._when[name] = max(when, self._when.get(name, 0))

    def __iter__(self) -> Iterator[tuple[str, int]]:
        """Each deleted resource's name and when."""
        return iter(self._when.items())


def is_deletion(entry: Json) -> bool:
    """Whether a bundle's entry says that a resource was deleted."""
    return string(child(entry, "request").get("method")).upper() == "DELETE"


def deleted_name(entry: Json) -> str:
    """``Type/id`` of what an entry deletes; empty where it names no single resource."""
    url = string(child(entry, "request").get("url"))
    parts = url.split("/_history/")[0].strip("/").split("/")[-2:]
    return "/".join(parts) if len(parts) == 2 and all(parts) and "?" not in url else ""


def deleted_at(entry: Json, bundle: Json) -> int:
    """When an entry's resource was deleted, by the entry, else by its bundle; 0 where neither says."""
    return (
        microseconds(child(entry, "response").get("lastModified"))
        or last_updated(bundle)
        or microseconds(bundle.get("timestamp"))
    )
