"""Every fault of a packet, one line each: the file, then what is wrong. A line holds no PHI: ids, codes, dates and sums."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from flows import ledger
from flows.ccm.decision import Decision
from flows.ccm.patient_month import PatientMonth
from flows.ledger import DECISIONS, PATIENT_MONTHS
from flows.outbox.manifest import read_manifest
from flows.outbox.manifest_shape import has_shape
from flows.packets import MANIFEST
from flows.verify.attestations import attestation_faults
from flows.verify.balances import balance_faults
from flows.verify.claims import claim_faults
from flows.verify.registers import register_faults

_Record = TypeVar("_Record", PatientMonth, Decision)


def verify_packet(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The faults of a packet given as all its files by name; empty: it is the packet that was sealed, and it adds up."""
    return tuple(dict.fromkeys(_faults(files)))


def _faults(files: Mapping[str, bytes]) -> Iterator[str]:
    if MANIFEST not in files:
        yield f"{MANIFEST}: missing; without it this is no packet"
        return
    manifest = read_manifest(files[MANIFEST])
    if manifest is None:
        yield f"{MANIFEST}: not as it was sealed, so nothing else can be proved; restore it from the storage"
        return
    if not has_shape(manifest):
        yield f"{MANIFEST}: sealed, and not a manifest as this version writes it; restore it from the storage"
        return
    altered = list(file_faults(files, manifest))
    yield from altered
    unread: list[str] = []
    months = _evidence(files, PATIENT_MONTHS, PatientMonth, unread)
    decisions = _evidence(files, DECISIONS, Decision, unread)
    yield from unread
    if months is None or decisions is None:
        return  # what is left compares with the evidence
    if any(str(m.month) != manifest["month"] for m in months):
        yield f"{PATIENT_MONTHS}: not all of {manifest['month']}, the manifest's month"
    if [m.patient.key for m in months] != [d.patient_key for d in decisions]:
        yield f"{DECISIONS}: not one decision for each line of {PATIENT_MONTHS}, in its order"
        return
    yield from balance_faults(files, manifest, months, decisions)
    yield from claim_faults(files, manifest, months, decisions)
    yield from attestation_faults(files, months, decisions)
    named = {fault.partition(": ")[0] for fault in altered}  # a file that is not as sealed need not be told twice
    registers = register_faults(files, manifest["practice"], months, decisions)
    yield from (fault for fault in registers if fault.partition(": ")[0] not in named)


def file_faults(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Every file that is missing, that the manifest does not list, or whose bytes are not those sealed."""
    listed = manifest["files"]
    for name in sorted(listed.keys() | files.keys() - {MANIFEST}):
        if name not in files:
            yield f"{name}: missing; the manifest lists it"
        elif name not in listed:
            yield f"{name}: not of this packet; the manifest does not list it"
        elif len(files[name]) != listed[name]["bytes"]:
            yield f"{name}: {len(files[name])} bytes, sealed with {listed[name]['bytes']}"
        elif hashlib.sha256(files[name]).hexdigest() != listed[name]["sha256"]:
            yield f"{name}: its bytes are not those that were sealed (SHA-256 differs)"


def _evidence(files: Mapping[str, bytes], name: str, kind: type[_Record], unread: list[str]) -> tuple[_Record, ...] | None:
    if name not in files:
        unread.append(f"{name}: missing, so neither balances nor claims can be proved")
        return None
    try:
        return ledger.from_lines(files[name], kind)
    except ledger.LedgerError as error:
        unread.append(f"{name}: {error}")
        return None
