"""The list that a practitioner attested, read back from a packet: whether it is what the decisions say, and who signed for it."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pikepdf

from flows.ccm.claim_record import ClaimRecord
from flows.ccm.decision import BILL, COUNTED, HOLD, Decision, DecisionLine
from flows.ccm.patient_month import PatientMonth

_PREFIX = "sha256:"


def as_attested(decisions: Sequence[Decision], records: Iterable[ClaimRecord]) -> tuple[Decision, ...]:
    """The decisions as they are attested: what the first plan was sent stays so while the claim to the second is held."""
    standing = {record.patient_key: record.standing[0].last_sent for record in records if record.standing and not record.billed}
    held = {d.patient_key for d in decisions if d.outcome == HOLD} & standing.keys()
    return tuple(_standing(d, standing[d.patient_key]) if d.patient_key in held else d for d in decisions)


def _standing(decision: Decision, sent: Mapping[str, str]) -> Decision:
    """A held decision as it was billed, with the codes, days and place that the claim was sent with."""
    try:
        told = [(code, int(units)) for code, units in (line.split(" x") for line in sent.get("codes", "").split(", "))]
        first, last = map(date.fromisoformat, sent.get("dates", "").partition("; ")[0].split(" to "))
    except ValueError:  # a record that was changed since: the list is then not as decided
        return decision
    known, place = {line.code: line for line in decision.at_stake}, sent.get("place of service", "")
    lines = tuple(
        replace(known[code], units=units) if code in known else DecisionLine(code, units, None, Decimal(0))
        for code, units in told
    )
    return replace(decision, outcome=BILL, lines=lines, service_from=first, service_to=last, place_of_service=place)


def fingerprint_in(pdf: bytes) -> str:
    """The list's fingerprint that an attestation carries in its document information; empty for any other file."""
    try:
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            told = str(opened.docinfo.get("/Keywords", ""))
    except (pikepdf.PdfError, pikepdf.PasswordError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    return told.removeprefix(_PREFIX) if told.startswith(_PREFIX) else ""


def fingerprint_of(attested: bytes) -> str:
    """SHA-256 of a list as it lies in the packet."""
    return hashlib.sha256(attested).hexdigest()


def list_faults(attested: bytes, months: Sequence[PatientMonth], decisions: Sequence[Decision]) -> Iterator[str]:
    """Where a list is not what the month's decisions, as they are attested, come to: one line each by patient key, without PHI.

    The list alone knows names and employers of those who performed; everything else in it is asked of the evidence.
    """
    try:
        head, *lines = [json.loads(line) for line in attested.decode("ascii").splitlines()]
        signer, listed = str(head["practitioner"]), [(str(line["patient"][0]), line) for line in lines]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        yield "not a list as this version writes it"
        return
    wanted = {m.patient.key: (m, d) for m, d in zip(months, decisions, strict=False) if _signed_by(m, d) == signer}
    told = Counter(key for key, _ in listed)
    yield from (f"patient {key} is billed under {signer} and not listed" for key in sorted(wanted.keys() - told.keys()))
    for key, line in listed:
        if key not in wanted:
            yield f"patient {key} is listed and not billed under {signer}"
        elif told[key] > 1:
            yield f"patient {key} is listed {told[key]} times"
        else:
            differs = [name for name, value in _facts(*wanted[key]).items() if _told(line, name) != value]
            if differs:
                yield f"patient {key}: {', '.join(differs)} not as decided"


def _signed_by(month: PatientMonth, decision: Decision) -> str:
    return (decision.rendering or month.practitioner) if decision.outcome == BILL else ""


def _facts(month: PatientMonth, decision: Decision) -> dict[str, Any]:
    patient, seconds = month.patient, Counter[str]()
    for piece in decision.pieces:
        if piece.fate == COUNTED:
            seconds[piece.person] += piece.seconds
    return {
        "patient": [patient.key, patient.mrn, patient.family_name, patient.given_name, patient.born.isoformat()],
        "lines": [[line.code, line.units] for line in decision.lines],
        "dates": [day.isoformat() if day else "" for day in (decision.service_from, decision.service_to)],
        "place_of_service": decision.place_of_service,
        "diagnoses": list(decision.diagnoses),
        "performers": dict(seconds),
    }


def _told(line: Mapping[str, Any], name: str) -> Any:
    value = line.get(name)
    if name != "performers":
        return value
    seconds = Counter[str]()
    try:
        for person, _name, _credential, _employer, length in value or ():
            seconds[person] += length
    except (ValueError, TypeError):
        return None
    return dict(seconds)
