"""What a correction is made from: the newest sealed packet's evidence, and the payers' numbers of the claims sent before."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flows import ledger, packets
from flows.ccm.claim_record import ClaimRecord
from flows.ccm.correction import Before
from flows.ccm.decision import Decision
from flows.ccm.month_result import InputObject, Reject
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payer_references import Reference
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.store import Store

REJECTED = "rejected-rows.csv"
_SAME_ROW = (
    "reason_id",
    "field",
    "detail",
    "candidate_mrns",
)  # the columns by which a rejected row is the one that an earlier packet told
_WITHDRAWN_BY_HAND = "claim left to be withdrawn by hand"
# An X12 reference holds 50 characters, none of them a delimiter; a number that a spreadsheet rounded has a plus sign.
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./_#-]{0,49}", re.ASCII)
_ROUNDED = re.compile(r"\d\.\d+E\d+", re.ASCII)
_TWO_NUMBERS = "the claim has two different numbers or codes of one payer in the file; keep the newest"
_TWO_CLAIMS = "another claim has this number too, and a payer gives each its own; copy each claim's from its remittance"
_JOINED = "a quote that is not closed joins this line with the one before; mend it"
_CONDITION_CODE = re.compile(r"D[0-8]|E0", re.ASCII)

Record = TypeVar("Record", PatientMonth, Decision, ClaimRecord)


class EvidenceUnreadable(Exception):
    """The packet to be corrected cannot be read as evidence. ``problems`` holds the one line, without PHI."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


@dataclass(frozen=True, slots=True)
class References:
    """The payers' claim numbers by claim id and payer id, and the account of their file (None where there is none)."""

    numbers: dict[tuple[str, str], Reference]
    account: InputObject | None = None
    rejects: tuple[Reject, ...] = ()


def references_key(month: ServiceMonth) -> str:
    """Where a practice's payer references of a month lie, below its prefix: columns ``claim_id``, ``payer_claim_number``
    and, where the practice has something to say, ``payer_id`` and ``condition_code``."""
    return f"corrections/{month}/payer-references.csv"


def read_before(store: Store, month: ServiceMonth, packet: int) -> Before:
    """The evidence of a sealed packet. Raises EvidenceUnreadable."""
    months = _read(store, month, packet, ledger.PATIENT_MONTHS, PatientMonth)
    decisions = _read(store, month, packet, ledger.DECISIONS, Decision)
    return Before(packet, months, decisions, _read(store, month, packet, ledger.CLAIM_RECORDS, ClaimRecord))


def sums_of(store: Store, month: ServiceMonth, packet: int) -> dict[str, str]:
    """The SHA-256 of each file of a sealed packet, by name."""
    listed = json.loads(packets.read_file(store, month, packet, packets.MANIFEST))["files"]
    return {name: told["sha256"] for name, told in listed.items()}


def read_references(
    store: Store, month: ServiceMonth, payers: Mapping[str, Collection[str]], by_hand: Collection[str] = ()
) -> References:
    """The payer references for the claims of ``payers``, which has the payer ids of each one's plans by claim id.

    A row of a claim ``by_hand``, left to a person to withdraw, is excluded: a void beside that would be the second.
    A row that cannot be used is rejected, never guessed at. Two different numbers for one claim and payer reject both rows, and
    so does one number for two claims: which of them the payer means is for a person to say.
    """
    key = references_key(month)
    listed = [found for found in store.list(key) if found.key == key]
    if not listed:
        return References({})
    data = store.read(key, listed[0].version)
    numbers: dict[tuple[str, str], dict[Reference, list[int]]] = {}
    rejects: list[Reject] = []
    rows = 0
    try:
        table = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), restval="")
        header = [name.strip() for name in table.fieldnames or ()]
        table.fieldnames = header
        twice = sorted({name for name in header if name and header.count(name) > 1})
        if twice or not {"claim_id", "payer_claim_number"} <= set(header):
            fault = f"the header names {', '.join(twice)} twice" if twice else "the header lacks claim_id or payer_claim_number"
            rejects.append(Reject(Source(key, 1), "row.unreadable", "", fault))
            rows = 1
        else:
            for row in table:
                rows += 1
                claim_id, number = row["claim_id"].strip(), row["payer_claim_number"].strip()
                reference = Reference(number, (row.get("condition_code") or "").strip().upper())
                payer_id = (row.get("payer_id") or "").strip().upper()
                joined = any("\n" in "".join(cell) for cell in row.values())
                fault = ("", _JOINED) if joined else _fault(claim_id, payer_id, reference, payers)
                if fault:
                    rejects.append(Reject(Source(key, table.line_num), "row.bad_value", *fault))
                else:
                    numbers.setdefault((claim_id, payer_id), {}).setdefault(reference, []).append(table.line_num)
    except (UnicodeDecodeError, csv.Error):
        rows, numbers = rows + 1, {}
        rejects = [
            Reject(Source(key, n), "row.unreadable", "", "the file is not readable as CSV in UTF-8") for n in range(1, rows + 1)
        ]
    refused = {claim: _TWO_NUMBERS for claim, told in numbers.items() if len(told) > 1}
    refused |= dict.fromkeys(_of_two_claims(numbers, payers), _TWO_CLAIMS)
    for claim, detail in refused.items():
        lines = sorted(line for found in numbers.pop(claim).values() for line in found)
        rejects += [Reject(Source(key, line), "row.bad_value", "payer_claim_number", detail) for line in lines]
    taken = {claim: next(iter(told)) for claim, told in numbers.items()}
    rejected = len(rejects)
    left = [told for (claim_id, _), told in numbers.items() if claim_id in by_hand]
    out = sum(len(lines) for told in left for lines in told.values())
    why = {_WITHDRAWN_BY_HAND: out} if out else {}
    digest = hashlib.sha256(data).hexdigest()
    account = InputObject(key, listed[0].version, digest, rows, rows - rejected - out, out, rejected, why)
    usable = {claim: reference for claim, reference in taken.items() if claim[0] not in by_hand}
    return References(usable, account, tuple(sorted(rejects, key=lambda r: r.source)))


def _of_two_claims(
    numbers: Mapping[tuple[str, str], Mapping[Reference, list[int]]], payers: Mapping[str, Collection[str]]
) -> set[tuple[str, str]]:
    """Those whose number stands beside another claim too that may be at the same payer."""
    by_number: dict[str, set[tuple[str, str]]] = {}
    for claim, told in numbers.items():
        for reference in told:
            by_number.setdefault("".join(reference.number.upper().split()), set()).add(claim)
    return {
        one
        for claims in by_number.values()
        for one in claims
        if any(one[0] != other[0] and _payers(one, payers) & _payers(other, payers) for other in claims)
    }


def _payers(claim: tuple[str, str], payers: Mapping[str, Collection[str]]) -> set[str]:
    claim_id, payer_id = claim
    return {payer_id} if payer_id else set(payers[claim_id])


def rejects_told(store: Store, month: ServiceMonth, packet: int) -> Counter[tuple[str, ...]]:
    """What a sealed packet's register of rejected rows says, as ``rejects_of`` does."""
    inputs = json.loads(packets.read_file(store, month, packet, packets.MANIFEST))["inputs"]
    register = packets.read_file(store, month, packet, REJECTED)
    return rejects_of(register, {item["key"]: item["sha256"] for item in inputs})


def rejects_of(register: bytes, inputs: Mapping[str, str]) -> Counter[tuple[str, ...]]:
    """The rows of a register of rejected rows and how often each stands there: why, not where it came from nor in what words.

    ``inputs`` are the SHA-256 of the objects read: what an object delivered again repeats is left out.
    """
    first: dict[str, str] = {}
    copies = [key for key, digest in sorted(inputs.items()) if first.setdefault(digest, key) != key]
    rows = csv.DictReader(io.StringIO(register.decode("utf-8-sig"), newline=""))
    return Counter(
        tuple(row[name] for name in _SAME_ROW)
        for row in rows
        if not any(row["source"] == key or row["source"].startswith(f"{key}:") for key in copies)
    )


def _fault(claim_id: str, payer_id: str, reference: Reference, payers: Mapping[str, Collection[str]]) -> tuple[str, str] | None:
    number, code = reference.number, reference.condition_code
    if claim_id not in payers:
        return "claim_id", "no claim that a packet of the month billed has this id"
    if payer_id and payer_id not in payers[claim_id]:
        return "payer_id", "no plan of the patient's has this payer id; write it as it is on the claim sheet"
    if not _NUMBER.fullmatch(number) or _ROUNDED.fullmatch(number):
        return "payer_claim_number", "must be 1 to 50 letters, digits, dashes or points, as on the payer's remittance"
    if code and not _CONDITION_CODE.fullmatch(code):
        return "condition_code", "must be one of D0 to D8 or E0, or empty; D9 asks for a remark, so enter that correction by hand"
    return None


def _read(store: Store, month: ServiceMonth, packet: int, name: str, kind: type[Record]) -> tuple[Record, ...]:
    try:
        return ledger.from_lines(packets.read_file(store, month, packet, name), kind)
    except ledger.LedgerError as error:
        raise EvidenceUnreadable(f"{month}: packet {packet}, {name}: {error}") from None
