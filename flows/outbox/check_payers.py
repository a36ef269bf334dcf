"""Checks of who pays: the coverage billed, the payer before it and its remittance, authorization, original or replacement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from flows.ccm.claim import Claim, PriorAdjudication, PriorPayment
from flows.ccm.patient import Coverage
from flows.outbox import claim_shapes as shape
from flows.outbox.claim_fault import Flaw, Shape, misshapen
from flows.outbox.claim_loops import COMMERCIAL, MEDICARE, MEDICARE_ADVANTAGE, SELF
from flows.outbox.value_codes import UNDATED, UNDERSTOOD
from flows.outbox.x12_segments import plain

_TIMELY = timedelta(days=366)  # a claim is filed within a calendar year of the service, so no answer can be used that is older
_PLANS = (MEDICARE, MEDICARE_ADVANTAGE, COMMERCIAL)
_MSP_REMEDY = "Record why Medicare pays second (12, 13, 43...)."
_BILLED_OTHERWISE = "Where codes or units changed since it answered, correct the claim at that payer first."
_ANSWERED = "Once its payer has answered, send that answer too in remittances.csv: it leaves this list then."
_CARD = "As printed on the insurance card."
_OTHER_PLAN = (
    Shape("payer_name", shape.words(60), "missing, too long, or not in plain letters", f"Enter the plan's name. {_CARD}"),
    Shape("payer_id", lambda s: shape.payer_id(plain(s)), "2 to 15 letters and digits", "Enter the plan's payer id."),
    Shape("member_id", lambda s: shape.member_id(plain(s)), "2 to 80 letters and digits", f"Enter the patient's id. {_CARD}"),
    Shape("group_number", shape.words(50, 0), "too long, or not in plain letters", f"Copy the group number. {_CARD}"),
)
_HOLDER = (
    Shape(
        "holder_family_name", shape.words(60), "missing, too long, or not in plain letters", f"Name the plan's holder. {_CARD}"
    ),
    Shape("holder_given_name", shape.words(35), "missing, too long, or not in plain letters", f"Name the plan's holder. {_CARD}"),
)
_AUTHORIZATION = Shape("authorization", shape.words(50, 0), "too long, or not in plain letters", "Copy the payer's number.")
_ORIGINAL = Shape("original_reference", shape.words(50, 0), "too long, or not in plain letters", "Copy the payer's number.")


def flaws(claim: Claim) -> Iterator[Flaw]:
    """What is wrong with the payers of a claim."""
    yield from _coverage(claim, claim.coverage, "coverage.")
    yield from _period(claim)
    yield from _order(claim)
    yield from _pays_after(claim)
    yield from misshapen(claim, (_AUTHORIZATION, _ORIGINAL))
    yield from _authorization(claim)
    yield from _frequency(claim)


def _coverage(claim: Claim, coverage: Coverage, prefix: str) -> Iterator[Flaw]:
    if coverage.plan not in _PLANS:
        yield Flaw(f"{prefix}plan", f'"{coverage.plan}" is no kind of plan', f"Record one of {', '.join(_PLANS)}.")
    elif coverage.plan == MEDICARE:
        yield from _medicare(claim, coverage, prefix)
    else:
        yield from misshapen(coverage, _OTHER_PLAN, prefix)
    yield from _holder(coverage, prefix)


def _holder(coverage: Coverage, prefix: str) -> Iterator[Flaw]:
    """Who holds the plan: the patient, or for a commercial plan another person, who is then named."""
    if coverage.relationship not in shape.RELATIONSHIPS:
        yield Flaw(
            f"{prefix}relationship", f'"{coverage.relationship}" is no code', "Say how the patient is related to the holder."
        )
    elif coverage.relationship == SELF:
        return
    elif coverage.plan != COMMERCIAL:
        yield Flaw(f"{prefix}relationship", "a Medicare plan is the patient's own", "Record the patient as the holder: self.")
    else:
        yield from misshapen(coverage, _HOLDER, prefix)


def _medicare(claim: Claim, coverage: Coverage, prefix: str) -> Iterator[Flaw]:
    number, test = plain(claim.patient.mbi), claim.practice.test
    if not shape.mbi(number, synthetic=test):
        detail = f'"{number}" does not follow the grammar of a Medicare number' if number else "no Medicare number on record"
        yield Flaw("patient.mbi", detail, "Copy the eleven characters of the Medicare card, without dashes.")
    card = plain(coverage.member_id)
    # A FHIR export's subscriber id may be anything; two Medicare numbers that differ are two persons.
    if shape.mbi(card, synthetic=test) and card != number:
        detail = f"{card} is not the patient's Medicare number {number}"
        yield Flaw(f"{prefix}member_id", detail, "Confirm which Medicare number is the patient's.")
    name = "contractor_part_a" if claim.form == "837I" else "contractor"
    if not shape.contractor(getattr(claim.practice, name)):
        detail = f'"{getattr(claim.practice, name)}": a contractor number has five digits'
        yield Flaw(f"practice.{name}", detail, "Enter the contractor number of the practice's location.")


def _period(claim: Claim) -> Iterator[Flaw]:
    if not claim.lines:
        return
    first, last = min(x.service_from for x in claim.lines), max(x.service_to for x in claim.lines)
    remedy = "Bill the plan in force on the service date, or correct its dates."
    if claim.coverage.start is not None and first < claim.coverage.start:
        yield Flaw("coverage.start", f"the plan begins {claim.coverage.start}, after the service", remedy)
    if claim.coverage.end is not None and last > claim.coverage.end:
        yield Flaw("coverage.end", f"the plan ended {claim.coverage.end}, before the service", remedy)


def _order(claim: Claim) -> Iterator[Flaw]:
    coverage, other = claim.coverage, claim.other_coverage
    if coverage.rank == 1:
        if other is not None or claim.prior is not None:
            yield Flaw("other_coverage", "a primary claim has no payer before it", "Correct the rank of the patient's plans.")
        if coverage.msp_type:
            detail = "stands on the row of the plan that pays first"
            yield Flaw(
                "coverage.msp_type", detail, "Leave it empty there: it belongs on Medicare's row, where Medicare is rank 2."
            )
        return
    if coverage.rank != 2:
        yield Flaw("coverage.rank", f"{coverage.rank} is neither 1 nor 2", "Bill the primary or the secondary plan.")
    if coverage.plan == MEDICARE and coverage.msp_type not in shape.MSP_TYPES:
        yield Flaw("coverage.msp_type", _no_reason(coverage), _MSP_REMEDY)
    elif coverage.plan == MEDICARE and claim.form == "837I":
        yield from _clinic_second(claim)
    if other is None or other.rank >= coverage.rank:
        yield Flaw("other_coverage", "a secondary claim names the plan that paid first", "Record the primary plan, rank 1.")
        return
    yield from _coverage(claim, other, "other_coverage.")
    if other.payer_id.upper() == coverage.payer_id.upper() and MEDICARE not in (other.plan, coverage.plan):
        remedy = (
            "Ask the payer whether it settles both on the first claim, and end the second plan's row in coverage.csv if it does."
        )
        yield Flaw("other_coverage.payer_id", "both plans are one payer's, which knows the claim by one id", remedy)
    if other.plan == coverage.plan == MEDICARE:
        yield Flaw("other_coverage.plan", "Medicare cannot pay before itself", "Correct the primary plan.")
    if claim.prior is None:
        yield Flaw("prior", "the primary payer's remittance is not on record", "Bill the primary plan, then record what it paid.")
    else:
        yield from _prior(claim, claim.prior)


def _no_reason(medicare: Coverage) -> str:
    return f'"{medicare.msp_type}" is no reason' if medicare.msp_type else "not on record"


def _pays_after(claim: Claim) -> Iterator[Flaw]:
    """The plan that a claim to the first payer names as paying after it."""
    second = claim.second_coverage
    if second is None:
        return
    yield from _coverage(claim, second, "second_coverage.")
    if claim.coverage.rank != 1 or second.rank != 2:
        yield Flaw(
            "second_coverage", "only a claim to the first plan names the second", "Correct the rank of the patient's plans."
        )
    if second.plan != MEDICARE:
        return
    if claim.coverage.plan == MEDICARE:
        yield Flaw("second_coverage.plan", "Medicare cannot pay after itself", "Correct the second plan.")
    if second.msp_type not in shape.MSP_TYPES:
        yield Flaw("second_coverage.msp_type", _no_reason(second), _MSP_REMEDY)


def _clinic_second(claim: Claim) -> Iterator[Flaw]:
    """What a clinic's second claim to Medicare would have to say and no record tells."""
    reason = claim.coverage.msp_type
    if reason not in UNDATED:
        detail = f"a clinic's claim with the reason {reason} also carries a date that is on no record here"
        yield Flaw(
            "coverage.msp_type",
            detail,
            f"Enter the claim by hand, with the day of the accident or of the first coordination. {_ANSWERED}",
            by_hand=True,
        )
    elif claim.prior is not None:
        adjusted = (a for p in claim.prior.payments for a in p.adjustments if a.amount > 0)
        for group, code in dict.fromkeys((a.group, a.reason) for a in adjusted):
            if (group, code) not in UNDERSTOOD:
                detail = f"the first plan's {group}-{code} is neither its discount nor the patient's share, so a part is denied"
                remedy = f"Enter the claim by hand, with the day and the reason of the denial. {_ANSWERED}"
                yield Flaw("prior.payments", detail, remedy, by_hand=True)


def _prior(claim: Claim, prior: PriorAdjudication) -> Iterator[Flaw]:
    last = max((line.service_to for line in claim.lines), default=claim.month.first_day)
    if not last <= prior.on <= last + _TIMELY:
        yield Flaw("prior.on", f"{prior.on} is not within a year of the service", "Copy the date from the remittance.")
    if prior.relationship not in shape.RELATIONSHIPS:
        yield Flaw("prior.relationship", f'"{prior.relationship}" is no code', "Say how the patient is related to the holder.")
    elif prior.relationship != "18" and not (prior.holder_family_name and prior.holder_given_name):
        yield Flaw("prior.holder_family_name", "the plan's holder is not named", "Record the holder's name.")
    for name, longest in (("holder_family_name", 60), ("holder_given_name", 35)):
        if not shape.words(longest, 0)(getattr(prior, name)):
            yield Flaw(f"prior.{name}", "too long, or not in plain letters", "Write it in plain letters.")
    controls = Counter(payment.control for payment in prior.payments)
    if controls != Counter(line.control for line in claim.lines):
        yield Flaw("prior.payments", "not exactly one payment a service line", "Record the remittance line by line.")
    charges = {line.control: line.charge for line in claim.lines}
    for payment in prior.payments:
        yield from _payment(payment, charges.get(payment.control))


def _payment(payment: PriorPayment, charge: Decimal | None) -> Iterator[Flaw]:
    amounts = [payment.paid, *(a.amount for a in payment.adjustments)]
    if payment.paid < 0 or not all(shape.cents(amount) for amount in amounts):
        yield Flaw("prior.payments", "an amount is negative or not in whole cents", "Copy the amounts from the remittance.")
    elif charge is not None and payment.paid > charge:
        yield Flaw("prior.payments", "the first plan paid more than was charged", "Copy the amounts from the plan's remittance.")
    elif charge is not None and sum(amounts) != charge:
        detail = "paid and adjusted amounts do not add up to the charge"
        yield Flaw("prior.payments", detail, f"Copy the remittance in full. {_BILLED_OTHERWISE}")
    groups = Counter(a.group for a in payment.adjustments)
    good_reasons = all(shape.adjustment_reason(a.reason) for a in payment.adjustments)
    if not good_reasons or not groups.keys() <= shape.ADJUSTMENT_GROUPS or any(n > 6 for n in groups.values()):
        yield Flaw("prior.payments", "an adjustment's group or reason is no code", "Copy the adjustments from the remittance.")


def _authorization(claim: Claim) -> Iterator[Flaw]:
    if claim.coverage.plan != MEDICARE and claim.coverage.authorization_required and not claim.authorization:
        yield Flaw("authorization", "the plan requires one and the claim has none", "Obtain the plan's authorization.")
    granted = claim.coverage.authorization
    if granted is None or not claim.authorization:
        return
    if granted.number != claim.authorization:
        yield Flaw("authorization", "not the number the plan granted", "Copy the plan's authorization number.")
    if any(line.service_from < granted.start or line.service_to > granted.end for line in claim.lines):
        yield Flaw("authorization", "the plan's authorization does not cover the service dates", "Have it extended.")


def _frequency(claim: Claim) -> Iterator[Flaw]:
    changes = claim.frequency in ("7", "8")
    if claim.frequency not in ("1", "7", "8"):
        yield Flaw("frequency", f'"{claim.frequency}" is not 1, 7 or 8', "Send an original, a replacement or a void.")
    if changes and claim.form == "837P" and claim.coverage.plan == MEDICARE:
        yield Flaw("frequency", "Medicare Part B takes originals only", "Ask the contractor for a reopening instead.")
    if changes and not claim.original_reference:
        yield Flaw("original_reference", "a replacement or void names the payer's claim", "Copy the payer's claim number.")
    if not changes and claim.original_reference:
        yield Flaw("original_reference", "an original refers to no earlier claim", "Send a replacement, or leave it empty.")
    if changes and claim.form == "837I" and not shape.condition_code(claim.condition_code):
        yield Flaw("condition_code", "a changed clinic claim says why (D0-D9, E0)", "Record the reason of the change.")
    if claim.condition_code and not (changes and claim.form == "837I"):
        yield Flaw("condition_code", "only a changed clinic claim carries one", "Leave it empty.")
