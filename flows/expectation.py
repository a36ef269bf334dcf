"""Comparing a packet with what was planted: patient by patient, each difference one line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from flows.ccm.decision import Decision
from flows.ccm.patient_month import PatientMonth
from flows.ledger import from_lines
from flows.steps import DECISIONS, PATIENT_MONTHS


def differences(packet: Path, expected: Mapping[str, Any]) -> list[str]:
    """Every patient whose outcome, lines, reasons or minutes are not those planted. Names patients by the packet's key."""
    months = from_lines((packet / PATIENT_MONTHS).read_bytes(), PatientMonth)
    record_numbers = {month.patient.key: month.patient.mrn for month in months}
    decisions = {record_numbers[d.patient_key]: d for d in from_lines((packet / DECISIONS).read_bytes(), Decision)}
    planted: Mapping[str, Mapping[str, Any]] = expected["patients"]
    found: list[str] = []
    for number in sorted(planted.keys() | decisions.keys()):
        if number not in decisions:
            found.append(f"{packet}: a planted patient has no decision (record number in expected.json: {number})")
        elif number not in planted:
            found.append(f"{packet}: {decisions[number].patient_key}: decided, but not planted")
        else:
            key = decisions[number].patient_key
            found += (f"{packet}: {key}: {line}" for line in _patient(decisions[number], planted[number]))
    return found


def _patient(decision: Decision, planted: Mapping[str, Any]) -> Iterator[str]:
    came = {
        "outcome": decision.outcome,
        "lines": [str(line) for line in decision.lines],
        "reasons": sorted(reason.id for reason in decision.reasons),
        "seconds": _logged(decision.seconds),
        "excluded": _logged(decision.excluded),
    }
    for name, value in came.items():
        if name in planted:
            wanted = planted[name]
            wanted = sorted(wanted) if name == "reasons" else _logged(wanted) if isinstance(wanted, Mapping) else wanted
            if value != wanted:
                yield f"{name} {value}, planted {wanted}"


def _logged(seconds: Mapping[str, int]) -> dict[str, int]:
    """Without the zeros, which only say that nothing was logged."""
    return {name: count for name, count in seconds.items() if count}
