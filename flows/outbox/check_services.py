"""Checks of what is billed: form and place, diagnoses, service lines, their codes, dates, charges and pointers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flows.ccm.claim import Claim, ServiceLine
from flows.outbox import claim_shapes as shape
from flows.outbox.claim_fault import Flaw, Shape, misshapen
from flows.outbox.code_table import CODES

# Places where a practice may see the patient face to face; telehealth, inpatient and emergency places are refused for CCM.
_PLACES = frozenset({"11", "12", "13", "19", "22", "32"})
_KINDS = {"837P": ("office", "hospital_outpatient"), "837I": ("rhc", "fqhc")}
_BILL_TYPE = {"rhc": "71", "fqhc": "77"}
_LINE = (
    Shape("control", shape.line_control, "1 to 30 capitals, digits, dots and dashes", "Give the line a control number."),
    Shape("charge", lambda c: shape.cents(c) and c > 0, "not above zero in whole cents", "Enter the practice's charge."),
)


def flaws(claim: Claim, prepared_on: date) -> Iterator[Flaw]:
    """What is wrong with the services of a claim."""
    yield from _frame(claim)
    yield from _diagnoses(claim)
    if not 1 <= len(claim.lines) <= 50:
        yield Flaw("lines", f"{len(claim.lines)} service lines", "A claim has 1 to 50 service lines.")
    for number, line in enumerate(claim.lines, start=1):
        prefix = f"lines.{number}."
        yield from misshapen(line, _LINE, prefix)
        yield from _pointers(claim, line, prefix)
        yield from _dates(claim, line, prefix, prepared_on)
        yield from _code(claim, line, prefix)
    yield from _together(claim)


def _frame(claim: Claim) -> Iterator[Flaw]:
    if not shape.claim_id(claim.claim_id):
        yield Flaw("claim_id", "not 1 to 20 capitals, digits, dots and dashes", "Give the claim an id that payers return whole.")
    kind = claim.practice.kind
    if claim.form not in _KINDS or kind not in _KINDS[claim.form]:
        yield Flaw("form", f"a practice of kind {kind} does not bill on {claim.form}", "Correct the practice's kind.")
    if claim.form == "837I":
        good = shape.pattern(r"(71|77)\d")
        if not good(claim.practice.type_of_bill) or claim.practice.type_of_bill[:2] != _BILL_TYPE.get(kind):
            detail = f'"{claim.practice.type_of_bill}" is not the type of bill of this kind of clinic'
            yield Flaw("practice.type_of_bill", detail, "Enter 711 for a rural health clinic, 771 for an FQHC.")
    elif claim.place_of_service not in _PLACES:
        detail = f'care management is not billed with place of service "{claim.place_of_service}"'
        yield Flaw("place_of_service", detail, "Enter the place where the practice sees the patient: 11, 19 or 22.")
    elif claim.practice.place_of_service and claim.place_of_service != claim.practice.place_of_service:
        detail = f"{claim.place_of_service}, but the practice is at place of service {claim.practice.place_of_service}"
        yield Flaw("place_of_service", detail, "Bill from the practice's place, or correct it in the practice's file.")
    # An unsound charge is a flaw of its line, and may not even add up.
    if all(shape.cents(line.charge) for line in claim.lines) and not shape.cents(claim.total):
        yield Flaw("total", "the charges add up to more than a claim can say", "Correct the practice's charges.")


def _diagnoses(claim: Claim) -> Iterator[Flaw]:
    codes = claim.diagnoses
    if not 2 <= len(codes) <= 12:
        yield Flaw("diagnoses", f"{len(codes)} diagnoses", "CCM needs two or more conditions; a claim holds twelve.")
    for code in codes:
        if not shape.icd10(code):
            yield Flaw("diagnoses", f'"{code}" is not an ICD-10-CM code without its dot', "Correct the condition's code.")
    if len(set(codes)) != len(codes):
        yield Flaw("diagnoses", "a diagnosis is given twice", "List each condition once.")
    if codes and codes[0][:1] in ("V", "W", "X", "Y"):
        yield Flaw("diagnoses", f'"{codes[0]}" is an external cause', "Put a managed condition first.")


def _pointers(claim: Claim, line: ServiceLine, prefix: str) -> Iterator[Flaw]:
    pointers = line.pointers
    within = all(isinstance(p, int) and 1 <= p <= len(claim.diagnoses) for p in pointers)
    if not 2 <= len(pointers) <= 4 or not within or len(set(pointers)) != len(pointers):
        detail = f"points to {', '.join(map(str, pointers)) or 'nothing'} of {len(claim.diagnoses)} diagnoses"
        yield Flaw(f"{prefix}pointers", detail, "Point to two to four different diagnoses of the claim.")


def _dates(claim: Claim, line: ServiceLine, prefix: str, prepared_on: date) -> Iterator[Flaw]:
    remedy = "Correct the service date."
    if line.service_from > line.service_to:
        yield Flaw(f"{prefix}service_from", f"{line.service_from} is after {line.service_to}", remedy)
    for name in ("service_from", "service_to"):
        value: date = getattr(line, name)
        if not claim.month.contains(value):
            yield Flaw(f"{prefix}{name}", f"{value} is not in the service month {claim.month}", remedy)
        if value > prepared_on:
            yield Flaw(f"{prefix}{name}", f"{value} is after the day the file is prepared", "Bill once the date is past.")
    if claim.patient.died is not None and line.service_to > claim.patient.died:
        detail = f"{line.service_to} is after the patient's death on {claim.patient.died}"
        yield Flaw(f"{prefix}service_to", detail, "End the service on the day of death, or correct the date of death.")
    if (line.service_from, line.service_to) != (claim.lines[0].service_from, claim.lines[0].service_to):
        yield Flaw(f"{prefix}service_from", "differs from the first line's dates", "Give all lines the same dates.")


def _code(claim: Claim, line: ServiceLine, prefix: str) -> Iterator[Flaw]:
    known = CODES.get(line.code)
    limit = known.units if known else 1
    if type(line.units) is not int or not 1 <= line.units <= limit:
        yield Flaw(f"{prefix}units", f"{line.units} units: payers allow 1 to {limit}", "Bill the units a payer allows.")
    if known is None:
        yield Flaw(f"{prefix}code", f'"{line.code}" is no care-management code', "Bill one of the care-management codes.")
    elif claim.form not in known.forms:
        yield Flaw(f"{prefix}code", f"{line.code} is not billed on {claim.form}", "Bill the code of the practice's kind.")
    elif line.service_from < known.first_day or line.service_to > known.last_day:
        yield Flaw(f"{prefix}code", f"{line.code} is not payable on this date", "Bill the code in force on the date.")


def _together(claim: Claim) -> Iterator[Flaw]:
    codes = [line.code for line in claim.lines]
    controls = [line.control for line in claim.lines]
    bases = [code for code in codes if code in CODES and CODES[code].base == code]
    for number, line in enumerate(claim.lines, start=1):
        prefix, known = f"lines.{number}.", CODES.get(line.code)
        if line.code in codes[: number - 1]:
            yield Flaw(f"{prefix}code", f"{line.code} is billed on two lines", "Bill a code once, with its units.")
        if line.control in controls[: number - 1]:
            yield Flaw(f"{prefix}control", "used for two lines", "Give each line a control number of its own.")
        if known is None:
            continue
        if known.base not in codes:
            yield Flaw(f"{prefix}code", f"{line.code} is billed without {known.base}", "Bill the base code with its add-on.")
        if known.base == line.code and bases and line.code != bases[0]:
            yield Flaw(f"{prefix}code", f"{line.code} and {bases[0]} exclude each other", "Bill one family of codes a month.")
