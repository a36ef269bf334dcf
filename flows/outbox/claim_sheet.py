"""Claims for entry by hand: the claim sheet, one row a service line, and the CMS-1500 values by box number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.ccm.claim import Claim, ServiceLine
from flows.ccm.patient import Address
from flows.outbox.claim_loops import MEDICARE, payer
from flows.outbox.spreadsheet import csv_bytes
from flows.outbox.x12_segments import digits

_SHEET = (
    "claim_id", "form", "frequency", "original_reference", "payer_name", "payer_id", "mrn", "family_name", "given_name",
    "born", "sex", "patient_id", "address_line1", "address_line2", "city", "state", "postal_code", "diagnoses",
    "place_of_service", "type_of_bill", "authorization", "line", "control", "code", "units", "charge", "service_from",
    "service_to", "pointers", "rendering_npi", "rendering_name", "billing_npi", "billing_tax_id", "claim_total",
)  # fmt: skip
_LETTERS = "ABCDEFGHIJKL"
# Box 24 has six lines on the form; further lines go on a further form.
_LINES_A_FORM = 6
_DATE = "%m %d %Y"
_RELATIONSHIP = {"18": "SELF", "01": "SPOUSE", "19": "CHILD"}


def claim_sheet(claims: Sequence[Claim]) -> bytes:
    """The claim sheet as CSV: every line of every checked claim, by claim id. Its charges sum to what the claim files charge."""
    ordered = sorted(claims, key=lambda c: c.claim_id)
    return csv_bytes(_SHEET, [_row(c, line, n) for c in ordered for n, line in enumerate(c.lines, start=1)])


def _row(claim: Claim, line: ServiceLine, number: int) -> list[object]:
    who, to = claim.patient, payer(claim, claim.coverage)
    return [
        claim.claim_id, claim.form, claim.frequency, claim.original_reference, to.name, to.id,
        who.mrn, who.family_name, who.given_name, who.born, who.sex, to.member_id, *_address(who.address),
        " ".join(_dotted(code) for code in claim.diagnoses),
        claim.place_of_service, f"{claim.practice.type_of_bill[:2]}{claim.frequency}" if claim.form == "837I" else "",
        claim.authorization, number, line.control,
        line.code, line.units, f"{line.charge:.2f}", line.service_from, line.service_to,
        _letters(line), claim.rendering.npi, f"{claim.rendering.family_name}, {claim.rendering.given_name}",
        claim.practice.npi, claim.practice.tax_id, f"{claim.total:.2f}",
    ]  # fmt: skip


def cms1500(claims: Sequence[Claim]) -> bytes:
    """The values of the paper form CMS-1500 (02/12) by claim, form and box, as CSV, for checked claims; blank boxes are left out.

    Only 837P claims have this form: a clinic's 837I claims are on the claim sheet. A claim of more than six lines goes on
    several forms, each with its own total.
    """
    professional = sorted((c for c in claims if c.form == "837P"), key=lambda c: c.claim_id)
    rows = [
        (claim.claim_id, sheet + 1, box, value)
        for claim in professional
        for sheet, start in enumerate(range(0, len(claim.lines), _LINES_A_FORM))
        for box, value in _boxes(claim, claim.lines[start : start + _LINES_A_FORM])
        if value
    ]
    return csv_bytes(("claim_id", "form_number", "box", "value"), rows)


def _boxes(claim: Claim, lines: Sequence[ServiceLine]) -> Iterator[tuple[str, str]]:
    who, practice, to = claim.patient, claim.practice, payer(claim, claim.coverage)
    line1, line2, city, state, postal_code = _address(who.address)
    yield "carrier", f"{to.name} ({to.id})"
    yield "1", "MEDICARE" if claim.coverage.plan == MEDICARE else "OTHER"
    yield "1a", to.member_id
    yield "2", f"{who.family_name}, {who.given_name}"
    yield "3", who.born.strftime(_DATE)
    yield "3 sex", who.sex
    yield "5 address", " ".join(filter(None, (line1, line2)))
    yield "5 city", city
    yield "5 state", state
    yield "5 ZIP", postal_code
    yield from _other_boxes(claim)
    yield "12", "SIGNATURE ON FILE"
    yield "21 ICD", "0"
    for letter, code in zip(_LETTERS, claim.diagnoses, strict=False):
        yield f"21{letter}", code
    if claim.frequency != "1":
        yield "22 code", claim.frequency
        yield "22 original", claim.original_reference
    yield "23", claim.authorization
    for number, line in enumerate(lines, start=1):
        yield from _line_boxes(claim, line, number)
    yield "25", f"{practice.tax_id} EIN"
    yield "26", claim.claim_id
    yield "27", "YES"
    yield "28", f"{sum(line.charge for line in lines):.2f}"
    yield "31", f"{claim.rendering.given_name} {claim.rendering.family_name} {claim.rendering.credential}"
    yield "33 phone", digits(practice.phone)
    yield "33 name", practice.name
    yield "33 address", ", ".join(filter(None, _address(practice.address)))
    yield "33a", practice.npi


def _other_boxes(claim: Claim) -> Iterator[tuple[str, str]]:
    """Boxes 4, 6, 9 and 11: who holds which plan. Medicare and other payers read them differently."""
    who, other = claim.patient, claim.other_coverage and payer(claim, claim.other_coverage)
    if claim.coverage.plan != MEDICARE:
        yield "4", f"{who.family_name}, {who.given_name}"
        yield "6", "SELF"
        yield "11d", "YES" if other else "NO"
        if other:
            yield "9a", other.member_id
            yield "9d", other.name
    elif other and claim.prior:
        relationship = _RELATIONSHIP.get(claim.prior.relationship, "OTHER")
        holder = f"{claim.prior.holder_family_name}, {claim.prior.holder_given_name}"
        yield "4", "SAME" if relationship == "SELF" else holder
        yield "6", relationship
        yield "11", other.member_id
        yield "11c", other.name
    else:
        # Says that the practice looked for a payer before Medicare and found none; 4, 6 and 7 then stay empty.
        yield "11", "NONE"


def _line_boxes(claim: Claim, line: ServiceLine, number: int) -> Iterator[tuple[str, str]]:
    box = f"24.{number}"
    yield f"{box}A from", line.service_from.strftime(_DATE)
    yield f"{box}A to", line.service_to.strftime(_DATE)
    yield f"{box}B", claim.place_of_service
    yield f"{box}D", line.code
    yield f"{box}E", _letters(line)
    yield f"{box}F", f"{line.charge:.2f}"
    yield f"{box}G", str(line.units)
    yield f"{box}J", claim.rendering.npi


def _letters(line: ServiceLine) -> str:
    return "".join(_LETTERS[pointer - 1] for pointer in line.pointers)


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _address(where: Address | None) -> tuple[str, str, str, str, str]:
    return ("",) * 5 if where is None else (where.line1, where.line2, where.city, where.state, where.postal_code)
