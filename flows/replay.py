"""A past month's evidence decided again under another rulebook: whose outcome, codes or amount would change.

This is what a billing expert does before a rule goes live. It reads sealed evidence and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeVar

from flows import ledger, packets
from flows.ccm.decide import decide
from flows.ccm.decision import BILL, HOLD, NOT_BILLABLE, Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice, terms_of
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.resolve import Rulebook
from flows.steps import DECISIONS, PATIENT_MONTHS
from flows.store import Store

# Holds that come after a decision, from facts outside the evidence of one patient: a rulebook cannot lift them.
_LATER_HOLDS = frozenset({"claim.invalid", "conflict.other_practice"})

Record = TypeVar("Record", PatientMonth, Decision)


class ReplayError(Exception):
    """There is no such evidence to decide again, or it does not fit together. ``problems`` holds the one line, without PHI."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a decision comes to: its outcome, its lines (of a held month: what is at stake), reasons, and dollars expected."""

    outcome: str
    lines: tuple[str, ...]
    reasons: tuple[str, ...]
    expected: Decimal


@dataclass(frozen=True, slots=True)
class Change:
    """A patient, by the packet's key, whose outcome, lines or amount would differ."""

    patient_key: str
    before: Standing
    after: Standing


@dataclass(frozen=True, slots=True)
class Totals:
    """A month's patients by outcome, and dollars expected: of billed months, and at stake in held ones. Estimates."""

    billed: int
    held: int
    not_billable: int
    expected: Decimal
    at_stake: Decimal


@dataclass(frozen=True, slots=True)
class Replay:
    """A month under the rulebook it was decided by (``before``) and under another (``after``).

    ``changes`` run in the order of the evidence. ``other_grounds`` counts the patients whose reasons alone differ.
    ``rules_before`` are the versions named in the evidence: one, unless packets were mixed.
    """

    month: ServiceMonth
    patients: int
    changes: tuple[Change, ...]
    other_grounds: int
    before: Totals
    after: Totals
    rules_before: tuple[str, ...]
    rules_after: str


def replay_packet(store: Store, practice: Practice, month: ServiceMonth, rulebook: Rulebook, packet: int = 0) -> Replay:
    """Decide a sealed packet again, the month's latest where ``packet`` is 0. Raises ReplayError, RulebookError, StoreError."""
    sealed = packets.sealed_numbers(store, month)
    number = packet or max(sealed, default=0)
    if number not in sealed:
        named = f"packet {packet}" if packet else "packet"
        raise ReplayError(f"{practice.slug} {month}: no sealed {named}; run `ccm run {practice.slug} {month}` first")
    files = packets.read_packet(store, month, number)
    for name in (PATIENT_MONTHS, DECISIONS):
        if name not in files:
            raise ReplayError(f"{practice.slug} {month}: packet {number} holds no {name}; it cannot be decided again")
    return replay(files[PATIENT_MONTHS], files[DECISIONS], practice, month, rulebook)


def replay(evidence: bytes, decisions: bytes, practice: Practice, month: ServiceMonth, rulebook: Rulebook) -> Replay:
    """Decide the patient-months of ``evidence`` under ``rulebook`` and hold them against ``decisions``, both as JSON lines.

    The practice's terms are those of its folder today. Raises ReplayError where the two files do not belong together or
    to the month, RulebookError where the rulebook has no rule in force.
    """
    months = _read(evidence, PatientMonth, PATIENT_MONTHS)
    past = _read(decisions, Decision, DECISIONS)
    if [m.patient.key for m in months] != [d.patient_key for d in past]:
        raise ReplayError(f"{PATIENT_MONTHS}, {DECISIONS}: not the same patients in the same order; take both from one packet")
    for name, owners in ((PATIENT_MONTHS, months), (DECISIONS, past)):
        if any((owner.practice, owner.month) != (practice.slug, month) for owner in owners):
            raise ReplayError(f"{name}: holds another practice or month than {practice.slug} {month}; take that month's packet")
    rules = rulebook.in_force(month, terms_of(practice, month.last_day))
    now = [_settled(decide(m, rules), d) for m, d in zip(months, past, strict=True)]
    pairs = [(old, _standing(old), _standing(new)) for old, new in zip(past, now, strict=True)]
    changed = [(old, was, new) for old, was, new in pairs if _result(was) != _result(new)]
    return Replay(
        month=month,
        patients=len(past),
        changes=tuple(Change(old.patient_key, was, new) for old, was, new in changed),
        other_grounds=sum(was.reasons != new.reasons for _, was, new in pairs if _result(was) == _result(new)),
        before=_totals([was for _, was, _ in pairs]),
        after=_totals([new for _, _, new in pairs]),
        rules_before=tuple(sorted({d.rules_version for d in past})),
        rules_after=rules.version,
    )


def _read(data: bytes, kind: type[Record], name: str) -> tuple[Record, ...]:
    try:
        return ledger.from_lines(data, kind)
    except ledger.LedgerError as error:
        raise ReplayError(f"{name}: {error}") from None


def _settled(new: Decision, old: Decision) -> Decision:
    """The new decision with the holds that the old one received after it was decided."""
    later = tuple(reason for reason in old.reasons if reason.id in _LATER_HOLDS)
    if not later or new.outcome == NOT_BILLABLE:
        return new
    at_stake = new.lines if new.outcome == BILL else new.at_stake
    return replace(new, outcome=HOLD, lines=(), at_stake=at_stake, reasons=new.reasons + later)


def _standing(decision: Decision) -> Standing:
    lines = decision.lines or decision.at_stake
    return Standing(
        outcome=decision.outcome,
        lines=tuple(map(str, lines)),
        reasons=tuple(sorted({reason.id for reason in decision.reasons})),
        expected=sum((line.expected for line in lines), Decimal(0)),
    )


def _result(standing: Standing) -> tuple[str, tuple[str, ...], Decimal]:
    return standing.outcome, standing.lines, standing.expected


def _totals(standings: Sequence[Standing]) -> Totals:
    outcomes = [s.outcome for s in standings]
    return Totals(
        billed=outcomes.count(BILL),
        held=outcomes.count(HOLD),
        not_billable=outcomes.count(NOT_BILLABLE),
        expected=sum((s.expected for s in standings if s.outcome == BILL), Decimal(0)),
        at_stake=sum((s.expected for s in standings if s.outcome == HOLD), Decimal(0)),
    )
