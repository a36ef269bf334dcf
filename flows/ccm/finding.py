"""What one requirement's check comes to: the checklist item for the reader, and the reasons it raises, if any."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ccm.decision import Reason, Requirement
from flows.ccm.rules import Rules


@dataclass(frozen=True, slots=True)
class Finding:
    """A requirement as it came out for one patient-month. It is met exactly when it raises no reason."""

    requirement: Requirement
    reasons: tuple[Reason, ...]


def finding(rules: Rules, requirement: str, ground: str, *reasons: Reason) -> Finding:
    """Put a check's outcome together with the citation of the requirement in force."""
    return Finding(Requirement(requirement, not reasons, ground, rules.citation(requirement)), reasons)
