"""What a packet sends to the payers, and what it says of the packet that it corrects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flows.ccm.claim import Claim
from flows.ccm.claim_record import BY_HAND, AtPayer, ClaimRecord
from flows.ccm.decision import Decision
from flows.ccm.patient import Patient
from flows.ccm.patient_month import PatientMonth

NEW, CHANGED, WITHDRAWN, BILLED_AGAIN, OTHER = "newly billable", "changed", "withdrawn", "billed again", "no claim affected"
ORIGINAL, REPLACEMENT, VOID, HAND, STANDS, NOTHING = "original", "replacement", "void", "by hand", "stands", "nothing"
ENTERED = "entered"
FORMER, PAYER_AGAIN = "former_payer", "payer_again"  # what one payer was sent is billed at another, new or not


@dataclass(frozen=True, slots=True)
class Before:
    """The evidence of the packet that is corrected; patient-months and decisions run in the same order."""

    packet: int
    patient_months: tuple[PatientMonth, ...]
    decisions: tuple[Decision, ...]
    records: tuple[ClaimRecord, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A patient whose decision or claim is not what the corrected packet said, and what is done about the claim.

    ``before`` and ``after`` are None where the patient is in one of the packets only. ``situation`` names why a claim is
    left to a person, ``detail`` what is wrong with it; ``differs`` are the claim's parts as (part, before, after).
    ``also`` are further things to do, each a name of what, with the payer as a claim record has it. ``sent`` is what the payer
    that a person turns to was last sent of the claim; empty: nothing; ``payer_number`` the payer's own number of it, where the
    practice gave one.
    """

    patient: Patient
    kind: str
    before: Decision | None
    after: Decision | None
    claim_id: str = ""
    action: str = NOTHING
    situation: str = ""
    detail: str = ""
    differs: tuple[tuple[str, str, str], ...] = ()
    also: tuple[tuple[str, str], ...] = ()
    sent: Mapping[str, str] = field(default_factory=dict)
    payer_number: str = ""

    @property
    def for_a_person(self) -> bool:
        """Whether something is to be done that no claim file does."""
        return bool(self.situation or self.also)


@dataclass(frozen=True, slots=True)
class Correction:
    """What packet ``packet`` sends. ``corrects`` is the packet it refers to, 0 where it is the month's first.

    ``claims`` go into the claim files; ``records`` are all claims of the month as this packet leaves them, by claim id.
    ``files_before`` are the files of the packet that it refers to: the SHA-256 of each by name.
    """

    packet: int
    corrects: int
    claims: tuple[Claim, ...]
    records: tuple[ClaimRecord, ...]
    changes: tuple[Change, ...] = ()
    files_before: Mapping[str, str] = field(default_factory=dict)

    @property
    def withdrawn(self) -> tuple[int, int]:
        """How many claims that the earlier packet billed are withdrawn from the payer that has them, and how many it billed."""
        billed = [change for change in self.changes if change.kind in (WITHDRAWN, CHANGED)]
        gone = sum(change.kind == WITHDRAWN or change.situation in (FORMER, PAYER_AGAIN) for change in billed)
        told = {change.claim_id for change in self.changes if change.claim_id}
        return gone, len(billed) + sum(record.billed for record in self.records if record.claim_id not in told)

    @property
    def already_sent(self) -> tuple[tuple[ClaimRecord, AtPayer], ...]:
        """The claims that stand at a payer as an earlier packet left them, and are not sent again, each with its record."""
        return tuple(
            (record, at)
            for record in self.records
            for at in record.standing
            if at.packet < self.packet and (at.packet or at.status == BY_HAND)
        )
