"""The balances that a manifest states, computed again from the evidence beside it."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flows.ccm.balance import CALLS
from flows.ccm.decision import BILL, COUNTED, HOLD, NOT_BILLABLE, Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import answers_of, coverage_on, first_payer
from flows.packets import MANIFEST

REJECTED = "rejected-rows.csv"


def balance_faults(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], months: Sequence[PatientMonth], decisions: Sequence[Decision]
) -> Iterator[str]:
    """Every sum of the manifest that the evidence does not come to. ``months`` and ``decisions`` run in the same order."""
    stated, inputs = manifest["balance"], manifest["inputs"]
    computed = {
        "rows": _rows(inputs),
        "patients": _patients(months, decisions),
        "seconds": _seconds(months, decisions),
        "claims": _claims(decisions),
    }
    for what, sums in computed.items():
        for name, value in sums.items():
            if stated[what].get(name) != value:
                yield f"{MANIFEST}: {what}, {name.replace('_', ' ')}: {stated[what].get(name)} stated, {value} computed"
    yield from _input_faults(inputs, decisions)
    yield from _reject_faults(files, stated["rows"]["rejected"])
    yield from _first_paid_faults(months, decisions)
    for month, decision in zip(months, decisions, strict=True):
        logged, fated = sum(e.seconds for e in month.time), sum(p.seconds for p in decision.pieces)
        told = sum(decision.seconds.values()) + sum(decision.excluded.values())
        if not logged == fated == told:
            yield f"decisions.jsonl: patient {decision.patient_key}: {logged} s logged, {fated} s given a fate, {told} s told"


def _rows(inputs: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    columns = {"input": "rows", "counted": "counted", "excluded": "excluded", "rejected": "rejected"}
    return {name: sum(item[column] for item in inputs) for name, column in columns.items()}


def _patients(months: Sequence[PatientMonth], decisions: Sequence[Decision]) -> dict[str, int]:
    outcomes = Counter(d.outcome for d in decisions)
    return {"in_month": len(months), "decisions": len(decisions)} | {o: outcomes[o] for o in (BILL, HOLD, NOT_BILLABLE)}


def _seconds(months: Sequence[PatientMonth], decisions: Sequence[Decision]) -> dict[str, int]:
    pieces = [piece for d in decisions for piece in d.pieces]
    return {
        "logged": sum(entry.seconds for m in months for entry in m.time),
        "counted": sum(p.seconds for p in pieces if p.fate == COUNTED),
        "excluded": sum(p.seconds for p in pieces if p.fate != COUNTED),
    }


def _claims(decisions: Sequence[Decision]) -> dict[str, Any]:
    billed = [d for d in decisions if d.outcome == BILL]
    charged = sum((line.charge or Decimal(0) for d in billed for line in d.lines), Decimal(0))
    return {
        "count": len(billed),
        "charged": str(charged),
        "expected_estimate": str(sum((line.expected for d in billed for line in d.lines), Decimal(0))),
    }


def _first_paid_faults(months: Sequence[PatientMonth], decisions: Sequence[Decision]) -> Iterator[str]:
    """Of a claim to a second plan the estimate is what the first one left of it, by the answers that are in evidence."""
    for month, decision in zip(months, decisions, strict=True):
        day = decision.service_to
        first, billed = (first_payer(month, day), coverage_on(month, day)) if day else (None, None)
        answers = [answer.paid for answer in answers_of(month, first)] if first and first != billed else []
        full = sum((line.expected + line.paid_first for line in decision.lines), Decimal(0))
        due = max(full - sum(answers, Decimal(0)), Decimal(0))
        if any(line.expected < 0 for line in decision.lines) or sum((x.expected for x in decision.lines), Decimal(0)) != due:
            yield f"decisions.jsonl: patient {decision.patient_key}: expected amount is not what the first plan's payment leaves"


def _input_faults(inputs: Sequence[Mapping[str, Any]], decisions: Sequence[Decision]) -> Iterator[str]:
    counted = Counter(
        key
        for key, _ in {
            (p.source.key, p.source.line) for d in decisions for p in d.pieces if p.source is not None and p.fate == COUNTED
        }
    )
    for number, item in enumerate(inputs, 1):
        if item["rows"] != item["counted"] + item["excluded"] + item["rejected"]:
            yield f"{MANIFEST}: input {number}: {item['rows']} rows are not counted + excluded + rejected"
        if item["excluded"] != sum(item["excluded_as"].values()):
            yield f"{MANIFEST}: input {number}: {item['excluded']} rows excluded, and other reasons for them"
        # A zero-length entry has no counted second, and is excluded: only call logs are tallied by their seconds.
        if item["key"].startswith(CALLS) and item["counted"] != counted[item["key"]]:
            yield f"{MANIFEST}: input {number}: {item['counted']} rows stated as counted, {counted[item['key']]} are"


def _reject_faults(files: Mapping[str, bytes], stated: int) -> Iterator[str]:
    if REJECTED not in files:
        return  # already told
    try:
        listed = len(list(csv.reader(io.StringIO(files[REJECTED].decode("utf-8-sig"), newline="")))) - 1
    except (UnicodeDecodeError, csv.Error):
        yield f"{REJECTED}: not readable as CSV"
        return
    if listed != stated:
        yield f"{REJECTED}: {listed} rows listed, {stated} rejected by the manifest"
