"""Where a fact came from: the thread an auditor pulls."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """An object key below the practice's prefix and a line in it (1 = first), or a FHIR resource.

    ``line`` is 0 where the object has no lines. ``resource`` is ``Type/id`` for a FHIR resource, else empty.
    """

    key: str
    line: int = 0
    resource: str = ""

    def __str__(self) -> str:
        place = f"{self.key}:{self.line}" if self.line else self.key
        return f"{place} ({self.resource})" if self.resource else place
