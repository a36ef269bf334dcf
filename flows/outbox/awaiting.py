"""Claims that wait for the practitioner's signature, where the practice so chose.

A packet never changes, so the mark stays in it: whether the signature is there is asked anew each time, by ``ccm attest verify``.
"""

from __future__ import annotations

from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Practice
from flows.outbox.attestation import attestation_name, attesting_practitioners

CHOICE, REQUIRED = "attestation_before_submission", "required"
NOTE = "claims/AWAITING-ATTESTATION.txt"


def awaits_attestation(practice: Practice) -> bool:
    """Whether the practice recorded that no claim is submitted before its attestation is signed."""
    choice = practice.choices.get(CHOICE)
    return choice is not None and choice.value == REQUIRED


def awaiting_note(result: MonthResult, packet: int) -> dict[str, bytes]:
    """The note among the claim files that says what is to be signed first; no file where nothing waits."""
    signers = attesting_practitioners(result) if awaits_attestation(result.practice) else ()
    if not signers:
        return {}
    practice, month = result.practice.slug, result.month
    lines = (
        "AWAITING ATTESTATION",
        "",
        "The practice chose to submit no claim before the billing practitioner has signed. To be signed, each in its field:",
        *(f"  {attestation_name(signer)}" for signer in signers),
        "",
        f"Put the signed files into {practice}/inbox/attestations/{month}/ and ask",
        f"  ccm attest verify {practice} {month} --inbox --packet {packet}",
        "The claims may go when it says that every attestation of the packet is signed.",
    )
    return {NOTE: "".join(f"{line}\r\n" for line in lines).encode("utf-8")}
