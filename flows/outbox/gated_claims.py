"""The month's claims: each billed decision's, past our own checks and the independent gate; else its patient is held for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from flows.ccm import claims as claiming
from flows.ccm.claim import Claim, ClaimFault
from flows.ccm.decision import BILL, Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import coverage_on, has_answered
from flows.ccm.practice import Practice
from flows.outbox import pyx12_gate
from flows.outbox.claim_checks import duplicates, faults


@dataclass(frozen=True, slots=True)
class GatedClaims:
    """The decisions as the gates leave them, in their order, with the claims of those still billed.

    ``standing`` are claims that stand, where they were sent, although their patients are held: to the first payer while the one
    to the second is refused, and under a number that a new record has too. ``to_enter`` are claims that no file can carry and a
    person enters, held until their payer has answered.
    """

    decisions: tuple[Decision, ...]
    claims: tuple[Claim, ...]
    standing: tuple[Claim, ...]
    to_enter: tuple[Claim, ...]


@dataclass(slots=True)
class _Work:
    months: Sequence[PatientMonth]
    settled: list[Decision]
    practice: Practice
    on: date
    built: list[Claim] = field(default_factory=list)
    refused_alone: list[Claim] = field(default_factory=list)
    standing: list[Claim] = field(default_factory=list)
    to_enter: list[Claim] = field(default_factory=list)

    def build(self, at: int) -> None:
        decision, month = self.settled[at], self.months[at]
        claim = claiming.claim_for(decision, month, self.practice)
        if isinstance(claim, ClaimFault):
            self.hold(at, (claim,))
            return
        found = faults(claim, self.on)
        by_hand = all(fault.by_hand for fault in found)
        if not found:
            self.built.append(claim)
        elif by_hand and has_answered(month, claim.coverage):
            self.built.append(replace(claim, by_hand=True))
        else:
            self.hold(at, found)
            self.refused_alone.append(claim)
            self.to_enter += [claim] if by_hand else []

    def hold(self, at: int, found: Sequence[ClaimFault]) -> None:
        decision, month = self.settled[at], self.months[at]
        first = claiming.first_claim(decision, month, self.practice)
        if first is not None and not faults(first, self.on):
            self.standing.append(first)
        self.settled[at] = claiming.held_for(decision, month, found)


def gated_claims(
    months: Sequence[PatientMonth], decisions: Sequence[Decision], practice: Practice, prepared_on: date
) -> GatedClaims:
    """Build the claims; hold each patient whose claim would be refused, with what is wrong."""
    work = _Work(months, list(decisions), practice, prepared_on)
    for at, decision in enumerate(decisions):
        if decision.outcome == BILL:
            work.build(at)
    # A record that is not billed still has the number that another one is billed under.
    claims = [*work.built, *work.refused_alone]
    claimed = {claim.patient.key for claim in claims}
    others = [(m.patient, coverage_on(m, m.month.last_day)) for m in months if m.patient.key not in claimed]
    repeated = {fault.claim_id: fault for fault in duplicates(claims, others)}
    billed_twice = {fault.claim_id for fault in duplicates(claims)}
    in_files = [claim for claim in work.built if claim.claim_id not in repeated and not claim.by_hand]
    refused = repeated | pyx12_gate.refused(in_files, prepared_on)
    position = {d.patient_key: n for n, d in enumerate(decisions)}
    for claim in work.built:
        if claim.claim_id in refused:
            work.hold(position[claim.patient.key], [refused[claim.claim_id]])
    # Of a patient who is billed under another's number too nothing is known to stand. What was sent before a record came that
    # nobody bills stands until somebody has said whose the number is.
    doubted = tuple(claim for claim in work.built if claim.claim_id in repeated.keys() - billed_twice)
    standing = {claim.claim_id: claim for claim in (*doubted, *work.standing) if claim.claim_id not in billed_twice}
    return GatedClaims(
        tuple(work.settled),
        tuple(claim for claim in work.built if claim.claim_id not in refused),
        tuple(standing.values()),
        tuple(claim for claim in work.to_enter if claim.claim_id not in repeated),
    )
