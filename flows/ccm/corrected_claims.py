"""A claim that a payer has, written as its replacement (7) or void (8); or why a file cannot carry that, for a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from flows.ccm.claim import Claim, ClaimFault
from flows.ccm.claim_record import AtPayer, ClaimRecord, content_of, differences, place_of
from flows.ccm.correction_draft import Todo
from flows.ccm.correction_rules import CorrectionRules
from flows.ccm.payer_references import Reference, References, reference_of

Checks = Callable[[Claim], Sequence[ClaimFault]]


class CorrectedClaims:
    """By the rulebook's word on who takes corrections, the payers' ``references`` and ``checks`` of what a payer would refuse."""

    def __init__(self, rules: CorrectionRules, references: References, checks: Checks) -> None:
        self._rules, self._references, self._checks = rules, references, checks

    def reference(self, claim: Claim, record: ClaimRecord, held: AtPayer) -> Reference | None:
        """The payer's own number of the claim. One that a void named is no claim's any more; where the claim was at another payer
        too, whose a number is must be said beside it."""
        found = reference_of(claim, self._references, bool(record.others))
        return None if found is not None and found.number in held.spent else found

    def replacement(
        self, claim: Claim, record: ClaimRecord, held: AtPayer, differs: tuple[tuple[str, str, str], ...]
    ) -> tuple[Claim | None, Todo]:
        """The claim as the replacement of what the payer ``held``, of which these parts differ; or None, and what to tell."""
        situation, detail = self._obstacle(claim, record, held, "change") if differs else ("changed_back", "")
        reference = self.reference(claim, record, held) or Reference("")
        code = self._rules.replacement_code(claim, frozenset(name for name, _, _ in differs), reference.condition_code)
        if not situation and code is None:
            situation = "condition_code"
        if not situation and code is not None:
            replacement = replace(claim, frequency="7", original_reference=reference.number, condition_code=code)
            faults = self._checks(replacement)
            if not faults:
                return replacement, Todo(differs=differs)
            situation, detail = "refused", "; ".join(map(str, faults))
        return None, Todo(situation, detail, differs)

    def void(self, claim: Claim | None, record: ClaimRecord, held: AtPayer) -> tuple[Claim | None, Todo]:
        """The void of what the payer ``held``, from the claim as it was billed last; or None, and what to tell."""
        if claim is None or place_of(content_of(claim)) != held.place:
            return None, Todo("withdraw_other")
        situation, detail = self._obstacle(claim, record, held, "withdraw")
        reference = self.reference(claim, record, held) or Reference("")
        code = self._rules.void_code(claim, reference.condition_code)
        if not situation and code is None:
            situation = "withdraw_condition_code"
        if not situation and differences(held.content, content_of(claim)):
            situation = "withdraw_other"  # the practice's own data changed since: the claim cannot be written as it was sent
        if not situation and code is not None:
            void = replace(claim, frequency="8", original_reference=reference.number, condition_code=code)
            faults = self._checks(void)
            if not faults:
                return void, Todo()
            situation, detail = "refused", "; ".join(map(str, faults))
        return None, Todo(situation, detail)

    def _obstacle(self, claim: Claim, record: ClaimRecord, held: AtPayer, what: str) -> tuple[str, str]:
        if not self._rules.taken(claim):
            return f"{what}_reopening", ""
        if self.reference(claim, record, held):
            return "", ""
        # Two payers know it by one id: whose a number is that names no payer cannot be told.
        unnamed = claim.other_coverage is not None and any(own_id == claim.claim_id for own_id, _ in self._references)
        return ("two_payers" if unnamed else f"{what}_no_reference"), ""
