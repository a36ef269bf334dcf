"""The payers' own numbers of claims, as a practice hands them in, and which of them is a claim's number at its payer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flows.ccm.claim import Claim
from flows.ccm.claim_record import MEDICARE, ClaimRecord
from flows.ccm.patient import Coverage
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice


@dataclass(frozen=True, slots=True)
class Reference:
    """The payer's own number of a claim; and the condition code that the practice chose for its correction, if it did."""

    number: str
    condition_code: str = ""


# By claim id and payer id; the payer id is empty where the practice did not say whose number it is.
References = Mapping[tuple[str, str], Reference]


def reference_of(claim: Claim, references: References, elsewhere: bool = False) -> Reference | None:
    """The reference of a claim at its payer. Where another payer has the claim too, or had it (``elsewhere``), only one that
    names the payer is taken."""
    own, other = _ids(claim.coverage, claim.practice), claim.other_coverage
    if other is not None:
        own -= _ids(other, claim.practice)
    named = (references[claim.claim_id, each] for each in sorted(own) if (claim.claim_id, each) in references)
    told = next(named, None)
    return told if told or elsewhere or other is not None else references.get((claim.claim_id, ""))


def payers_on_record(
    records: Iterable[ClaimRecord], months: Iterable[PatientMonth], practice: Practice
) -> dict[str, frozenset[str]]:
    """The payer ids that may stand beside each claim's id: of the patient's plans and of every payer that was ever sent it."""
    plans: dict[str, frozenset[str]] = {}
    for month in months:
        found = plans.get(month.patient.key, frozenset())
        plans[month.patient.key] = found.union(*(_ids(cover, practice) for cover in month.coverages))
    return {record.claim_id: plans.get(record.patient_key, frozenset()) | _sent_to(record, practice) for record in records}


def _sent_to(record: ClaimRecord, practice: Practice) -> frozenset[str]:
    told = (at.content["payer"].partition(" ") for at in (*record.others, record.here))
    return frozenset().union(*(_ids(Coverage(plan, "", payer_id=payer_id), practice) for plan, _, payer_id in told))


def _ids(cover: Coverage, practice: Practice) -> frozenset[str]:
    """What a practice may call a plan by: its id on record and, of Medicare, the contractors' numbers, as on the claim sheet."""
    contractors = (practice.contractor, practice.contractor_part_a, MEDICARE) if cover.plan == MEDICARE else ()
    return frozenset(each.strip().upper() for each in (cover.payer_id, *contractors) if each.strip())
