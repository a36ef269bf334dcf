"""A person's release of a month that was stopped before sealing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Release:
    """Who let a stopped month be sealed, when (aware, from the front door's clock) and why; no PHI in any of it.

     ``digest`` names the decisions released and the packet that they correct: another result must be released anew.
    ``out`` are the measures that had stopped it, each in words with its figures.
    """

    by: str
    at: datetime
    why: str
    digest: str
    out: tuple[str, ...]
