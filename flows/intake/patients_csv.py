"""A row of the patients table: who is on the roster, and from when to when enrolled."""

from __future__ import annotations

from flows.ccm.patient import Address
from flows.ccm.source import Source
from flows.intake.facts import PatientRow
from flows.intake.field_values import Fields


def patient_of(fields: Fields, source: Source) -> PatientRow:
    """The roster row; read its ``fields`` for faults before using it."""
    row = PatientRow(
        mrn=fields.text("mrn"),
        source=source,
        family_name=fields.required("family_name"),
        given_name=fields.required("given_name"),
        born=fields.day("born", required=True),
        sex=fields.choice("sex", ("F", "M", "U"), required=True),
        died=fields.day("died"),
        mbi=card_number(fields.text("mbi")),
        phone=fields.text("phone"),
        address=_address(fields),
        language=fields.text("language"),
        practitioner=fields.text("practitioner"),
        enrolled=fields.day("enrolled"),
        disenrolled=fields.day("disenrolled"),
    )
    if row.enrolled and row.disenrolled and row.disenrolled < row.enrolled:
        fields.bad("disenrolled", f"{row.disenrolled} lies before {row.enrolled}")
    if row.born and row.died and row.died < row.born:
        fields.bad("died", f"{row.died} lies before {row.born}")
    return row


def card_number(text: str) -> str:
    """An MBI as it stands on a claim: capitals, no dashes or space. Its form is the claim's check, not intake's."""
    return "".join(text.split()).replace("-", "").upper()


def postal_digits(text: str) -> str:
    """A postal code's digits, 5 or 9; other text stays as written for the claim's check to refuse."""
    digits = text.replace("-", "").replace(" ", "")
    return digits if digits.isascii() and digits.isdigit() else text


def _address(fields: Fields) -> Address | None:
    """The address as far as it is recorded, or None where nothing of it is."""
    parts = {name: fields.text(name) for name in ("address_line1", "address_line2", "city", "state", "postal_code")}
    if not any(parts.values()):
        return None
    return Address(
        line1=parts["address_line1"],
        city=parts["city"],
        state=parts["state"].upper(),
        postal_code=postal_digits(parts["postal_code"]),
        line2=parts["address_line2"],
    )
