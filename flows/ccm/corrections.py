"""What a packet sends beside the one it corrects: nothing twice, changed claims as corrections, withdrawn ones withdrawn.

Which payer takes a corrected claim, and with which condition code, is the rulebook's to say; a replacement (7) or void (8) names
the number the payer gave the original. Where a fact for the file is missing, the claim is left to a person and not guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from flows.ccm.claim import Claim, ClaimFault
from flows.ccm.claim_record import (
    ANSWERED,
    BY_HAND,
    SENT,
    VOIDED,
    ClaimRecord,
    billed_first,
    came_back,
    content_of,
    differences,
    entered_record,
    left_first,
    passed_on,
    payer_of,
    place,
    place_of,
    sent_record,
)
from flows.ccm.claims import claim_for
from flows.ccm.correction import (
    BILLED_AGAIN,
    CHANGED,
    ENTERED,
    FORMER,
    NEW,
    ORIGINAL,
    PAYER_AGAIN,
    REPLACEMENT,
    SECOND_AGAIN,
    STANDS,
    WITHDRAWN,
    Before,
    Correction,
)
from flows.ccm.correction_draft import CorrectionDraft, Todo
from flows.ccm.correction_rules import CorrectionRules
from flows.ccm.decision import BILL
from flows.ccm.month_result import MonthResult
from flows.ccm.payer_references import Reference, References
from flows.ccm.payers import second_payer

# What differs between one claim's two plans though nothing of the service does.
_OF_ONE_PLAN = frozenset({"payer", "patient's number", "authorization", ANSWERED})

Checks = Callable[[Claim], Sequence[ClaimFault]]


def first_packet(result: MonthResult, packet: int) -> Correction:
    """The month's first packet: every claim is sent."""
    records = (entered_record(claim, 0) if claim.by_hand else sent_record(claim, packet) for claim in result.claims)
    sent = tuple(claim for claim in result.claims if not claim.by_hand)
    return Correction(packet, 0, sent, tuple(sorted(records, key=lambda r: r.claim_id)))


def correct(before: Before, result: MonthResult, packet: int, references: References, checks: Checks) -> Correction:
    """What packet ``packet`` sends and says after packet ``before``.

    ``references`` are the payers' claim numbers; ``checks`` finds what a payer would refuse a claim for.
    Raises ValueError where the month's rules do not say who takes corrections: the rulebook always does.
    """
    rules = result.rules.corrections
    if rules is None:
        raise ValueError("these rules say nothing of corrections: resolve them from the rulebook, which has corrections.toml")
    draft = CorrectionDraft(before, result, packet, references)
    work = _Work(draft, result, rules, checks, before.packet)
    known = {record.patient_key: record for record in before.records}
    claims = {claim.patient.key: claim for claim in result.claims}
    for key in sorted(known.keys() | claims.keys()):
        work.settle(key, known.get(key), claims.get(key))
    work.other_changes()
    return Correction(
        packet,
        before.packet,
        tuple(sorted(draft.claims, key=lambda c: c.claim_id)),
        tuple(sorted(draft.records, key=lambda r: r.claim_id)),
        tuple(sorted(draft.changes, key=lambda c: c.patient.key)),
    )


class _Work:
    def __init__(self, draft: CorrectionDraft, result: MonthResult, rules: CorrectionRules, checks: Checks, before: int) -> None:
        self._before = before
        self._draft, self._practice, self._rules, self._checks = draft, result.practice, rules, checks
        self._standing = {claim.patient.key: claim for claim in result.standing}

    def settle(self, key: str, record: ClaimRecord | None, claim: Claim | None) -> None:
        """Say what becomes of one claim. ``record`` is what the packets before left of it, ``claim`` what is billed now."""
        first = self._standing.get(key)
        if claim is not None and claim.by_hand:
            self._entered(claim, record)
            return
        if record is None:
            if claim is not None:
                self._draft.send(NEW, ORIGINAL, claim)
            return
        voided = record.status == VOIDED and not record.billed
        if claim is not None and came_back(claim, record):
            self._move(claim, record, CHANGED if record.billed else BILLED_AGAIN)
        elif claim is not None and voided and not billed_first(claim):
            self._draft.send(BILLED_AGAIN, ORIGINAL, claim, record)
        elif claim is not None and (voided or record.left_to_withdraw):
            self._bill_again(claim, record)
        elif claim is not None and (record.content != content_of(claim) or (record.waits and self._reference(claim, record))):
            self._change(claim, record)
        elif claim is not None:
            self._draft.keep(record, billed=True)
        elif first is not None and record.status != VOIDED and not record.left_to_withdraw:
            self._leave_standing(first, record)
        elif record.billed or record.status == SENT:
            self._withdraw(key, record)
        else:
            self._draft.keep(record)

    def other_changes(self) -> None:
        """Tell of the patients whose decision changed while nothing has to be done about a claim."""
        sent = {record.patient_key for record in self._draft.records if record.status == SENT}
        self._draft.tell_of_others(dict.fromkeys(self._standing.keys() & sent, STANDS))

    def _entered(self, claim: Claim, record: ClaimRecord | None) -> None:
        """A claim that no file can carry, and that its payer has answered: a person entered it."""
        told = entered_record(claim, self._before)
        if record is None:
            self._draft.stand(NEW, told, ENTERED, Todo())
        elif record.status != BY_HAND or not record.billed:
            told = replace(told, packet=record.packet, former=record.former, spent=record.spent)
            self._draft.stand(CHANGED, told, ENTERED, Todo())
        elif record.content == told.content:
            self._draft.keep(record)
        else:
            todo = Todo("entered_changed", differs=differences(record.content, told.content))
            self._draft.bill_by_hand(CHANGED, record, claim, todo, record.last_sent)

    def _bill_again(self, claim: Claim, record: ClaimRecord) -> None:
        """A claim that was withdrawn, by a person or of two plans: what became of it there no record tells."""
        content, sent, first = content_of(claim), record.last_sent, billed_first(claim)
        at_payer = sent if differences(sent, content) else {}
        if place_of(sent) == place_of(content):
            self._draft.bill_by_hand(BILLED_AGAIN, record, claim, Todo("billed_again", first_plan=first), at_payer)
        elif first:
            self._draft.bill_by_hand(BILLED_AGAIN, record, claim, Todo("first_again"), at_payer)
        else:
            self._move(claim, record, BILLED_AGAIN)

    def _leave_standing(self, first: Claim, record: ClaimRecord) -> None:
        """What payers hold while the second's claim is held. None of it is withdrawn: the service was billable."""
        sent, content = record.last_sent, content_of(first)
        with_both = sent.get("payer") != payer_of(first.coverage)
        if with_both and record.billed:  # the second's claim is corrected once the first one's answer is as it should be
            self._draft.stand(CHANGED, record, STANDS, Todo("both_payers"), billed=False)
        elif with_both or record.content == content:
            self._draft.keep(record, billed=False)
        else:
            # The payer answered to what was sent; what is billed now is something else, and no file tells it while it is held.
            todo = Todo("first_payer", differs=differences(sent, content))
            self._draft.stand(CHANGED, record, STANDS, todo, billed=False, content=content, at_payer=sent)

    def _change(self, claim: Claim, record: ClaimRecord) -> None:
        sent = record.last_sent
        differs = differences(sent, content_of(claim))
        parts = frozenset(name for name, _, _ in differs)
        gone = left_first(claim, record)
        first = billed_first(claim) if parts - _OF_ONE_PLAN else ""
        if not differs and record.status == SENT:
            self._draft.keep(record, billed=True, content=content_of(claim), at_payer={})
            return
        if "payer" in parts and ANSWERED in sent and claim.other_coverage is None and gone in ("", payer_of(claim.coverage)):
            self._first_alone(claim, record, differs, gone if parts - _OF_ONE_PLAN else "")
            return
        if gone:
            record = replace(record, former=(*record.former, place(gone, sent["form"])))
        if parts & {"payer", "form"}:
            self._move(claim, record, CHANGED, Todo(differs=differs, first_plan=gone or first, first_gone=bool(gone)))
            return
        situation, detail = self._obstacle(claim, record, "change") if differs else ("changed_back", "")
        reference = self._reference(claim, record) or Reference("")
        code = self._rules.replacement_code(claim, parts, reference.condition_code)
        if not situation and code is None:
            situation = "condition_code"
        todo = Todo(situation, detail, differs, gone or first, bool(gone))
        if not situation and code is not None:
            replacement = replace(claim, frequency="7", original_reference=reference.number, condition_code=code)
            faults = self._checks(replacement)
            if not faults:
                self._draft.send(CHANGED, REPLACEMENT, replacement, record, todo)
                return
            todo = replace(todo, situation="refused", detail="; ".join(map(str, faults)))
        self._draft.bill_by_hand(CHANGED, record, claim, todo, sent if differs else {})

    def _first_alone(self, claim: Claim, record: ClaimRecord, differs: tuple[tuple[str, str, str], ...], first: str) -> None:
        """The first of two plans is to be billed, whose answer the second was sent: it has the claim already."""
        sent, content = record.last_sent, content_of(claim)
        month, decision = self._draft.after(record.patient_key)
        second = second_payer(month, decision.service_to) if decision.service_to else None
        if second is not None and payer_of(second) == sent["payer"]:
            todo = Todo("answer_gone", differs=differs)
            self._draft.stand(CHANGED, record, STANDS, todo, billed=True, content=content, at_payer=sent)
        else:
            record = replace(record, former=(*record.former, place_of(sent)))
            todo = Todo("second_gone", differs=differs, first_plan=first)
            self._draft.stand(CHANGED, record, STANDS, todo, billed=True, content=content, at_payer={}, first_plan="")

    def _move(self, claim: Claim, record: ClaimRecord, kind: str, todo: Todo | None = None) -> None:
        """Bill at another payer, or on another form, what a packet before sent elsewhere.

        It knows nothing of the claim and receives an original. The former place is told by a person, unless its answer is what
        this one was waiting for; where it is the new place's turn again, a person looks what is there.
        """
        sent, again = record.last_sent, came_back(claim, record)
        todo = todo or Todo(differs=differences(sent, content_of(claim)))
        if passed_on(claim, record):
            self._draft.send(kind, ORIGINAL, claim, record, replace(todo, situation=SECOND_AGAIN if again else ""))
            return
        record = replace(record, former=tuple(dict.fromkeys((*record.former, place_of(sent)))))
        todo = replace(todo, situation=PAYER_AGAIN if again else FORMER, first_plan=todo.first_plan if todo.first_gone else "")
        if again:
            self._draft.bill_by_hand(kind, record, claim, todo, sent)
        else:
            self._draft.send(kind, ORIGINAL, claim, record, todo)

    def _withdraw(self, key: str, record: ClaimRecord) -> None:
        month, decision = self._draft.before(key)
        claim = claim_for(decision, month, self._practice) if decision.outcome == BILL else None
        if record.status == SENT and record.at_payer:
            # What is at the payers is not what was billed last: a first plan's answer is gone, or was to another claim.
            todo = Todo("withdraw_other", first_plan=record.first_plan)
            self._draft.by_hand(WITHDRAWN, record, False, record.at_payer, todo, {})
            return
        if record.at_payer and place_of(record.at_payer) != place_of(record.content):
            todo = Todo("withdraw_both", differs=differences(record.at_payer, record.content))
            self._draft.by_hand(WITHDRAWN, record, False, record.content, todo, record.at_payer)
            return
        if not isinstance(claim, Claim):
            self._draft.by_hand(WITHDRAWN, record, False, record.content, Todo("withdraw_other"), record.at_payer)
            return
        first = billed_first(claim)
        situation, detail = self._obstacle(claim, record, "withdraw")
        reference = self._reference(claim, record) or Reference("")
        code = self._rules.void_code(claim, reference.condition_code)
        if not situation and code is None:
            situation = "withdraw_condition_code"
        if not situation and differences(record.content, content_of(claim)):
            situation = "withdraw_other"  # the practice's own data changed since: the claim cannot be written as it was sent
        if not situation and code is not None:
            void = replace(claim, frequency="8", original_reference=reference.number, condition_code=code)
            faults = self._checks(void)
            if not faults:
                self._draft.void(void, record, first)
                return
            situation, detail = "refused", "; ".join(map(str, faults))
        todo = Todo(situation, detail, first_plan=first)
        self._draft.by_hand(WITHDRAWN, record, False, record.content, todo, record.at_payer)

    def _reference(self, claim: Claim, record: ClaimRecord) -> Reference | None:
        return self._draft.reference(claim, record)

    def _obstacle(self, claim: Claim, record: ClaimRecord, what: str) -> tuple[str, str]:
        if not self._rules.taken(claim):
            return f"{what}_reopening", ""
        if self._reference(claim, record):
            return "", ""
        # Two payers know it by one id: whose a number is that names no payer cannot be told.
        return ("two_payers" if claim.other_coverage else f"{what}_no_reference"), ""
