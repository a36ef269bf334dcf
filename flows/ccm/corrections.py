"""What a packet sends beside the one it corrects: nothing twice, changed claims as corrections, withdrawn ones withdrawn.

Which payer takes a corrected claim, and with which condition code, is the rulebook's to say; a replacement (7) or void (8) names
the number the payer gave the original. Where a fact for the file is missing, the claim is left to a person and not guessed.
"""

from __future__ import annotations

from dataclasses import replace

from flows.ccm.claim import Claim
from flows.ccm.claim_at_payers import ClaimAtPayers
from flows.ccm.claim_record import (
    ANSWERED,
    BY_HAND,
    MEDICARE,
    NUMBER,
    SENT,
    WITHDRAW,
    AtPayer,
    ClaimRecord,
    billed_first,
    content_of,
    differences,
    payer_of,
    place,
    place_of,
    record_of,
)
from flows.ccm.claims import claim_for
from flows.ccm.corrected_claims import Checks, CorrectedClaims
from flows.ccm.correction import (
    BILLED_AGAIN,
    CHANGED,
    ENTERED,
    FORMER,
    HAND,
    NEW,
    ORIGINAL,
    PAYER_AGAIN,
    REPLACEMENT,
    STANDS,
    VOID,
    WITHDRAWN,
    Before,
    Correction,
)
from flows.ccm.correction_draft import CorrectionDraft, Step, Todo
from flows.ccm.decision import BILL
from flows.ccm.month_result import MonthResult
from flows.ccm.payer_references import References
from flows.ccm.payers import first_payer, second_payer

_OF_FORMER = (FORMER, PAYER_AGAIN, "second_gone")  # what names the payer that the claim was billed to before
_AWAIT_A_NUMBER = ("change_no_reference", "two_payers")


def first_packet(result: MonthResult, packet: int) -> Correction:
    """The month's first packet: every claim is sent, but those that a person has entered."""
    records = (_new_record(claim, 0 if claim.by_hand else packet) for claim in result.claims)
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
    draft = CorrectionDraft(before, result, references)
    work = _Work(draft, result, packet, CorrectedClaims(rules, references, checks))
    known = {record.patient_key: record for record in before.records}
    claims = {claim.patient.key: claim for claim in result.claims}
    standing = {claim.patient.key: claim for claim in result.standing}
    for key in sorted(known.keys() | claims.keys()):
        work.settle(key, known.get(key), claims.get(key), standing.get(key))
    stand = {record.patient_key for record in draft.records if not record.billed and record.standing}
    draft.tell_of_others(dict.fromkeys(standing.keys() & stand, STANDS))
    return Correction(
        packet,
        before.packet,
        tuple(sorted(draft.claims, key=lambda c: c.claim_id)),
        tuple(sorted(draft.records, key=lambda r: r.claim_id)),
        tuple(sorted(draft.changes, key=lambda c: c.patient.key)),
    )


class _Work:
    def __init__(self, draft: CorrectionDraft, result: MonthResult, packet: int, corrected: CorrectedClaims) -> None:
        self._draft, self._practice, self._packet, self._corrected = draft, result.practice, packet, corrected

    def settle(self, key: str, record: ClaimRecord | None, claim: Claim | None, first: Claim | None) -> None:
        """Say what becomes of one claim. ``record`` is what the packets before left of it, ``claim`` what is billed now.

        ``first`` is what stands at the first of two plans while the claim to the second is held.
        """
        if record is None:
            if claim is not None:
                self._draft.records.append(_new_record(claim, self._packet - 1 if claim.by_hand else self._packet))
                self._draft.claims += [] if claim.by_hand else [claim]
                self._draft.tell(key, NEW, claim.claim_id, ENTERED if claim.by_hand else ORIGINAL, Todo(), {})
            return
        at = ClaimAtPayers(record, self._packet)
        self._name_the_first(key, at)
        if claim is not None:
            self._bill(key, claim, at)
        elif first is not None and record.standing:
            self._leave_standing(key, first, at)
        elif record.standing:
            self._withdraw(key, at)
        else:
            self._draft.records.append(replace(record, billed=False))

    def _bill(self, key: str, claim: Claim, at: ClaimAtPayers) -> None:
        """The claim at the payer that is billed now, at the first of two plans, and wherever it stands and should not."""
        content, here = content_of(claim), at.here
        there = place_of(content)
        first = self._first_of(claim)
        at.suppose_sent(*billed_first(claim))
        second = self._second(key, claim, at) if at.stands_at(there) else ""
        held, before = at.find(there), at.find(first)
        again = before is not None and not before.stands
        also: list[tuple[str, str]] = []
        if before is not None and again:
            at.enter_again(first)
            at.catch_up(first, content)
            also.append(("first_plan_again", before.content["payer"]))
        elif before is not None and at.catch_up(first, content):
            also.append(("first_plan_changed", before.content["payer"]))
        gone = at.withdraw_but({there, first, second})
        if held is not None and held.stands:
            step = self._go_on(claim, at, held, content)
        else:
            step = self._send(claim, at, held, content, again)
        step = self._leave_former(step, gone, None if here.place in (there, first, second) else here)
        named = here.content["payer"] if step.todo.situation in _OF_FORMER else ""
        also += [("withdraw_there", payer) for payer in gone if payer != named]
        if here.place == second and second != there:
            also.append(("answer_gone", here.content["payer"]))
        self._draft.records.append(at.record_at(there, True))
        if step.action or also:
            differs = step.todo.differs or (differences(here.content, content) if here.place != there else ())
            kind = CHANGED if at.record.standing else BILLED_AGAIN
            todo = replace(step.todo, differs=differs, also=(*step.todo.also, *also))
            self._draft.tell(key, kind, claim.claim_id, step.action or STANDS, todo, step.sent or here.last_sent)

    def _leave_former(self, step: Step, gone: tuple[str, ...], former: AtPayer | None) -> Step:
        """The step, with what is told of ``former``, the payer that was billed before and is none of the claim's plans."""
        if former is None or not (former.content["payer"] in gone or former.status == WITHDRAW):
            return step
        if not step.action:
            return Step(STANDS, Todo("second_gone")) if former.content["payer"] in gone else step
        # What it was told to withdraw before it is told again, as long as nothing else is said of this claim.
        return replace(step, todo=replace(step.todo, situation=step.todo.situation or FORMER)) if not step.sent else step

    def _send(self, claim: Claim, at: ClaimAtPayers, held: AtPayer | None, content: dict[str, str], again: bool) -> Step:
        """To a payer where the claim does not stand: an original where nothing is left of it there, else a person looks first.

        A second plan that was billed as if it paid first is waiting for its claim; where the first plan's is to be entered
        ``again``, so is this one.
        """
        withdrawn = held if held is not None and held.status == WITHDRAW else None
        if claim.by_hand and withdrawn is None:
            at.put_entered(content)
            return Step(ENTERED)
        if not again and (withdrawn is None or (claim.other_coverage is not None and at.stands_at(self._first_of(claim)))):
            at.put(SENT, content, {})
            self._draft.claims.append(claim)
            return Step(ORIGINAL, Todo(also=(("second_again", content["payer"]),)) if withdrawn else Todo())
        if withdrawn is None:
            at.put(BY_HAND, content, {})
            return Step(HAND)
        at.put(BY_HAND, content, withdrawn.last_sent if differences(withdrawn.last_sent, content) else {})
        if at.here.place != withdrawn.place and at.here.stands:
            return Step(HAND, Todo(PAYER_AGAIN))
        return Step(HAND, Todo("billed_again"), withdrawn.last_sent)

    def _go_on(self, claim: Claim, at: ClaimAtPayers, held: AtPayer, content: dict[str, str]) -> Step:
        """At a payer where the claim stands: nothing, a correction by file, or by hand."""
        if held.content == content and not (held.waits and self._corrected.reference(claim, at.record, held)):
            return Step()
        sent = held.last_sent
        differs = differences(sent, content)
        if claim.by_hand:
            at.put(BY_HAND, content, sent)
            return Step(HAND, Todo("entered_changed", differs=differs), sent)
        if not differs and held.status == SENT:
            at.change(held.place, content, {})
            return Step()
        replacement, todo = self._corrected.replacement(claim, at.record, held, differs)
        if replacement is not None:
            at.put(SENT, content, {})
            self._draft.claims.append(replacement)
            return Step(REPLACEMENT, todo, sent)
        at.put(BY_HAND, content, sent if differs else {}, todo.situation in _AWAIT_A_NUMBER)
        return Step(HAND, todo, sent)

    def _leave_standing(self, key: str, first: Claim, at: ClaimAtPayers) -> None:
        """What payers hold while the second's claim is held. None of it is withdrawn: the service was billable."""
        content, second, here = content_of(first), self._second(key, first, at), at.here
        there = place_of(content)
        both = bool(second)
        also = [("withdraw_there", payer) for payer in at.withdraw_but({there, second})]
        told, held = Todo(), at.find(there)
        # The payer answered to what was sent; what is billed now is something else, and no file tells it while the month is held.
        if held is not None and held.stands and at.catch_up(there, content):
            told = Todo("both_payers" if both else "first_payer", differs=differences(held.last_sent, content))
        elif both and at.record.billed:  # the second's claim is corrected once the first one's answer is as it should be
            told = Todo("both_payers")
        self._draft.records.append(at.record_at(second if both else there if held else here.place, False))
        if told.situation or also:
            sent = held.last_sent if held is not None and not both else here.last_sent
            self._draft.tell(key, CHANGED, at.record.claim_id, STANDS, replace(told, also=tuple(also)), sent)

    def _withdraw(self, key: str, at: ClaimAtPayers) -> None:
        """Nothing is billed any more: what stands at a payer is voided by file, or withdrawn by a person."""
        record, here = at.record, at.here
        if not here.stands:
            here = record.standing[-1]
        answered = ANSWERED in here.content
        also = [("first_plan" if answered else "withdraw_there", payer) for payer in at.withdraw_but({here.place})]
        before = self._draft.before(key)
        billed = claim_for(before[1], before[0], self._practice) if before and before[1].outcome == BILL else None
        void, todo = self._corrected.void(billed if isinstance(billed, Claim) else None, record, here)
        action = HAND if void is None else VOID
        if void is None:
            at.put(WITHDRAW, here.content, here.at_payer)
        else:
            at.put_void(here.content, void.original_reference)
            self._draft.claims.append(void)
        self._draft.records.append(at.record_at(here.place, False))
        todo = replace(todo, also=tuple(also))
        self._draft.tell(key, WITHDRAWN, record.claim_id, action, todo, here.last_sent)

    @staticmethod
    def _first_of(claim: Claim) -> str:
        """The place of the plan that pays before the claim's; empty where there is none."""
        return place(payer_of(claim.other_coverage), claim.form) if claim.other_coverage else ""

    def _second(self, key: str, claim: Claim, at: ClaimAtPayers) -> str:
        """The place of the plan that is to pay after the claim's and was sent one that tells another's answer; else empty."""
        month, decision = self._draft.after(key)
        second = second_payer(month, decision.service_to or month.month.last_day)
        where = "" if second is None or claim.other_coverage is not None else place(payer_of(second), claim.form)
        held = at.find(where)
        return where if held is not None and held.stands and ANSWERED in held.content else ""

    def _name_the_first(self, key: str, at: ClaimAtPayers) -> None:
        """A record of an older packet tells a first plan's answer and not whose it is: that packet's evidence does."""
        billed = self._draft.before(key)
        if billed is None or ANSWERED not in at.here.content or at.record.others:
            return
        month, decision = billed
        first = first_payer(month, decision.service_to or month.month.last_day)
        if first is not None:
            content = {name: value for name, value in at.here.content.items() if name != ANSWERED}
            number = month.patient.mbi if first.plan == MEDICARE else first.member_id
            at.suppose_sent(AtPayer(SENT, 0, content | {"payer": payer_of(first), NUMBER: number}))


def _new_record(claim: Claim, packet: int) -> ClaimRecord:
    """The record of a claim that packet ``packet`` sends first, or that a person entered before it was told."""
    at = AtPayer(BY_HAND if claim.by_hand else SENT, packet, content_of(claim))
    return record_of(claim.claim_id, claim.patient.key, True, at, billed_first(claim))
