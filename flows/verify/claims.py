"""Claims against decisions: what the 837 files and the claim sheet say, read back, is what was decided, and nothing else is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flows.ccm.claim_record import ANSWERED
from flows.ccm.claims import claim_id
from flows.ccm.decision import BILL, Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import coverage_on
from flows.outbox.claim_loops import MEDICARE
from flows.outbox.x12_segments import plain
from flows.packets import MANIFEST
from flows.verify.claim_sheet import SHEET, sheet_faults
from flows.verify.claim_text import ReadClaim, read_claims
from flows.verify.paper_boxes import paper_faults

RECORDS = "claims.jsonl"
SENT, VOIDED = "sent", "voided"
_Billed = Mapping[str, tuple[PatientMonth, Decision]]


def claim_faults(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], months: Sequence[PatientMonth], decisions: Sequence[Decision]
) -> Iterator[str]:
    """Every difference, by file and claim id, without PHI: it says which element differs, not what it holds."""
    practice, number = manifest["practice"], manifest["packet"]
    billed = {claim_id(practice, m): (m, d) for m, d in zip(months, decisions, strict=True) if d.outcome == BILL}
    records = read_records(files.get(RECORDS, b""))
    if records is None:
        yield f"{RECORDS}: not readable, so what this packet sends cannot be told"
        return
    yield from _record_faults(records, billed)
    # A correction sends what changed; a month's first packet keeps a record of every claim, all of them sent.
    sent = {own_id for own_id, record in records.items() if record["packet"] == number and record["status"] in (SENT, VOIDED)}
    read = [
        (name, claim)
        for name in sorted(files)
        if name.startswith("claims/") and name.endswith(".837")
        for claim in read_claims(files[name].decode("latin-1"))
    ]
    found = Counter(claim.claim_id for _, claim in read)
    with_claims = {name for name, _ in read}
    files_of_claims = (name for name in sorted(manifest["files"]) if name.startswith("claims/") and name.endswith(".837"))
    yield from (f"{name}: no claim can be read in it" for name in files_of_claims if name in files.keys() - with_claims)
    stated = manifest["balance"]["claims"]
    if (stated["sent"], Decimal(stated["sent_charged"])) != (len(read), sum((claim.total for _, claim in read), Decimal(0))):
        yield f"{MANIFEST}: claims sent: not the number or the sum that the 837 files make"
    yield from (f"{RECORDS}: claim {own_id} is sent and in no 837 file" for own_id in sorted(sent - found.keys()))
    for name, claim in read:
        if claim.claim_id not in sent:
            yield f"{name}: a claim ({_safe(claim.claim_id)}) that this packet does not send"
        elif found[claim.claim_id] > 1:
            yield f"{name}: claim {claim.claim_id} is in the claim files {found[claim.claim_id]} times"
        else:
            differs = list(_differences(claim, billed.get(claim.claim_id), records[claim.claim_id]))
            if differs:
                yield f"{name}: claim {claim.claim_id}: {', '.join(differs)} not as decided"
    yield from sheet_faults(files.get(SHEET, b""), {claim.claim_id: claim for _, claim in read})
    yield from paper_faults(files, {claim.claim_id: claim for _, claim in read})


def read_records(data: bytes) -> dict[str, dict[str, Any]] | None:
    """The packet's claim records by claim id, or None where they cannot be read."""
    try:
        return {
            str(record["claim_id"]): record
            for record in map(json.loads, data.decode("utf-8").splitlines())
            if record["content"].keys()
            and isinstance(record["packet"], int)
            and isinstance(record["billed"], bool)
            and record["status"]
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _record_faults(records: Mapping[str, Mapping[str, Any]], billed: _Billed) -> Iterator[str]:
    standing = {own_id for own_id, record in records.items() if record["billed"]}
    yield from (f"{RECORDS}: claim {own_id} is billed and has no record" for own_id in sorted(billed.keys() - standing))
    yield from (
        f"{RECORDS}: claim {_safe(i)} is on record as billed, and no decision bills it" for i in sorted(standing - billed.keys())
    )
    for own_id in sorted(standing & billed.keys()):
        _, decision = billed[own_id]
        wanted = {
            "diagnoses": " ".join(decision.diagnoses),
            "codes": ", ".join(f"{line.code} x{line.units}" for line in decision.lines),
            "charges": ", ".join(f"{line.charge:.2f}" for line in decision.lines if line.charge is not None),
            "dates": f"{decision.service_from} to {decision.service_to}",
        }
        differs = [name for name, value in wanted.items() if records[own_id]["content"].get(name) != value]
        if differs:
            yield f"{RECORDS}: claim {own_id}: {', '.join(differs)} not as decided"


def _differences(claim: ReadClaim, decided: tuple[PatientMonth, Decision] | None, record: Mapping[str, Any]) -> Iterator[str]:
    content = record["content"]
    kind, _, payer = content.get("payer", "").partition(" ")
    parties = {
        "practice": (f"{claim.billing_npi} {claim.tax_id}", content.get("practice")),
        "practitioner": (claim.npi, content.get("practitioner")),
        "first plan's payments": (
            ", ".join(f"{paid:.2f}" for paid in claim.paid_first),
            content.get(ANSWERED, "").partition(" on ")[0],
        ),
        "first plan's payment in all": (claim.paid_in_all, sum(claim.paid_first, Decimal(0))),
        "payer's rank": (claim.second, ANSWERED in content),
        "frequency or the payer's own number": (claim.frequency != "1", bool(claim.reference)),
        # Medicare's record names no contractor: the claim sheet tells which.
        "payer": (kind if kind == MEDICARE else claim.payer, kind if kind == MEDICARE else plain(payer)),
    }
    yield from (name for name, (read, wanted) in parties.items() if read != wanted)
    if record["status"] == VOIDED:
        # What is withdrawn is billed by no decision any more: it is sent as the record says it was.
        told = {
            "frequency": (claim.frequency, "8"),
            "codes": (", ".join(f"{line.code} x{line.units}" for line in claim.lines), record["content"].get("codes")),
            "charges": (", ".join(f"{line.charge:.2f}" for line in claim.lines), record["content"].get("charges")),
        }
        yield from (name for name, (read, wanted) in told.items() if read != wanted)
    elif decided is None:
        yield "all of it"
    else:
        yield from _from_decision(claim, *decided)


def _from_decision(claim: ReadClaim, month: PatientMonth, decision: Decision) -> Iterator[str]:
    first, last = (day.strftime("%Y%m%d") if day else "" for day in (decision.service_from, decision.service_to))
    lines = [
        (line.code, line.charge, str(line.units), first, last, f"{claim.claim_id}{number:02d}")
        for number, line in enumerate(decision.lines, 1)
    ]
    told = [line.told() for line in claim.lines]
    if len(lines) != len(told):
        yield f"{len(told)} lines for {len(lines)}"
    for number, (decided, read) in enumerate(zip(lines, told, strict=False), 1):
        names = ("code", "charge", "units", "first date", "last date", "control number")
        yield from (f"line {number} {n}" for n, a, b in zip(names, decided, read, strict=True) if a != b)
    if claim.total != sum((line.charge or Decimal(0) for line in decision.lines), Decimal(0)):
        yield "total charge"
    patient = month.patient
    coverage = coverage_on(month, decision.service_to) if decision.service_to else None
    member = "" if coverage is None else patient.mbi if coverage.plan == MEDICARE else coverage.member_id
    permit = coverage.authorization.number if coverage and coverage.authorization and coverage.plan != MEDICARE else ""
    wanted = {
        "frequency": (claim.frequency in ("1", "7"), True),
        "form": (claim.form, decision.claim_form),
        "patient's family name": (claim.family_name, plain(patient.family_name)),
        "patient's given name": (claim.given_name, plain(patient.given_name)),
        "patient's number": (claim.member_id, plain(member)),
        "date of birth": (claim.born, patient.born.strftime("%Y%m%d")),
        "sex": (claim.sex, patient.sex),
        "diagnoses": (claim.diagnoses, [plain(code) for code in decision.diagnoses]),
        "authorization": (claim.authorization, plain(permit)),
        # An institutional claim has a type of bill in its place.
        "place of service": (
            claim.place if claim.form == "837P" else "",
            decision.place_of_service if claim.form == "837P" else "",
        ),
    }
    yield from (name for name, (read, decided) in wanted.items() if read != decided)


def _safe(own_id: str) -> str:
    """The id as a message may show it: a damaged file could hold anything in its place."""
    return own_id if own_id.isascii() and own_id.isalnum() and len(own_id) <= 20 else "id not readable"
