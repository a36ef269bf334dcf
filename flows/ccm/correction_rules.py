"""How payers take a claim that changed after it was sent, as the rulebook has it for the month."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flows.ccm.citation import Citation
from flows.ccm.claim import Claim


@dataclass(frozen=True, slots=True)
class CorrectionRules:
    """``originals_only`` are the (form, plan) pairs whose payer reads no correction. On the ``coded`` forms a correction says why
    by a condition code: one that the practice chose, of ``replacement`` or ``void``; else, for a replacement, the one that
    ``alone`` has for exactly the parts of the claim that changed."""

    originals_only: frozenset[tuple[str, str]]
    coded: frozenset[str]
    alone: dict[frozenset[str], str]
    replacement: frozenset[str]
    void: frozenset[str]
    citation: Citation

    def taken(self, claim: Claim) -> bool:
        """Whether the payer reads a replacement or a void of this claim."""
        return (claim.form, claim.coverage.plan) not in self.originals_only

    def replacement_code(self, claim: Claim, parts: Collection[str], chosen: str) -> str | None:
        """A replacement's condition code, empty where the form has none; None where one is asked for and none is clear."""
        if claim.form not in self.coded:
            return ""
        return chosen if chosen in self.replacement else self.alone.get(frozenset(parts))

    def void_code(self, claim: Claim, chosen: str) -> str | None:
        """A void's condition code, as ``replacement_code`` has a replacement's."""
        if claim.form not in self.coded:
            return ""
        return chosen if chosen in self.void else None
