"""The loops that 837P and 837I have in common: header, submitter, receiver, billing provider, patient, payer, other plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flows.ccm.claim import Claim, PriorPayment, ServiceLine
from flows.ccm.patient import Address, Coverage
from flows.ccm.practice import Practice, Practitioner
from flows.outbox.x12_segments import Envelope, Segment, composite, day, days, digits, dollars, plain, segment

MEDICARE, MEDICARE_ADVANTAGE, COMMERCIAL = "medicare", "medicare_advantage", "commercial"
SELF = "18"
# Traditional Medicare by the form that it is billed on, whatever the records call it: an office's card and export say Part B.
_MEDICARE_PART = {"837P": ("MB", "MEDICARE PART B"), "837I": ("MA", "MEDICARE PART A")}
_FILING = {MEDICARE_ADVANTAGE: "16", COMMERCIAL: "CI"}


@dataclass(frozen=True, slots=True)
class Payer:
    """A plan as a claim names it: SBR09, the payer's name and id, the patient's id there."""

    filing: str
    name: str
    id: str
    member_id: str


def payer(claim: Claim, coverage: Coverage) -> Payer:
    """How the claim's form names a coverage. Traditional Medicare is paid by the practice's contractor, under the MBI."""
    if coverage.plan == MEDICARE:
        filing, name = _MEDICARE_PART[claim.form]
        contractor = claim.practice.contractor_part_a if claim.form == "837I" else claim.practice.contractor
        return Payer(filing, name, contractor, plain(claim.patient.mbi))
    return Payer(_FILING[coverage.plan], plain(coverage.payer_name), plain(coverage.payer_id), plain(coverage.member_id))


def holder(claim: Claim, cover: Coverage) -> tuple[str, str, str]:
    """The patient's relationship to the holder of a plan of the claim, and the holder's family and given name."""
    told = claim.prior if claim.prior is not None and cover is claim.other_coverage else cover
    if told.relationship == SELF:
        return SELF, claim.patient.family_name, claim.patient.given_name
    return told.relationship, told.holder_family_name, told.holder_given_name


def header(envelope: Envelope, practice: Practice, receiver_name: str) -> list[Segment]:
    """BHT and loops 1000A and 1000B. BHT03 is the interchange's control number, as a file holds one transaction set."""
    return [
        segment("BHT", "0019", "00", envelope.control, day(envelope.prepared_on), "0000", "CH"),
        segment("NM1", "41", "2", plain(practice.name), "", "", "", "", "46", envelope.sender),
        segment("PER", "IC", plain(practice.contact), "TE", digits(practice.phone)),
        segment("NM1", "40", "2", receiver_name, "", "", "", "", "46", envelope.receiver),
    ]


def billing_provider(practice: Practice) -> list[Segment]:
    """Loops 2000A and 2010AA: the practice. A practitioner who bills under the own NPI alone is a person, not a group."""
    own = next((p for p in practice.practitioners if p.npi == practice.npi), None)
    names = ("1", plain(own.family_name), plain(own.given_name)) if own else ("2", plain(practice.name), "")
    return [
        segment("HL", "1", "", "20", "1"),
        segment("PRV", "BI", "PXC", practice.taxonomy),
        segment("NM1", "85", *names, "", "", "", "XX", practice.npi),
        *address(practice.address),
        segment("REF", "EI", practice.tax_id),
    ]


def levels(claims: Sequence[Claim], of: Callable[[Claim], list[Segment]]) -> list[Segment]:
    """The claims below the billing provider's level, each with a subscriber level of its own; ``of`` writes the claim itself."""
    segments: list[Segment] = []
    number = 2
    for claim in claims:
        segments += patient(claim, number) + of(claim)
        number += 2 if _dependent(claim) else 1
    return segments


def patient(claim: Claim, hl: int) -> list[Segment]:
    """Loops 2000B, 2010BA, 2010BB: the plan's holder and the payer; 2000C, 2010CA where the patient is another person."""
    who, cover, to = claim.patient, claim.coverage, payer(claim, claim.coverage)
    secondary, dependent = cover.rank > 1, _dependent(claim)
    msp = cover.msp_type if secondary and cover.plan == MEDICARE and claim.form == "837P" else ""
    group = "" if cover.plan == MEDICARE else plain(cover.group_number)
    died = ["", "", "", "D8", day(who.died)] if who.died and claim.form == "837P" else []
    about = [*(address(who.address) if who.address else []), segment("DMG", "D8", day(who.born), who.sex)]
    names = (cover.holder_family_name, cover.holder_given_name) if dependent else (who.family_name, who.given_name)
    first = "S" if secondary else "P"
    holder = [
        segment("HL", str(hl), "1", "22", "1" if dependent else "0"),
        segment("SBR", first, "" if dependent else "18", group, "", msp, "", "", "", to.filing),
        *([segment("PAT", "", *died)] if died and not dependent else []),
        segment("NM1", "IL", "1", plain(names[0]), plain(names[1]), "", "", "", "MI", to.member_id),
        *([] if dependent else about),
        segment("NM1", "PR", "2", to.name, "", "", "", "", "PI", to.id),
    ]
    if not dependent:
        return holder
    return [
        *holder,
        segment("HL", str(hl + 1), str(hl), "23", "0"),
        segment("PAT", cover.relationship, *died),
        segment("NM1", "QC", "1", plain(who.family_name), plain(who.given_name)),
        *about,
    ]


def _dependent(claim: Claim) -> bool:
    """Whether another person holds the plan. Medicare and the plans in its stead have no dependents."""
    return claim.coverage.plan == COMMERCIAL and claim.coverage.relationship != SELF


def references(claim: Claim) -> list[Segment]:
    """REF G1 (authorization) and REF F8 (the payer's number of the claim replaced or voided), each only where it exists."""
    numbers = (("G1", claim.authorization), ("F8", claim.original_reference))
    return [segment("REF", kind, plain(number)) for kind, number in numbers if number]


def practitioner(role: str, who: Practitioner, provider: str) -> list[Segment]:
    """NM1 and PRV of a practitioner in a role: 82 rendering (PE), 71 attending (AT)."""
    return [
        segment("NM1", role, "1", plain(who.family_name), plain(who.given_name), "", "", "", "XX", who.npi),
        segment("PRV", provider, "PXC", who.taxonomy),
    ]


def facility(claim: Claim) -> list[Segment]:
    """Loop 2310C of an 837P, 2310E of an 837I: where the service is given, where that is not the billing address."""
    place = claim.practice.facility
    if place is None:
        return []
    number = ("XX", place.npi) if place.npi else ()
    return [segment("NM1", "77", "2", plain(place.name), "", "", "", "", *number), *address(place.address)]


def supervisor(claim: Claim) -> list[Segment]:
    """Loop 2310D of an 837P: who supervises the rendering practitioner, where that is another person."""
    who = claim.supervising
    if who is None:
        return []
    return [segment("NM1", "DQ", "1", plain(who.family_name), plain(who.given_name), "", "", "", "XX", who.npi)]


def address(where: Address) -> list[Segment]:
    """N3 and N4."""
    return [
        segment("N3", plain(where.line1), plain(where.line2)),
        segment("N4", plain(where.city), where.state, where.postal_code),
    ]


def service_date(line: ServiceLine) -> Segment:
    """DTP 472: one day as D8, a range as RD8."""
    if line.service_from == line.service_to:
        return segment("DTP", "472", "D8", day(line.service_from))
    return segment("DTP", "472", "RD8", days(line.service_from, line.service_to))


def other_plan(claim: Claim) -> list[Segment]:
    """Loops 2320, 2330A and 2330B: the plan that paid before and how much, or the one that pays after; empty without either."""
    first, second, prior = claim.other_coverage, claim.second_coverage, claim.prior
    if first is not None and prior is not None:
        return _other_plan(claim, first, "P", [segment("AMT", "D", dollars(prior.paid))])
    return _other_plan(claim, second, "S", []) if second is not None else []


def _other_plan(claim: Claim, cover: Coverage, order: str, paid: list[Segment]) -> list[Segment]:
    other, (relationship, family, given) = payer(claim, cover), holder(claim, cover)
    group = "" if cover.plan == MEDICARE else plain(cover.group_number)
    msp = cover.msp_type if order == "S" and cover.plan == MEDICARE and claim.form == "837P" else ""
    return [
        segment("SBR", order, relationship, group, "", msp, "", "", "", other.filing),
        *paid,
        segment("OI", "", "", "Y", "", "", "Y"),
        segment("NM1", "IL", "1", plain(family), plain(given), "", "", "", "MI", other.member_id),
        segment("NM1", "PR", "2", other.name, "", "", "", "", "PI", other.id),
    ]


def prior_line(claim: Claim, line: ServiceLine, revenue: str = "") -> list[Segment]:
    """Loop 2430: what the prior payer did with this line; an 837I repeats the line's ``revenue`` code."""
    if claim.other_coverage is None or claim.prior is None:
        return []
    payment = next(p for p in claim.prior.payments if p.control == line.control)
    payer_id = payer(claim, claim.other_coverage).id
    return [
        segment("SVD", payer_id, dollars(payment.paid), composite("HC", line.code), revenue, str(line.units)),
        *_adjustments(payment),
        segment("DTP", "573", "D8", day(claim.prior.on)),
    ]


def _adjustments(payment: PriorPayment) -> list[Segment]:
    by_group = groupby(sorted(payment.adjustments, key=lambda a: (a.group, a.reason)), key=lambda a: a.group)
    segments = []
    for group, adjustments in by_group:
        triples = [text for a in adjustments for text in (a.reason, dollars(a.amount), "")]
        segments.append(segment("CAS", group, *triples))
    return segments
