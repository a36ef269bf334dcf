"""Claims for entry by hand: the claim sheet, one row a service line."""

from __future__ import annotations

from collections.abc import Sequence

from flows.ccm.claim import Claim, ServiceLine
from flows.ccm.patient import Address
from flows.outbox.claim_loops import payer
from flows.outbox.cms1500 import pointed_letters
from flows.outbox.paper_form import remittance_to_attach
from flows.outbox.spreadsheet import csv_bytes

_SHEET = (
    "claim_id", "form", "frequency", "original_reference", "payer_name", "payer_id", "mrn", "family_name", "given_name",
    "born", "sex", "patient_id", "address_line1", "address_line2", "city", "state", "postal_code", "diagnoses",
    "place_of_service", "type_of_bill", "authorization", "line", "control", "code", "units", "charge", "service_from",
    "service_to", "pointers", "rendering_npi", "rendering_name", "billing_npi", "billing_tax_id", "claim_total",
    "group_number", "relationship", "holder_family_name", "holder_given_name", "paid_first_by", "paid_first", "supervising_npi",
    "facility_name", "facility_npi", "second_plan", "second_plan_payer_id", "second_plan_patient_id", "attach",
)  # fmt: skip


def claim_sheet(claims: Sequence[Claim]) -> bytes:
    """The claim sheet as CSV: every line of every checked claim, by claim id. Its charges sum to what the claim files charge."""
    ordered = sorted(claims, key=lambda c: c.claim_id)
    return csv_bytes(_SHEET, [_row(c, line, n) for c in ordered for n, line in enumerate(c.lines, start=1)])


def _row(claim: Claim, line: ServiceLine, number: int) -> list[object]:
    who, to, cover, place = claim.patient, payer(claim, claim.coverage), claim.coverage, claim.practice.facility
    return [
        claim.claim_id, claim.form, claim.frequency, claim.original_reference, to.name, to.id,
        who.mrn, who.family_name, who.given_name, who.born, who.sex, to.member_id, *_address(who.address),
        " ".join(_dotted(code) for code in claim.diagnoses),
        claim.place_of_service, f"{claim.practice.type_of_bill[:2]}{claim.frequency}" if claim.form == "837I" else "",
        claim.authorization, number, line.control,
        line.code, line.units, f"{line.charge:.2f}", line.service_from, line.service_to,
        pointed_letters(line), claim.rendering.npi, f"{claim.rendering.family_name}, {claim.rendering.given_name}",
        claim.practice.npi, claim.practice.tax_id, f"{claim.total:.2f}",
        cover.group_number, cover.relationship, cover.holder_family_name, cover.holder_given_name,
        payer(claim, claim.other_coverage).name if claim.other_coverage else "", _paid_first(claim, line),
        claim.supervising.npi if claim.supervising else "", place.name if place else "", place.npi if place else "",
        *_second_plan(claim), remittance_to_attach(claim),
    ]  # fmt: skip


def _second_plan(claim: Claim) -> tuple[str, str, str]:
    """The plan that pays after the one billed: its name, its payer id, the patient's number there."""
    plan = payer(claim, claim.second_coverage) if claim.second_coverage else None
    return (plan.name, plan.id, plan.member_id) if plan else ("", "", "")


def _paid_first(claim: Claim, line: ServiceLine) -> str:
    """What the payer before ours paid for the line."""
    payments = claim.prior.payments if claim.prior else ()
    return next((f"{payment.paid:.2f}" for payment in payments if payment.control == line.control), "")


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _address(where: Address | None) -> tuple[str, str, str, str, str]:
    return ("",) * 5 if where is None else (where.line1, where.line2, where.city, where.state, where.postal_code)
