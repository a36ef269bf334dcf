"""The values of the paper form CMS-1500 (02/12) of professional claims (Claims Processing Manual, chapter 26, 10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.ccm.claim import Claim, ServiceLine
from flows.outbox.claim_loops import MEDICARE, SELF, holder, payer
from flows.outbox.paper_form import PaperForm, Row, filled, in_a_line, to_attach
from flows.outbox.x12_segments import digits

_LETTERS = "ABCDEFGHIJKL"
# Box 24 has six lines on the form; further lines go on a further form.
_LINES_A_FORM = 6
_DATE = "%m %d %Y"
_RELATIONSHIP = {SELF: "SELF", "01": "SPOUSE", "19": "CHILD"}


def cms1500_forms(claims: Sequence[Claim]) -> Iterator[PaperForm]:
    """The forms of the checked professional claims, by claim id. More than six lines take several, each with its total."""
    for claim in sorted((c for c in claims if c.form == "837P"), key=lambda c: c.claim_id):
        name = f"{claim.patient.family_name}, {claim.patient.given_name}"
        for sheet, start in enumerate(range(0, len(claim.lines), _LINES_A_FORM), 1):
            boxes = _boxes(claim, claim.lines[start : start + _LINES_A_FORM])
            yield PaperForm(claim.claim_id, name, sheet, filled(boxes))


def pointed_letters(line: ServiceLine) -> str:
    """The letters of the diagnoses that a line points to."""
    return "".join(_LETTERS[pointer - 1] for pointer in line.pointers)


def _boxes(claim: Claim, lines: Sequence[ServiceLine]) -> Iterator[Row]:
    who, to, at = claim.patient, payer(claim, claim.coverage), claim.patient.address
    yield "carrier", "payer and its id", f"{to.name} ({to.id})"
    yield "1", "kind of plan", "MEDICARE" if claim.coverage.plan == MEDICARE else "OTHER"
    yield "1a", "number at the plan", to.member_id
    yield "2", "patient", f"{who.family_name}, {who.given_name}"
    yield "3", "born", who.born.strftime(_DATE)
    yield "3 sex", "sex", who.sex
    if at is not None:
        yield "5 address", "patient's street", " ".join(filter(None, (at.line1, at.line2)))
        yield "5 city", "city", at.city
        yield "5 state", "state", at.state
        yield "5 ZIP", "ZIP code", at.postal_code
    yield from _plans(claim)
    yield "12", "patient's signature", "SIGNATURE ON FILE"
    if claim.supervising:
        named = f"{claim.supervising.given_name} {claim.supervising.family_name} {claim.supervising.credential}"
        yield "17", "supervising practitioner, qualifier DQ", f"DQ {named}"
        yield "17b", "its NPI", claim.supervising.npi
    yield "21 ICD", "code set: ICD-10-CM", "0"
    for letter, code in zip(_LETTERS, claim.diagnoses, strict=False):
        yield f"21{letter}", "diagnosis, without its dot", code
    if claim.frequency != "1":
        yield "22 code", "replacement (7) or void (8)", claim.frequency
        yield "22 original", "the payer's number of the claim", claim.original_reference
    yield "23", "authorization", claim.authorization
    for number, line in enumerate(lines, start=1):
        yield from _line(claim, line, number)
    yield from _practice(claim, lines)
    yield from to_attach(claim)


def _practice(claim: Claim, lines: Sequence[ServiceLine]) -> Iterator[Row]:
    practice, place = claim.practice, claim.practice.facility
    yield "25", "tax number", f"{practice.tax_id} EIN"
    yield "26", "claim id", claim.claim_id
    yield "27", "assignment accepted", "YES"
    yield "28", "total charge", f"{sum(line.charge for line in lines):.2f}"
    named = f"{claim.rendering.given_name} {claim.rendering.family_name} {claim.rendering.credential}"
    yield "31", "practitioner", named
    yield "32", "where the service is given", f"{(place or practice).name}, {in_a_line((place or practice).address)}"
    yield "32a", "its NPI", place.npi if place else practice.npi
    yield "33 phone", "billing telephone", digits(practice.phone)
    yield "33 name", "billing name", practice.name
    yield "33 address", "billing address", in_a_line(practice.address)
    yield "33a", "billing NPI", practice.npi


def _plans(claim: Claim) -> Iterator[Row]:
    """Boxes 4, 6, 9 and 11: who holds which plan. Medicare and other payers read them differently."""
    cover = claim.coverage
    known = claim.other_coverage or claim.second_coverage
    other = payer(claim, known) if known else None
    if cover.plan != MEDICARE:
        yield "4", "holder of the plan", ", ".join(holder(claim, cover)[1:])
        yield "6", "patient is the holder's", _RELATIONSHIP.get(cover.relationship, "OTHER")
        yield "11", "group number", cover.group_number
        yield "11d", "another plan", "YES" if other else "NO"
        if other and known:
            yield "9", "holder of the other plan", ", ".join(holder(claim, known)[1:])
            yield "9a", "group number there, else the number there", known.group_number or other.member_id
            yield "9d", "the other plan", other.name
    elif other and claim.other_coverage:
        code, *names = holder(claim, claim.other_coverage)
        yield "4", "holder of the plan before Medicare", "SAME" if code == SELF else ", ".join(names)
        yield "6", "patient is the holder's", _RELATIONSHIP.get(code, "OTHER")
        yield "11", "its group number, else the number there", claim.other_coverage.group_number or other.member_id
        yield "11c", "the plan before Medicare", other.name
    else:
        # Says that the practice looked for a payer before Medicare and found none; 4, 6 and 7 then stay empty.
        yield "11", "no plan before Medicare", "NONE"


def _line(claim: Claim, line: ServiceLine, number: int) -> Iterator[Row]:
    box, of = f"24.{number}", f"line {number}:"
    yield f"{box}A from", f"{of} first day", line.service_from.strftime(_DATE)
    yield f"{box}A to", f"{of} last day", line.service_to.strftime(_DATE)
    yield f"{box}B", f"{of} place of service", claim.place_of_service
    yield f"{box}D", f"{of} code", line.code
    yield f"{box}E", f"{of} diagnoses", pointed_letters(line)
    yield f"{box}F", f"{of} charge", f"{line.charge:.2f}"
    yield f"{box}G", f"{of} units", str(line.units)
    yield f"{box}J", f"{of} practitioner's NPI", claim.rendering.npi
