"""The claim's own gate: every fault that a payer would refuse a claim for, found before a file exists.

Checks look and never mend; building is ``claim_files``'s work. All faults are returned, not the first.
Sources: guides X222A1 and X223A2, Medicare fee-for-service front-end edits as published by contractors and clearinghouses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from flows.ccm.claim import Claim, ClaimFault
from flows.ccm.patient import Coverage, Patient
from flows.outbox import check_parties, check_payers, check_services
from flows.outbox.claim_fault import Flaw
from flows.outbox.claim_loops import COMMERCIAL, MEDICARE, SELF

_VOID = "8"
# By the claim's field: whose number it is.
_NUMBER_OF = {"patient.mbi": "Medicare number", "coverage.member_id": "number at the same plan"}
_MERGE = "Merge the two records if they are one person's, else correct the number of the one that it does not belong to"
_FAMILY = "of a family under one number say who the plan's holder is (relationship)"


def faults(claim: Claim, prepared_on: date) -> tuple[ClaimFault, ...]:
    """Everything wrong with one claim, each fault naming its field and remedy; empty: it may be written.

    ``prepared_on`` is the day the file is prepared, which no date of the claim may lie after. Details may hold PHI.
    """
    return tuple(ClaimFault(claim.claim_id, f.field, f.detail, f.remedy, f.by_hand) for f in _flaws(claim, prepared_on))


def duplicates(claims: Sequence[Claim], unbilled: Iterable[tuple[Patient, Coverage | None]] = ()) -> tuple[ClaimFault, ...]:
    """Faults that only claims seen together show: a claim id used again, a second claim of one patient-month to one payer.

    The first claim with an id or of a patient-month, in order of claim id, is not at fault. Of several records with one Medicare
    number, or one number at one plan that is the patient's own, all are: either one person has two charts, or one of them has
    another's number, and nobody can tell which. So are those with the own number of an ``unbilled`` record, told with its plan in
    force, of somebody born on another day; a commercial plan's may be a family's there, of which nobody was asked.
    """
    found: list[ClaimFault] = []
    records: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for claim in claims:
        if claim.frequency != _VOID:
            for number in _numbers(claim.patient, claim.coverage).values():
                records[number].add(claim.patient.key)
    holders: dict[tuple[str, ...], set[date]] = defaultdict(set)
    for patient, cover in unbilled:
        for number in _numbers(patient, None if cover and cover.plan == COMMERCIAL else cover).values():
            holders[number].add(patient.born)
    ids: set[str] = set()
    months: set[tuple[object, ...]] = set()
    for claim in sorted(claims, key=lambda c: c.claim_id):
        # A void stands beside the claim that takes its place.
        once = (claim.practice.slug, claim.month, claim.patient.key, claim.coverage.rank, claim.frequency == _VOID)
        for field, number in _numbers(claim.patient, claim.coverage).items() if claim.frequency != _VOID else ():
            if len(records[number]) > 1 or holders[number] - {claim.patient.born}:
                detail = f"another record of the practice has the same {_NUMBER_OF[field]} in this month"
                family = f"; {_FAMILY}" if field != "patient.mbi" and claim.coverage.plan == COMMERCIAL else ""
                found.append(ClaimFault(claim.claim_id, field, detail, f"{_MERGE}{family}."))
                break
        if claim.claim_id in ids:
            found.append(ClaimFault(claim.claim_id, "claim_id", "used for two claims", "Give each claim an id of its own."))
        if once in months:
            detail = "the patient has two claims for this month and payer"
            found.append(ClaimFault(claim.claim_id, "patient.key", detail, "Keep one claim a patient-month."))
        ids.add(claim.claim_id)
        months.add(once)
    return tuple(found)


def _numbers(patient: Patient, cover: Coverage | None) -> dict[str, tuple[str, ...]]:
    """What names the patient to a payer, by the claim's field. A commercial plan's is its holder's, whose family may share it."""
    found: dict[str, tuple[str, ...]] = {"patient.mbi": (_plain(patient.mbi),)}
    if cover is not None and cover.plan != MEDICARE and (cover.relationship == SELF or cover.plan != COMMERCIAL):
        found["coverage.member_id"] = (_plain(cover.payer_id), _plain(cover.member_id))
    return {field: number for field, number in found.items() if all(number)}


def _plain(number: str) -> str:
    return "".join(c for c in number.upper() if c.isalnum())


def _flaws(claim: Claim, prepared_on: date) -> Iterator[Flaw]:
    yield from check_parties.flaws(claim, prepared_on)
    yield from check_payers.flaws(claim)
    yield from check_services.flaws(claim, prepared_on)
