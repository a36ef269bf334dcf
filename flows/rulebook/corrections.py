"""The corrections file: its shape, and its rules as the core carries them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from flows.ccm.citation import Citation
from flows.ccm.correction_rules import CorrectionRules
from flows.rulebook.schema import Dated

Form = Literal["837P", "837I"]
ConditionCode = Annotated[str, StringConstraints(pattern=r"^(D[0-8]|E0)$")]
# The parts of a claim as a claim record names them.
Part = Literal["patient", "patient's number", "diagnoses", "dates", "codes", "charges", "practitioner", "practice"]


class TakersBlock(Dated):
    """Who reads originals alone, in one version."""

    originals_only: dict[Form, list[Literal["medicare", "medicare_advantage", "commercial"]]]


class ClaimChangeBlock(Dated):
    """How a correction says why, in one version."""

    forms: list[Form]
    replacement: list[ConditionCode]
    void: list[ConditionCode]
    alone: dict[ConditionCode, list[Part]]


def resolved(takers: TakersBlock, change: ClaimChangeBlock) -> CorrectionRules:
    """Both blocks without their dates."""
    return CorrectionRules(
        originals_only=frozenset((form, plan) for form, plans in takers.originals_only.items() for plan in plans),
        coded=frozenset(change.forms),
        alone={frozenset(parts): code for code, parts in change.alone.items()},
        replacement=frozenset(change.replacement),
        void=frozenset(change.void),
        citation=Citation(change.citation.title, change.citation.url, change.citation.verified),
    )
