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
    passed_on,
    payer_of,
    place_of,
    sent_record,
)
from flows.ccm.claims import claim_for
from flows.ccm.correction import (
    BILLED_AGAIN,
    CHANGED,
    FORMER,
    HAND,
    NEW,
    NOTHING,
    ORIGINAL,
    OTHER,
    PAYER_AGAIN,
    REPLACEMENT,
    SECOND_AGAIN,
    STANDS,
    VOID,
    WITHDRAWN,
    Before,
    Change,
    Correction,
)
from flows.ccm.correction_rules import CorrectionRules
from flows.ccm.decision import BILL, Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payer_references import Reference, References, reference_of
from flows.ccm.substance import substance

# What differs between one claim's two plans though nothing of the service does.
_OF_ONE_PLAN = frozenset({"payer", "patient's number", "authorization", ANSWERED})
_AWAIT_A_NUMBER = ("change_no_reference", "two_payers")

Checks = Callable[[Claim], Sequence[ClaimFault]]
_Parts = tuple[tuple[str, str, str], ...]


def first_packet(result: MonthResult, packet: int) -> Correction:
    """The month's first packet: every claim is sent."""
    return Correction(
        packet, 0, result.claims, tuple(sorted((sent_record(claim, packet) for claim in result.claims), key=lambda r: r.claim_id))
    )


def correct(before: Before, result: MonthResult, packet: int, references: References, checks: Checks) -> Correction:
    """What packet ``packet`` sends and says after packet ``before``.

    ``references`` are the payers' claim numbers; ``checks`` finds what a payer would refuse a claim for.
    Raises ValueError where the month's rules do not say who takes corrections: the rulebook always does.
    """
    rules = result.rules.corrections
    if rules is None:
        raise ValueError("these rules say nothing of corrections: resolve them from the rulebook, which has corrections.toml")
    work = _Work(before, result, packet, references, rules, checks)
    known = {record.patient_key: record for record in before.records}
    claims = {claim.patient.key: claim for claim in result.claims}
    for key in sorted(known.keys() | claims.keys()):
        work.settle(key, known.get(key), claims.get(key))
    work.other_changes()
    return Correction(
        packet,
        before.packet,
        tuple(sorted(work.claims, key=lambda c: c.claim_id)),
        tuple(sorted(work.records, key=lambda r: r.claim_id)),
        tuple(sorted(work.changes, key=lambda c: c.patient.key)),
    )


class _Work:
    def __init__(
        self,
        before: Before,
        result: MonthResult,
        packet: int,
        references: References,
        rules: CorrectionRules,
        checks: Checks,
    ) -> None:
        self._packet, self._references, self._practice = packet, references, result.practice
        self._rules, self._checks = rules, checks
        self._standing = {claim.patient.key: claim for claim in result.standing}
        self._was = {d.patient_key: (m, d) for m, d in zip(before.patient_months, before.decisions, strict=True)}
        self._sent = {record.patient_key: record.last_sent for record in before.records}
        self._former = {record.patient_key: record.former for record in before.records}
        self._numbers: dict[str, set[str]] = {}
        for (own_id, _), reference in references.items():
            self._numbers.setdefault(own_id, set()).add(reference.number)
        self._is = {d.patient_key: (m, d) for m, d in zip(result.patient_months, result.decisions, strict=True)}
        self.claims: list[Claim] = []
        self.records: list[ClaimRecord] = []
        self.changes: list[Change] = []

    def settle(self, key: str, record: ClaimRecord | None, claim: Claim | None) -> None:
        """Say what becomes of one claim. ``record`` is what the packets before left of it, ``claim`` what is billed now."""
        first = self._standing.get(key)
        voided = record is not None and record.status == VOIDED and not record.billed
        if claim is not None and record is not None and came_back(claim, record):
            self._move(key, claim, record, CHANGED if record.billed else BILLED_AGAIN)
        elif claim is not None and (record is None or (voided and not billed_first(claim))):
            self._send(key, NEW if record is None else BILLED_AGAIN, ORIGINAL, claim)
        elif claim is not None and record is not None:
            self._bill_on(key, claim, record)
        elif record is not None and first is not None and record.status != VOIDED:
            self._leave_standing(key, first, record)
        elif record is not None and (record.billed or record.status == SENT):
            self._withdraw(key, record)
        elif record is not None:
            self.records.append(record)

    def _bill_on(self, key: str, claim: Claim, record: ClaimRecord) -> None:
        """A claim of which a packet before has a record that a payer may hold."""
        if record.status == VOIDED or not (record.billed or record.status == SENT or passed_on(claim, record)):
            # Of two plans' claims the first's was to be withdrawn too: whether its answer still holds no record tells.
            content, sent, first = content_of(claim), record.last_sent, billed_first(claim)
            if not first and place_of(sent) != place_of(content):
                self._move(key, claim, record, BILLED_AGAIN)
                return
            at_payer = sent if differences(sent, content) else {}
            self._leave(key, BILLED_AGAIN, claim.claim_id, True, content, "billed_again", "", (), at_payer, first)
        elif record.content != content_of(claim) or (record.waits and reference_of(claim, self._references)):
            self._change(key, claim, record)
        else:
            self.records.append(replace(record, billed=True))

    def _leave_standing(self, key: str, first: Claim, record: ClaimRecord) -> None:
        """What payers hold while the second's claim is held. None of it is withdrawn: the service was billable."""
        with_both = record.last_sent.get("payer") != payer_of(first.coverage)
        if with_both or record.content == content_of(first):
            self.records.append(replace(record, billed=False))
            if with_both and record.billed:  # the second's claim is corrected once the first one's answer is as it should be
                self.changes.append(self._told(key, CHANGED, record.claim_id, STANDS, "both_payers"))
            return
        # The payer answered to what was sent; what is billed now is something else, and no file tells it while the month is held.
        sent = record.last_sent
        differs = differences(sent, content_of(first))
        self._leave(key, CHANGED, record.claim_id, False, content_of(first), "first_payer", "", differs, sent)

    def other_changes(self) -> None:
        """The patients whose decision changed while nothing has to be done about a claim."""
        told = {change.patient.key for change in self.changes}
        for key in sorted((self._was.keys() | self._is.keys()) - told):
            was, now = self._was.get(key), self._is.get(key)
            if was is None or now is None or substance(was[1]) != substance(now[1]):
                stands = key in self._standing and any(r.patient_key == key and r.status == SENT for r in self.records)
                self.changes.append(self._told(key, OTHER, action=STANDS if stands else NOTHING))

    def _change(self, key: str, claim: Claim, record: ClaimRecord) -> None:
        sent = record.last_sent
        differs = differences(sent, content_of(claim))
        parts = frozenset(name for name, _, _ in differs)
        situation, detail = self._obstacle(claim, "change") if differs else ("changed_back", "")
        first = billed_first(claim) if parts - _OF_ONE_PLAN else ""
        if "payer" in parts and ANSWERED in sent and claim.other_coverage is None:
            # The first of two plans is to be billed again, whose answer the second was sent: it has the claim already.
            self._leave(key, CHANGED, claim.claim_id, True, content_of(claim), "answer_gone", "", differs, sent)
            return
        if parts & {"payer", "form"}:
            self._move(key, claim, record, CHANGED, first)
            return
        reference = reference_of(claim, self._references) or Reference("")
        code = self._rules.replacement_code(claim, parts, reference.condition_code)
        if not situation and code is None:
            situation = "condition_code"
        if not situation and code is not None:
            replacement = replace(claim, frequency="7", original_reference=reference.number, condition_code=code)
            faults = self._checks(replacement)
            if not faults:
                self._send(key, CHANGED, REPLACEMENT, replacement, "", first, differs)
                return
            situation, detail = "refused", "; ".join(map(str, faults))
        at_payer = sent if differs else {}
        self._leave(key, CHANGED, claim.claim_id, True, content_of(claim), situation, detail, differs, at_payer, first)

    def _move(self, key: str, claim: Claim, record: ClaimRecord, kind: str, first_plan: str = "") -> None:
        """Bill at another payer, or on another form, what a packet before sent elsewhere.

        It knows nothing of the claim and receives an original. The former place is told by a person, unless its answer is what
        this one was waiting for; where it is the new place's turn again, a person looks what is there.
        """
        sent, content = record.last_sent, content_of(claim)
        differs = differences(sent, content)
        if passed_on(claim, record):
            again = SECOND_AGAIN if came_back(claim, record) else ""
            self._send(key, kind, ORIGINAL, claim, again, first_plan, differs)
            return
        self._former[key] = tuple(dict.fromkeys((*record.former, place_of(sent))))
        if came_back(claim, record):
            self._leave(key, kind, claim.claim_id, True, content, PAYER_AGAIN, "", differs, sent)
        else:
            self._send(key, kind, ORIGINAL, claim, FORMER, "", differs)

    def _withdraw(self, key: str, record: ClaimRecord) -> None:
        month, decision = self._was[key]
        claim = claim_for(decision, month, self._practice) if decision.outcome == BILL else None
        if not isinstance(claim, Claim):
            self._leave(key, WITHDRAWN, record.claim_id, False, record.content, "withdraw_other", at_payer=record.at_payer)
            return
        first = billed_first(claim)
        situation, detail = self._obstacle(claim, "withdraw")
        reference = reference_of(claim, self._references) or Reference("")
        code = self._rules.void_code(claim, reference.condition_code)
        if not situation and code is None:
            situation = "withdraw_condition_code"
        if not situation and differences(record.content, content_of(claim)):
            situation = "withdraw_other"  # the practice's own data changed since: the claim cannot be written as it was sent
        if not situation and code is not None:
            void = replace(claim, frequency="8", original_reference=reference.number, condition_code=code)
            faults = self._checks(void)
            if not faults:
                self.claims.append(void)
                self.records.append(replace(record, status=VOIDED, billed=False, packet=self._packet, at_payer={}, waits=False))
                self.changes.append(self._told(key, WITHDRAWN, claim.claim_id, VOID, first_plan=first))
                return
            situation, detail = "refused", "; ".join(map(str, faults))
        at_payer = record.at_payer
        self._leave(key, WITHDRAWN, claim.claim_id, False, record.content, situation, detail, (), at_payer, first)

    def _obstacle(self, claim: Claim, what: str) -> tuple[str, str]:
        if not self._rules.taken(claim):
            return f"{what}_reopening", ""
        if reference_of(claim, self._references):
            return "", ""
        # Two payers know it by one id: whose a number is that names no payer cannot be told.
        return ("two_payers" if claim.other_coverage else f"{what}_no_reference"), ""

    def _send(
        self, key: str, kind: str, action: str, claim: Claim, situation: str = "", first_plan: str = "", differs: _Parts = ()
    ) -> None:
        self.claims.append(claim)
        self.records.append(sent_record(claim, self._packet, self._former.get(key, ())))
        self.changes.append(self._told(key, kind, claim.claim_id, action, situation, "", differs, first_plan))

    def _leave(
        self,
        key: str,
        kind: str,
        claim_id: str,
        billed: bool,
        content: dict[str, str],
        situation: str,
        detail: str = "",
        differs: _Parts = (),
        at_payer: dict[str, str] | None = None,
        first_plan: str = "",
    ) -> None:
        waits = billed and situation in _AWAIT_A_NUMBER
        former = self._former.get(key, ())
        self.records.append(ClaimRecord(claim_id, key, BY_HAND, billed, self._packet, content, at_payer or {}, waits, former))
        self.changes.append(self._told(key, kind, claim_id, HAND, situation, detail, differs, first_plan))

    def _told(
        self,
        key: str,
        kind: str,
        claim_id: str = "",
        action: str = NOTHING,
        situation: str = "",
        detail: str = "",
        differs: _Parts = (),
        first_plan: str = "",
    ) -> Change:
        was, now = self._was.get(key), self._is.get(key)
        patient = (now or was or _nobody())[0].patient
        before, after = was[1] if was else None, now[1] if now else None
        sent = self._sent.get(key, {})
        numbers = self._numbers.get(claim_id, set())
        number = next(iter(numbers)) if len(numbers) == 1 else ""
        return Change(patient, kind, before, after, claim_id, action, situation, detail, differs, first_plan, sent, number)


def _nobody() -> tuple[PatientMonth, Decision]:
    raise ValueError("a claim record names a patient of neither packet")
