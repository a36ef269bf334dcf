"""What a packet says of a claim, kept as evidence so that the next packet knows what was already sent, and what it said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from flows.ccm.claim import Claim, PriorAdjudication
from flows.ccm.patient import Coverage

SENT, VOIDED, BY_HAND = "sent", "voided", "by_hand"
MEDICARE = "medicare"
ANSWERED = "paid by another plan"  # the part that tells a first plan's answer


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """A claim as the packets up to this one leave it. ``content`` is what a payer reads in it, part by part, as text.

    ``status`` is sent or voided by a claim file, or by_hand: to be carried out outside the claim files, as the packet says.
    ``billed`` is whether the patient-month is billed now; one that is sent and not billed went to the first payer and stands,
    while the claim to the second is held. ``packet`` is the last one that did something about the claim.
    ``at_payer`` is what the payer was last sent, where it is not ``content``; ``waits`` that a payer's number would let a
    claim file carry the change. ``first_plan`` is the plan whose answer the second one was sent. ``former`` are the places where
    packets before sent the claim, from which a person was told to withdraw it: whether that was done, no record tells.
    ``spent`` are payers' numbers of it that a void named: they name nothing any more.
    """

    claim_id: str
    patient_key: str
    status: str
    billed: bool
    packet: int
    content: dict[str, str]
    at_payer: dict[str, str] = field(default_factory=dict)
    waits: bool = False
    first_plan: str = ""
    former: tuple[str, ...] = ()
    spent: tuple[str, ...] = ()

    @property
    def last_sent(self) -> dict[str, str]:
        """What the payer was last sent of the claim, part by part."""
        return self.at_payer or self.content

    @property
    def left_to_withdraw(self) -> bool:
        """Whether a person was told to withdraw the claim."""
        return self.status == BY_HAND and not self.billed


def content_of(claim: Claim) -> dict[str, str]:
    """What a payer decides on, by part. How the claim travels (frequency, references) and addresses are no part of it."""
    patient, cover, lines = claim.patient, claim.coverage, claim.lines
    number = patient.mbi if cover.plan == MEDICARE else cover.member_id
    content = {
        "payer": payer_of(cover),
        "form": claim.form,
        "patient": f"{patient.family_name}, {patient.given_name}, {patient.born}, {patient.sex}",
        "patient's number": number,
        "diagnoses": " ".join(claim.diagnoses),
        "place of service": claim.place_of_service,
        "dates": "; ".join(dict.fromkeys(f"{line.service_from} to {line.service_to}" for line in lines)),
        "codes": ", ".join(f"{line.code} x{line.units}" for line in lines),
        "charges": ", ".join(f"{line.charge:.2f}" for line in lines),
        "practitioner": claim.rendering.npi,
        "practice": f"{claim.practice.npi} {claim.practice.tax_id}",
        "authorization": claim.authorization,
    }
    # Only where there is one: a record of a packet made before this part was known says nothing of it.
    parts = {
        "supervising practitioner": claim.supervising.npi if claim.supervising else "",
        "service facility": facility.npi or facility.name if (facility := claim.practice.facility) else "",
        ANSWERED: _answered(claim.prior) if claim.prior else "",
    }
    return content | {name: value for name, value in parts.items() if value}


def withdrawn_by_hand(records: Iterable[ClaimRecord]) -> frozenset[str]:
    """The ids of the claims that a person was told to withdraw."""
    return frozenset(record.claim_id for record in records if record.left_to_withdraw)


def payer_of(cover: Coverage) -> str:
    """A payer as a claim record names it."""
    return MEDICARE if cover.plan == MEDICARE else f"{cover.plan} {cover.payer_id}"


def place(payer: str, form: str) -> str:
    """Where a claim is sent: what is known of it there is known nowhere else."""
    return f"{payer} {form}"


def place_of(content: dict[str, str]) -> str:
    """Where a claim of that content is sent."""
    return place(content["payer"], content["form"])


def sent_record(claim: Claim, packet: int) -> ClaimRecord:
    """The record of a claim that packet ``packet`` sends for the first time."""
    of = claim.claim_id, claim.patient.key
    return ClaimRecord(*of, SENT, True, packet, content_of(claim), first_plan=billed_first(claim))


def entered_record(claim: Claim, packet: int) -> ClaimRecord:
    """The record of a claim that a person entered at its payer, ``packet`` being the newest before (0: none)."""
    return replace(sent_record(claim, packet), status=BY_HAND)


def billed_first(claim: Claim) -> str:
    """The plan that was billed before the claim's, as a claim record has it; empty where there is none."""
    return payer_of(claim.other_coverage) if claim.other_coverage else ""


def passed_on(claim: Claim, record: ClaimRecord) -> bool:
    """Whether the claim goes to the second payer after the one that was sent the record's."""
    return billed_first(claim) == record.last_sent.get("payer")


def came_back(claim: Claim, record: ClaimRecord) -> bool:
    """Whether the claim goes anew to where it was sent before it was sent elsewhere."""
    content = content_of(claim)
    here = place_of(content)
    return here in record.former and here != place_of(record.last_sent) and record.content != content


def left_first(claim: Claim, record: ClaimRecord) -> str:
    """The plan whose answer the second was sent, where it pays before this claim's no more; else empty."""
    return record.first_plan if record.first_plan != billed_first(claim) else ""


def _answered(prior: PriorAdjudication) -> str:
    return f"{', '.join(f'{payment.paid:.2f}' for payment in prior.payments)} on {prior.on}"


def differences(before: dict[str, str], after: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """The parts that differ, as (part, before, after), in the order of ``after``."""
    names = dict.fromkeys((*after, *before))
    return tuple((name, before.get(name, ""), after.get(name, "")) for name in names if before.get(name) != after.get(name))
