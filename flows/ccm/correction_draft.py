"""What a correction has settled so far: the claims it sends, what payers hold of each claim then, and what a reader is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flows.ccm.claim import Claim
from flows.ccm.claim_record import BY_HAND, VOIDED, ClaimRecord, content_of, sent_record
from flows.ccm.correction import HAND, NOTHING, OTHER, VOID, WITHDRAWN, Before, Change
from flows.ccm.decision import Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payer_references import Reference, References, reference_of
from flows.ccm.substance import substance

_AWAIT_A_NUMBER = ("change_no_reference", "two_payers")


@dataclass(frozen=True, slots=True)
class Todo:
    """What a person is told to do, and why, with the names of ``Change``."""

    situation: str = ""
    detail: str = ""
    differs: tuple[tuple[str, str, str], ...] = ()
    first_plan: str = ""
    first_gone: bool = False


class CorrectionDraft:
    """Claims, records and changes of one correction, each written down once it is settled."""

    def __init__(self, before: Before, result: MonthResult, packet: int, references: References) -> None:
        self.claims: list[Claim] = []
        self.records: list[ClaimRecord] = []
        self.changes: list[Change] = []
        self._packet, self._references = packet, references
        self._was = {d.patient_key: (m, d) for m, d in zip(before.patient_months, before.decisions, strict=True)}
        self._is = {d.patient_key: (m, d) for m, d in zip(result.patient_months, result.decisions, strict=True)}
        self._sent = {record.patient_key: record.last_sent for record in before.records}
        self._numbers: dict[str, set[str]] = {}
        for (own_id, _), reference in references.items():
            self._numbers.setdefault(own_id, set()).add(reference.number)

    def before(self, key: str) -> tuple[PatientMonth, Decision]:
        """The patient's month and decision in the packet that is corrected."""
        return self._was[key]

    def after(self, key: str) -> tuple[PatientMonth, Decision]:
        """The patient's month and decision in the packet that corrects it."""
        return self._is[key]

    def reference(self, claim: Claim, record: ClaimRecord) -> Reference | None:
        """The payer's own number of the claim. One that a void named is no claim's any more; where the claim was at another
        payer before, whose a number is must be said beside it."""
        found = reference_of(claim, self._references, bool(record.former))
        return None if found is not None and found.number in record.spent else found

    def send(self, kind: str, action: str, claim: Claim, record: ClaimRecord | None = None, todo: Todo = Todo()) -> None:
        """Send a claim of which packets before left ``record``."""
        sent = sent_record(claim, self._packet)
        self.records.append(replace(sent, former=record.former, spent=record.spent) if record else sent)
        self.claims.append(claim)
        self._tell(claim.patient.key, kind, claim.claim_id, action, todo)

    def void(self, claim: Claim, record: ClaimRecord, first_plan: str) -> None:
        """Send the void of a claim."""
        spent = (*record.spent, claim.original_reference)
        self.claims.append(claim)
        self.keep(record, status=VOIDED, billed=False, packet=self._packet, at_payer={}, waits=False, spent=spent)
        self._tell(record.patient_key, WITHDRAWN, claim.claim_id, VOID, Todo(first_plan=first_plan))

    def by_hand(
        self, kind: str, record: ClaimRecord, billed: bool, content: dict[str, str], todo: Todo, at_payer: dict[str, str]
    ) -> None:
        """Leave a claim to a person: ``content`` is what it is to be, ``at_payer`` what was last sent where that differs."""
        waits = billed and todo.situation in _AWAIT_A_NUMBER
        left = {"content": content, "at_payer": at_payer, "waits": waits}
        self.keep(record, status=BY_HAND, billed=billed, packet=self._packet, **left)
        self._tell(record.patient_key, kind, record.claim_id, HAND, todo)

    def bill_by_hand(self, kind: str, record: ClaimRecord, claim: Claim, todo: Todo, at_payer: dict[str, str]) -> None:
        """Leave a claim that is billed to a person."""
        self.by_hand(kind, record, True, content_of(claim), todo, at_payer)

    def stand(self, kind: str, record: ClaimRecord, action: str, todo: Todo, **changed: object) -> None:
        """Let a claim stand as it is at its payer, and tell of it."""
        self.keep(record, **changed)
        self._tell(record.patient_key, kind, record.claim_id, action, todo)

    def keep(self, record: ClaimRecord, **changed: object) -> None:
        """Write a record down, without a word about it."""
        self.records.append(replace(record, **changed))  # type: ignore[arg-type]

    def tell_of_others(self, action_of: dict[str, str]) -> None:
        """Tell of the patients whose decision changed while nothing has to be done about a claim; what becomes of one by key."""
        told = {change.patient.key for change in self.changes}
        for key in sorted((self._was.keys() | self._is.keys()) - told):
            was, now = self._was.get(key), self._is.get(key)
            if was is None or now is None or substance(was[1]) != substance(now[1]):
                self._tell(key, OTHER, "", action_of.get(key, NOTHING), Todo())

    def _tell(self, key: str, kind: str, claim_id: str, action: str, todo: Todo) -> None:
        was, now = self._was.get(key), self._is.get(key)
        either = now or was
        if either is None:
            raise ValueError("a claim record names a patient of neither packet")
        numbers = self._numbers.get(claim_id, set())
        self.changes.append(
            Change(
                either[0].patient,
                kind,
                was[1] if was else None,
                now[1] if now else None,
                claim_id,
                action,
                todo.situation,
                todo.detail,
                todo.differs,
                todo.first_plan,
                todo.first_gone,
                self._sent.get(key, {}),
                next(iter(numbers)) if len(numbers) == 1 else "",
            )
        )
