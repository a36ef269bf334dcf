"""What a correction has settled so far: the claims it sends, the records of all claims, and what a reader is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.ccm.claim import Claim
from flows.ccm.claim_record import ClaimRecord
from flows.ccm.correction import NOTHING, OTHER, Before, Change
from flows.ccm.decision import Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payer_references import References
from flows.ccm.substance import substance


@dataclass(frozen=True, slots=True)
class Todo:
    """What a person is told to do, and why, with the names of ``Change``."""

    situation: str = ""
    detail: str = ""
    differs: tuple[tuple[str, str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """What is done about a claim at one payer: an action of ``correction``, empty for none; what a person is told; and what that
    payer was last sent, empty where a person turns to the one that the claim was billed to before."""

    action: str = ""
    todo: Todo = Todo()
    sent: Mapping[str, str] = field(default_factory=dict)


class CorrectionDraft:
    """Claims, records and changes of one correction."""

    def __init__(self, before: Before, result: MonthResult, references: References) -> None:
        self.claims: list[Claim] = []
        self.records: list[ClaimRecord] = []
        self.changes: list[Change] = []
        self._was = {d.patient_key: (m, d) for m, d in zip(before.patient_months, before.decisions, strict=True)}
        self._is = {d.patient_key: (m, d) for m, d in zip(result.patient_months, result.decisions, strict=True)}
        self._numbers: dict[str, set[str]] = {}
        for (own_id, _), reference in references.items():
            self._numbers.setdefault(own_id, set()).add(reference.number)

    def before(self, key: str) -> tuple[PatientMonth, Decision] | None:
        """The patient's month and decision in the packet that is corrected; None where the patient was not in it."""
        return self._was.get(key)

    def after(self, key: str) -> tuple[PatientMonth, Decision]:
        """The patient's month and decision in the packet that corrects it."""
        return self._is[key]

    def tell(self, key: str, kind: str, claim_id: str, action: str, todo: Todo, sent: Mapping[str, str]) -> None:
        """Tell what becomes of a claim; ``sent`` is what the payer that a person turns to was last sent of it."""
        was, now = self._was.get(key), self._is.get(key)
        either = now or was
        if either is None:
            raise ValueError("a claim record names a patient of neither packet")
        before, after = was[1] if was else None, now[1] if now else None
        numbers = self._numbers.get(claim_id, set())
        number = next(iter(numbers)) if len(numbers) == 1 else ""
        told = (todo.situation, todo.detail, todo.differs, todo.also, sent, number)
        self.changes.append(Change(either[0].patient, kind, before, after, claim_id, action, *told))

    def tell_of_others(self, action_of: Mapping[str, str]) -> None:
        """Tell of the patients whose decision changed while nothing has to be done about a claim; what becomes of one by key."""
        told = {change.patient.key for change in self.changes}
        for key in sorted((self._was.keys() | self._is.keys()) - told):
            was, now = self._was.get(key), self._is.get(key)
            if was is None or now is None or substance(was[1]) != substance(now[1]):
                self.tell(key, OTHER, "", action_of.get(key, NOTHING), Todo(), {})
