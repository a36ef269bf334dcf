"""Claims against decisions: what the 837 files and the claim sheet say, read back, is what was decided, and nothing else is."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from flows.ccm.agreements import coverage_on
from flows.ccm.claims import claim_id
from flows.ccm.decision import BILL, Decision
from flows.ccm.patient_month import PatientMonth
from flows.outbox.claim_loops import MEDICARE
from flows.outbox.spreadsheet import defused
from flows.outbox.x12_segments import plain
from flows.packets import MANIFEST
from flows.verify.claim_text import ReadClaim, amount, read_claims

SHEET = "claims/claim-sheet.csv"
_COMPARED = frozenset(
    {"claim_id", "mrn", "code", "units", "charge", "service_from", "service_to", "rendering_npi", "claim_total"}
)
_Billed = Mapping[str, tuple[PatientMonth, Decision]]


def claim_faults(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], months: Sequence[PatientMonth], decisions: Sequence[Decision]
) -> Iterator[str]:
    """Every difference, by file and claim id, without PHI: it says which element differs, not what it holds."""
    billed = {claim_id(manifest["practice"], m): (m, d) for m, d in zip(months, decisions, strict=True) if d.outcome == BILL}
    read = [
        (name, claim)
        for name in sorted(files)
        if name.startswith("claims/") and name.endswith(".837")
        for claim in read_claims(files[name].decode("latin-1"))
    ]
    found = Counter(claim.claim_id for _, claim in read)
    for own_id in sorted(billed.keys() - found.keys()):
        yield f"decisions.jsonl: claim {own_id} is billed and in no 837 file"
    for name, claim in read:
        if claim.claim_id not in billed:
            yield f"{name}: a claim ({_safe(claim.claim_id)}) that no decision bills"
        elif found[claim.claim_id] > 1:
            yield f"{name}: claim {claim.claim_id} is in the claim files {found[claim.claim_id]} times"
        else:
            differs = list(_differences(claim, *billed[claim.claim_id]))
            if differs:
                yield f"{name}: claim {claim.claim_id}: {', '.join(differs)} not as decided"
    charged = sum((claim.total for _, claim in read), Decimal(0))
    if str(charged.quantize(Decimal("0.01")) if charged.is_finite() else charged) != _cents(manifest):
        yield f"{MANIFEST}: {manifest['balance']['claims']['charged']} charged by its balance, {charged} by the 837 files"
    if SHEET in files:
        yield from _sheet_faults(files[SHEET], billed, {claim.claim_id: claim for _, claim in read})


def _differences(claim: ReadClaim, month: PatientMonth, decision: Decision) -> Iterator[str]:
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


def _sheet_faults(sheet: bytes, billed: _Billed, read: Mapping[str, ReadClaim]) -> Iterator[str]:
    rows: dict[str, list[dict[str, str]]] = {}
    try:
        table = csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"), newline=""), restval="")
        readable = set(table.fieldnames or ()) >= _COMPARED
        for row in table if readable else ():
            rows.setdefault(row["claim_id"], []).append(row)
    except (UnicodeDecodeError, csv.Error):
        readable = False
    if not readable:
        yield f"{SHEET}: not readable as the claim sheet"
        return
    for own_id in sorted(billed.keys() - rows.keys()):
        yield f"{SHEET}: claim {own_id} is billed and not on the sheet"
    for own_id, lines in rows.items():
        if own_id not in billed:
            yield f"{SHEET}: a claim ({_safe(own_id)}) that no decision bills"
            continue
        month, decision = billed[own_id]
        dates = [day.isoformat() if day else "" for day in (decision.service_from, decision.service_to)]
        decided = [(x.code, str(x.units), x.charge, *dates, defused(month.patient.mrn)) for x in decision.lines]
        shown = [(r["code"], r["units"], amount(r["charge"]), r["service_from"], r["service_to"], r["mrn"]) for r in lines]
        if decided != shown:
            yield f"{SHEET}: claim {own_id}: its lines, dates or record number not as decided"
        claim = read.get(own_id)
        if claim and {(claim.npi, claim.total)} != {(r["rendering_npi"], amount(r["claim_total"])) for r in lines}:
            yield f"{SHEET}: claim {own_id}: practitioner's NPI or total not as in the 837 file"


def _cents(manifest: Mapping[str, Any]) -> str:
    return str(amount(manifest["balance"]["claims"]["charged"]).quantize(Decimal("0.01")))


def _safe(own_id: str) -> str:
    """The id as a message may show it: a damaged file could hold anything in its place."""
    return own_id if own_id.isascii() and own_id.isalnum() and len(own_id) <= 20 else "id not readable"
