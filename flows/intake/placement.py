"""Where a call-log row belongs: the exact rules first, then what a person confirmed; a likeness only names candidates."""

from __future__ import annotations

from dataclasses import replace

from flows.intake.confirmed import Confirmed
from flows.intake.identity import Identity, Match, Roster
from flows.intake.likely import Likely


class Placement:
    """The roster, the confirmations and, where the rules ask for it, the likeness of callers to patients."""

    def __init__(self, roster: Roster, confirmed: Confirmed, likely: Likely | None) -> None:
        self._roster, self._confirmed, self._likely = roster, confirmed, likely
        self._known: dict[Identity, Match] = {}

    def match(self, row: Identity) -> Match:
        """The patient that the row names by an exact rule or a confirmation, or the reason for none with the candidates."""
        if row not in self._known:
            self._known[row] = self._matched(row)
        return self._known[row]

    def _matched(self, row: Identity) -> Match:
        exact = self._roster.match(row)
        if exact.mrn:
            return exact
        mrn = self._confirmed.mrn(row)
        if mrn:
            return Match(mrn)
        alike = self._likely.candidates(row) if self._likely else ()
        # Best first; those that an exact rule found but no likeness are kept, behind.
        return replace(exact, candidates=tuple(dict.fromkeys((*alike, *exact.candidates))))
