"""Attestations against what they list: the list is what was decided, and the file to sign carries that list's fingerprint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flows import ledger
from flows.ccm.claim_record import ClaimRecord
from flows.ccm.decision import BILL, Decision
from flows.ccm.patient_month import PatientMonth
from flows.outbox.attestation import attestation_name, list_name
from flows.outbox.attested_list import as_attested, fingerprint_in, fingerprint_of, list_faults


def attestation_faults(
    files: Mapping[str, bytes], months: Sequence[PatientMonth], decisions: Sequence[Decision]
) -> Iterator[str]:
    """Every billed patient-month is on the list of the practitioner it is billed under, and each list has its file to sign."""
    decisions = as_attested(decisions, _records(files))
    signers = sorted({d.rendering or m.practitioner for m, d in zip(months, decisions, strict=True) if d.outcome == BILL})
    for signer in signers:
        name, listed = attestation_name(signer), list_name(signer)
        yield from (
            f"{missing}: missing, and services are billed under its signer" for missing in (name, listed) if missing not in files
        )
        if listed not in files or name not in files:
            continue
        yield from (f"{listed}: {fault}" for fault in list_faults(files[listed], months, decisions))
        if fingerprint_in(files[name]) != fingerprint_of(files[listed]):
            yield f"{name}: does not carry the fingerprint of {listed}"


def _records(files: Mapping[str, bytes]) -> tuple[ClaimRecord, ...]:
    """The claim records; none where they cannot be read, which is told of the file itself."""
    try:
        return ledger.from_lines(files[ledger.CLAIM_RECORDS], ClaimRecord)
    except (ledger.LedgerError, KeyError):
        return ()
