"""The values of the paper form UB-04 (CMS-1450) of clinics' claims, by form locator (Claims Processing Manual, chapter 25)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.ccm.claim import Claim
from flows.ccm.patient import Coverage
from flows.outbox.claim_837i import REVENUE, died_within
from flows.outbox.claim_loops import SELF, holder, payer
from flows.outbox.paper_form import PaperForm, Row, filled, in_a_line, to_attach
from flows.outbox.value_codes import condition_codes, value_codes
from flows.outbox.x12_segments import digits

_DATE, _BORN = "%m%d%y", "%m%d%Y"
_OTHER_DIAGNOSES = "ABCDEFGHIJK"
_RELATIONSHIP = {SELF: "18", "01": "01", "19": "19"}


def ub04_forms(claims: Sequence[Claim]) -> Iterator[PaperForm]:
    """The forms of the checked institutional claims, by claim id, one each: a month never fills its 22 lines."""
    for claim in sorted((c for c in claims if c.form == "837I"), key=lambda c: c.claim_id):
        name = f"{claim.patient.family_name}, {claim.patient.given_name}"
        yield PaperForm(claim.claim_id, name, 1, filled(_locators(claim)))


def _locators(claim: Claim) -> Iterator[Row]:
    who, practice, first = claim.patient, claim.practice, claim.diagnoses[0]
    yield "1", "clinic, address, telephone", f"{practice.name}, {in_a_line(practice.address)}, {digits(practice.phone)}"
    yield "3a", "claim id", claim.claim_id
    yield "3b", "record number", who.mrn
    yield "4", "type of bill", f"0{practice.type_of_bill[:2]}{claim.frequency}"
    yield "5", "tax number", practice.tax_id
    yield "6 from", "first day", min(line.service_from for line in claim.lines).strftime(_DATE)
    yield "6 through", "last day", max(line.service_to for line in claim.lines).strftime(_DATE)
    yield "8b", "patient", f"{who.family_name}, {who.given_name}"
    yield "9", "patient's address", in_a_line(who.address)
    yield "10", "born", who.born.strftime(_BORN)
    yield "11", "sex", who.sex
    yield "14", "priority: not available", "9"
    yield "15", "point of origin: not available", "9"
    yield "17", "patient status", "20" if died_within(claim) else "01"
    for box, code in zip(("18", "19"), condition_codes(claim), strict=False):
        yield box, "condition: reason of a change, or paid in full (77)", code
    for box, (code, amount) in zip(("39a", "40a"), value_codes(claim), strict=False):
        yield box, "value code: what the first plan paid, or had agreed to (44)", f"{code} {amount:.2f}"
    for number, line in enumerate(claim.lines, start=1):
        of = f"line {number}:"
        yield f"42.{number}", f"{of} revenue code", REVENUE
        yield f"44.{number}", f"{of} code", line.code
        yield f"45.{number}", f"{of} day", line.service_to.strftime(_DATE)
        yield f"46.{number}", f"{of} units", str(line.units)
        yield f"47.{number}", f"{of} charge", f"{line.charge:.2f}"
    yield "42.23", "total line", "0001"
    yield "47.23", "total charge", f"{claim.total:.2f}"
    yield from sorted(_payers(claim))  # a typist goes through the form, not from plan to plan
    yield "66", "code set: ICD-10-CM", "0"
    yield "67", "principal diagnosis, without its dot", first
    for letter, code in zip(_OTHER_DIAGNOSES, claim.diagnoses[1:], strict=False):
        yield f"67{letter}", "other diagnosis", code
    yield "76 NPI", "attending practitioner's NPI", claim.rendering.npi
    yield "76 name", "attending practitioner", f"{claim.rendering.family_name}, {claim.rendering.given_name}"
    yield from to_attach(claim)


def _payers(claim: Claim) -> Iterator[Row]:
    """Line A of the payers' boxes is the plan that pays first, line B the one that pays second, whichever of them is ours."""
    ordered = [c for c in (claim.other_coverage, claim.coverage, claim.second_coverage) if c is not None]
    for line, cover in zip("AB", ordered, strict=False):
        yield from _plan(claim, line, cover)
        if cover is claim.coverage:
            yield f"63{line}", "authorization", claim.authorization
            yield f"64{line}", "the payer's number of the claim", claim.original_reference
    if claim.prior is not None:
        yield "54A", "paid by the first plan", f"{claim.prior.paid:.2f}"
    yield "56", "billing NPI", claim.practice.npi


def _plan(claim: Claim, line: str, cover: Coverage) -> Iterator[Row]:
    plan, (relationship, *names) = payer(claim, cover), holder(claim, cover)
    yield f"50{line}", "payer", plan.name
    yield f"51{line}", "payer's id", plan.id
    yield f"52{line}", "release of information", "Y"
    yield f"53{line}", "benefits assigned", "Y"
    yield f"58{line}", "holder of the plan", ", ".join(names)
    yield f"59{line}", "patient is the holder's (code)", _RELATIONSHIP.get(relationship, "G8")
    yield f"60{line}", "number at the plan", plan.member_id
    yield f"62{line}", "group number", cover.group_number
