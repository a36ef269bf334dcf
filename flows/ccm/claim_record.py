"""What a packet says of a claim, kept as evidence so that the next packet knows what each payer was sent, and what it said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from flows.ccm.claim import Claim, PriorAdjudication
from flows.ccm.patient import Coverage

# What became of a claim at one payer. The first two by a claim file; the others were left to a person, and whether they were
# carried out no record tells: to be entered or corrected, to be withdrawn.
SENT, VOIDED, BY_HAND, WITHDRAW = "sent", "voided", "by_hand", "to_withdraw"
_HELD = "by_hand_while_held"  # as a record says ``BY_HAND`` of a month that is not billed: an older one said ``WITHDRAW`` by that
MEDICARE = "medicare"
NUMBER, ANSWERED = "patient's number", "paid by another plan"  # parts: at the payer; what a first plan answered


@dataclass(frozen=True, slots=True)
class AtPayer:
    """A patient-month's claim at one payer and on one form: its place.

    ``content`` is what the payer reads in it, part by part, as text, as it is to be there; ``at_payer`` what it was last sent,
    where that differs. ``packet`` is the last one that did something about it, 0 where the practice sent it by itself. ``waits``:
    the payer's number would let a claim file carry the change. ``spent`` are the payer's numbers that a void named: they name
    nothing any more.
    """

    status: str
    packet: int
    content: dict[str, str]
    at_payer: dict[str, str] = field(default_factory=dict)
    waits: bool = False
    spent: tuple[str, ...] = ()

    @property
    def last_sent(self) -> dict[str, str]:
        """What the payer was last sent of the claim, part by part."""
        return self.at_payer or self.content

    @property
    def place(self) -> str:
        """Payer and form."""
        return place_of(self.content)

    @property
    def stands(self) -> bool:
        """Whether the payer has the claim, or is to get it, as far as the packets tell."""
        return self.status in (SENT, BY_HAND)


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """A patient-month's claim as the packets up to this one leave it: at the payer that it was billed to last, and ``others``.

    ``billed`` is whether the patient-month is billed now. One that is not, and stands at a payer, went to the first plan while
    the claim to the second is held. The fields beside these are those of ``AtPayer``.
    """

    claim_id: str
    patient_key: str
    status: str
    billed: bool
    packet: int
    content: dict[str, str]
    at_payer: dict[str, str] = field(default_factory=dict)
    waits: bool = False
    spent: tuple[str, ...] = ()
    others: tuple[AtPayer, ...] = ()

    @property
    def here(self) -> AtPayer:
        """The claim at the payer that it was billed to last. Records of older packets say to withdraw by what is not billed."""
        told = {_HELD: BY_HAND} if self.billed else {_HELD: BY_HAND, BY_HAND: WITHDRAW}
        return AtPayer(told.get(self.status, self.status), self.packet, self.content, self.at_payer, self.waits, self.spent)

    @property
    def last_sent(self) -> dict[str, str]:
        """What the payer that it was billed to last was last sent of the claim, part by part."""
        return self.at_payer or self.content

    @property
    def standing(self) -> tuple[AtPayer, ...]:
        """The claim at each payer where it stands, from the first sent on."""
        found = (at for at in (*self.others, self.here) if at.stands)
        return tuple(sorted(found, key=lambda at: (ANSWERED in at.content, at.packet, at.place)))

    @property
    def left_to_withdraw(self) -> bool:
        """Whether a person was told to withdraw the claim at the payer that it was billed to last."""
        return self.here.status == WITHDRAW


def record_of(claim_id: str, patient_key: str, billed: bool, here: AtPayer, others: Iterable[AtPayer]) -> ClaimRecord:
    """The record of a claim that is at ``here`` and was, or is, at ``others`` too."""
    status = _HELD if here.status == BY_HAND and not billed else here.status
    of = (status, billed, here.packet, here.content, here.at_payer, here.waits, here.spent)
    return ClaimRecord(claim_id, patient_key, *of, tuple(sorted(others, key=lambda at: (at.packet, at.place))))


def content_of(claim: Claim) -> dict[str, str]:
    """What a payer decides on, by part. How the claim travels (frequency, references) and addresses are no part of it."""
    patient, cover, lines = claim.patient, claim.coverage, claim.lines
    number = patient.mbi if cover.plan == MEDICARE else cover.member_id
    content = {
        "payer": payer_of(cover),
        "form": claim.form,
        "patient": f"{patient.family_name}, {patient.given_name}, {patient.born}, {patient.sex}",
        NUMBER: number,
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


def billed_first(claim: Claim) -> tuple[AtPayer, ...]:
    """The claim at the plan that paid before this one's, for sent by whom ever it was; none where none did."""
    if claim.other_coverage is None:
        return ()
    cover = claim.other_coverage
    permit = cover.authorization.number if cover.authorization and cover.plan != MEDICARE else ""
    first = replace(claim, coverage=cover, other_coverage=None, prior=None, authorization=permit)
    return (AtPayer(SENT, 0, content_of(first)),)


def withdrawn_by_hand(records: Iterable[ClaimRecord]) -> frozenset[str]:
    """The ids of the claims that a person was told to withdraw."""
    return frozenset(record.claim_id for record in records if record.left_to_withdraw)


def payer_of(cover: Coverage) -> str:
    """A payer as a claim record names it."""
    return MEDICARE if cover.plan == MEDICARE else f"{cover.plan} {cover.payer_id}"


def place(payer: str, form: str) -> str:
    """A payer, as a claim record names it, and a form: what is known of a claim there is known nowhere else."""
    return f"{payer} {form}"


def place_of(content: Mapping[str, str]) -> str:
    """Where a claim of that content is sent."""
    return place(content["payer"], content["form"])


def _answered(prior: PriorAdjudication) -> str:
    return f"{', '.join(f'{payment.paid:.2f}' for payment in prior.payments)} on {prior.on}"


def differences(before: dict[str, str], after: dict[str, str]) -> tuple[tuple[str, str, str], ...]:
    """The parts that differ, as (part, before, after), in the order of ``after``."""
    names = dict.fromkeys((*after, *before))
    told = ((name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple((name, was, now) for name, was, now in told if was != now)
