"""The balances a packet must prove: every row and second accounted for, every patient decided once, every bill on a claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from flows.ccm.claim_record import BY_HAND, SENT, VOIDED, WITHDRAW
from flows.ccm.correction import HAND
from flows.ccm.decision import BILL, COUNTED, Decision
from flows.ccm.month_result import InputObject, MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.ccm.still_due import paid_first

CALLS = "inbox/calls/"


def settle_inputs(inputs: Iterable[InputObject], decisions: Iterable[Decision]) -> tuple[InputObject, ...]:
    """Split each call log's placed rows into those with a counted second and those excluded whole, by the reason they are.

    A row whose pieces have several reasons is tallied under the one that took most of it (the first id on a tie).
    """
    pieces: dict[tuple[str, int], Counter[str]] = {}
    for decision in decisions:
        for piece in decision.pieces:
            if piece.source is not None:
                pieces.setdefault((piece.source.key, piece.source.line), Counter())[piece.fate] += piece.seconds
    counted: Counter[str] = Counter()
    excluded: dict[str, Counter[str]] = {}
    for (key, _line), fates in pieces.items():
        if fates[COUNTED]:
            counted[key] += 1
        else:
            largest = min(fates, key=lambda fate: (-fates[fate], fate))
            excluded.setdefault(key, Counter())[largest] += 1
    settled = []
    for item in inputs:
        if item.key.startswith(CALLS):
            out = excluded.get(item.key, Counter())
            # A note of the reader's stands there with a count of 0: it is kept.
            ignored = item.ignored | {reason: item.ignored.get(reason, 0) + n for reason, n in out.items()}
            item = replace(
                item, taken=counted[item.key], excluded=item.excluded + out.total(), ignored=dict(sorted(ignored.items()))
            )
        settled.append(item)
    return tuple(settled)


def imbalances(result: MonthResult) -> tuple[str, ...]:
    """Everything that does not add up, one line each, without PHI; empty: the packet may be sealed."""
    return (
        *_rows(result.inputs),
        *_rejects(result),
        *_patients(result.patient_months, result.decisions),
        *_seconds(result.patient_months, result.decisions),
        *_claims(result),
        *_first_paid(result.patient_months, result.decisions),
        *_sending(result),
    )


def _rows(inputs: Iterable[InputObject]) -> Iterator[str]:
    for number, item in enumerate(inputs, 1):
        if item.rows != item.taken + item.excluded + item.rejected:
            yield (
                f"input {number}: {item.rows} rows are not {item.taken} counted + {item.excluded} excluded "
                f"+ {item.rejected} rejected"
            )


def _rejects(result: MonthResult) -> Iterator[str]:
    told = Counter(reject.source.key for reject in result.rejects)
    for number, item in enumerate(result.inputs, 1):
        if told[item.key] != item.rejected:
            yield f"input {number}: {item.rejected} rows rejected, {told[item.key]} listed"


def _patients(months: Sequence[PatientMonth], decisions: Sequence[Decision]) -> Iterator[str]:
    wanted, got = [m.patient.key for m in months], [d.patient_key for d in decisions]
    if wanted != got or len(set(got)) != len(got):
        yield f"{len(wanted)} patients of the month have {len(got)} decisions, not one each in the same order"


def _seconds(months: Iterable[PatientMonth], decisions: Iterable[Decision]) -> Iterator[str]:
    for month, decision in zip(months, decisions, strict=False):
        logged = sum(entry.seconds for entry in month.time)
        fated = sum(piece.seconds for piece in decision.pieces)
        told = sum(decision.seconds.values()) + sum(decision.excluded.values())
        if not logged == fated == told:
            yield f"{decision.patient_key}: {logged} s logged, {fated} s given a fate, {told} s told"


def _claims(result: MonthResult) -> Iterator[str]:
    billed = {d.patient_key: d for d in result.decisions if d.outcome == BILL}
    claimed = [c.patient.key for c in result.claims]
    if sorted(billed) != sorted(claimed):
        yield f"{len(billed)} patients are billed and {len(claimed)} claims written"
    for claim in result.claims:
        decision = billed.get(claim.patient.key)
        decided = [(line.code, line.units, line.charge) for line in decision.lines] if decision else []
        if decided != [(line.code, line.units, line.charge) for line in claim.lines]:
            yield f"{claim.claim_id}: its lines are not those decided"


def _first_paid(months: Iterable[PatientMonth], decisions: Iterable[Decision]) -> Iterator[str]:
    for month, decision in zip(months, decisions, strict=False):
        if decision.service_to is None:
            continue
        paid = paid_first(month, decision.service_to)
        taken = sum((line.paid_first for line in decision.lines), Decimal(0))
        left = sum((line.expected for line in decision.lines), Decimal(0))
        if taken != min(paid, taken + left) or any(line.expected < 0 or line.paid_first < 0 for line in decision.lines):
            yield f"{decision.patient_key}: what the first plan paid is not what was taken off the expected amount"


def _sending(result: MonthResult) -> Iterator[str]:
    """Every billed claim is sent, was sent before, or is left to a person with the reason; nothing else is sent but voids."""
    if result.correction is None:
        return
    told = result.correction
    billed, recorded = {c.claim_id for c in result.claims}, {r.claim_id for r in told.records if r.billed}
    if billed != recorded:
        yield f"{len(billed)} claims are billed and {len(recorded)} recorded as billed"
    sent = sorted(c.claim_id for c in told.claims)
    noted = sorted(r.claim_id for r in told.records if r.packet == told.packet and r.status in (SENT, VOIDED))
    if sent != noted:
        yield f"{len(sent)} claims are sent and {len(noted)} recorded as sent"
    by_hand = sorted(r.claim_id for r in told.records if r.packet == told.packet and r.status in (BY_HAND, WITHDRAW))
    if by_hand != sorted(c.claim_id for c in told.changes if c.action == HAND):
        yield f"{len(by_hand)} claims are left to a person and not each is told"
