"""Where a rule stands in print."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Citation:
    """A source in print. ``verified`` False: the rule is in use but its source was not seen in print."""

    title: str
    url: str
    verified: bool = True

    def __str__(self) -> str:
        return f"{self.title} <{self.url}>" + ("" if self.verified else " [unverified]")
