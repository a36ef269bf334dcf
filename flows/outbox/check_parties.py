"""Checks of who is on a claim: the practice that bills, the practitioner who renders, the patient."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flows.ccm.claim import Claim
from flows.outbox import claim_shapes as shape
from flows.outbox.claim_fault import Flaw, Shape, misshapen

_NPI = "an NPI has ten digits, begins with 1 or 2 and ends in its check digit"
_TAXONOMY = "a taxonomy code has ten characters and ends in X"
_LETTERS = "holds a character that X12 has no letter for, or has the wrong length"
_STATE = "not a state or territory abbreviation"
_TEXT = "Write it in letters, digits and plain punctuation, without * : ~ ^."
_TENANT = "in the practice's file"

_PRACTICE = (
    Shape("name", shape.words(60), _LETTERS, _TEXT),
    Shape("contact", shape.words(60), _LETTERS, "Name the person whom the payer may call about claims."),
    Shape("phone", shape.telephone, "not a telephone number of ten digits", f"Correct the phone number {_TENANT}."),
    Shape("npi", shape.npi, _NPI, f"Correct the practice's NPI {_TENANT}."),
    Shape("tax_id", shape.tax_id, "an EIN has nine digits, no dash", f"Correct the tax id {_TENANT}."),
    Shape("taxonomy", shape.taxonomy, _TAXONOMY, f"Correct the practice's taxonomy code {_TENANT}."),
    Shape("address.line1", shape.street(55), _LETTERS, _TEXT),
    Shape("address.line2", shape.street(55, 0), _LETTERS, _TEXT),
    Shape("address.city", shape.words(30, 2), _LETTERS, _TEXT),
    Shape("address.state", shape.state, _STATE, f"Correct the practice's state {_TENANT}."),
    Shape("address.postal_code", shape.zip9, "the billing provider's ZIP code needs nine digits", "Look up the ZIP+4."),
    Shape("submitter_id", shape.payer_id, "a submitter id has 2 to 15 letters and digits", "Enter the id the payer enrolled."),
    Shape("control_series", lambda n: 1 <= n <= 999, "not from 1 to 999", "Give the practice a series of its own."),
)
_FACILITY = (
    Shape("name", shape.words(60), _LETTERS, _TEXT),
    Shape("npi", lambda n: not n or shape.npi(n), _NPI, f"Correct the facility's NPI {_TENANT}, or leave it out."),
    Shape("address.line1", shape.street(55), _LETTERS, _TEXT),
    Shape("address.line2", shape.street(55, 0), _LETTERS, _TEXT),
    Shape("address.city", shape.words(30, 2), _LETTERS, _TEXT),
    Shape("address.state", shape.state, _STATE, f"Correct the facility's state {_TENANT}."),
    Shape("address.postal_code", shape.zip9, "the service facility's ZIP code needs nine digits", "Look up the ZIP+4."),
)
_RENDERING = (
    Shape("family_name", shape.words(60), _LETTERS, _TEXT),
    Shape("given_name", shape.words(35), _LETTERS, _TEXT),
    Shape("npi", shape.npi, _NPI, "Correct the practitioner's NPI."),
    Shape("taxonomy", shape.taxonomy, _TAXONOMY, "Correct the practitioner's taxonomy code."),
)
_PATIENT = (
    Shape("family_name", shape.words(60), _LETTERS, f"As printed on the insurance card. {_TEXT}"),
    Shape("given_name", shape.words(35), _LETTERS, f"As printed on the insurance card. {_TEXT}"),
    Shape("sex", lambda s: s in ("F", "M", "U"), "not F, M or U", "Record the sex the payer has on file: F, M or U."),
)
_ADDRESS = (
    Shape("line1", shape.street(55), _LETTERS, _TEXT),
    Shape("line2", shape.street(55, 0), _LETTERS, _TEXT),
    Shape("city", shape.words(30, 2), _LETTERS, _TEXT),
    Shape("state", shape.state, _STATE, "Correct the state in the patient's address."),
    Shape("postal_code", shape.zip5or9, "a ZIP code has five or nine digits, no dash", "Correct the patient's ZIP code."),
)


def flaws(claim: Claim, prepared_on: date) -> Iterator[Flaw]:
    """What is wrong with the parties of a claim."""
    yield from misshapen(claim.practice, _PRACTICE, "practice.")
    for name in ("line1", "line2"):
        if shape.post_box(getattr(claim.practice.address, name)):
            detail = "the billing provider's address is a post office box"
            yield Flaw(f"practice.address.{name}", detail, "Enter the street address; the box may be the pay-to address.")
    yield from _facility(claim)
    yield from misshapen(claim.rendering, _RENDERING, "rendering.")
    yield from _supervising(claim)
    if claim.form == "837I" and claim.rendering.npi == claim.practice.npi:
        yield Flaw("rendering.npi", "the clinic's own NPI", "Enter the attending practitioner's individual NPI.")
    elif claim.rendering.npi == claim.practice.npi and claim.rendering not in claim.practice.practitioners:
        yield Flaw("rendering.npi", "the practice's own NPI", "Enter the practitioner's individual NPI.")
    yield from misshapen(claim.patient, _PATIENT, "patient.")
    if claim.patient.address is None:
        yield Flaw("patient.address", "no address on record", "Record the patient's postal address.")
    else:
        yield from misshapen(claim.patient.address, _ADDRESS, "patient.address.")
    yield from _life(claim, prepared_on)


def _facility(claim: Claim) -> Iterator[Flaw]:
    place = claim.practice.facility
    if place is None:
        return
    yield from misshapen(place, _FACILITY, "practice.facility.")
    for name in ("line1", "line2"):
        if shape.post_box(getattr(place.address, name)):
            yield Flaw(
                f"practice.facility.address.{name}", "a service is not given in a post office box", "Enter the street address."
            )
    if place.address == claim.practice.address:
        yield Flaw("practice.facility.address", "is the billing address", "Leave the facility out: it is told where it differs.")
    if place.npi == claim.practice.npi:
        yield Flaw(
            "practice.facility.npi", "is the practice's own", "Leave it out: a place without a number of its own has none."
        )


def _supervising(claim: Claim) -> Iterator[Flaw]:
    who = claim.supervising
    if who is None:
        return
    yield from misshapen(who, tuple(row for row in _RENDERING if row.field != "taxonomy"), "supervising.")
    if who.npi == claim.rendering.npi:
        yield Flaw("supervising.npi", "is the rendering practitioner's", "Leave the supervisor out where it is the same person.")
    elif who.npi == claim.practice.npi:
        yield Flaw("supervising.npi", "is the practice's", "Enter the supervising practitioner's individual NPI.")
    if claim.form == "837I":
        yield Flaw("supervising", "a clinic's claim names no supervisor", "Leave it out.")


def _life(claim: Claim, prepared_on: date) -> Iterator[Flaw]:
    born, died = claim.patient.born, claim.patient.died
    first = min((line.service_from for line in claim.lines), default=claim.month.first_day)
    if born > min(first, prepared_on):
        yield Flaw("patient.born", f"{born} is after the service", "Correct the date of birth or the service date.")
    elif claim.month.year - born.year >= 150:
        yield Flaw("patient.born", f"{born} makes the patient 150 years old or more", "Correct the date of birth.")
    if died is not None and (died < born or died > prepared_on):
        detail = f"{died} is before birth or in the future"
        yield Flaw("patient.died", detail, "Correct the date of death.")
