"""One element of a valid claim spoiled at a time: the checks must name that element. The valid claims pass pyx12."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.ccm.claim import Adjustment, Claim, PriorPayment
from flows.ccm.practice import Practitioner
from flows.outbox.claim_checks import duplicates, faults
from flows.outbox.claim_files import write_claim_files
from flows.outbox.code_table import CODES
from flows.outbox.pyx12_gate import validate
from flows.rulebook import read
from tests.claims import examples

BASES = {
    "part B": examples.professional(),
    "died": examples.professional_after_death(),
    "advantage": examples.advantage(),
    "replacement": examples.commercial_replacement(),
    "secondary": examples.secondary(),
    "clinic": examples.institutional(),
    "clinic void": examples.institutional_void(),
}
DAY = examples.LAST
CLINIC_NPI = Practitioner("x", "Clinic", "Own", "MD", examples.CLINIC.npi, "207Q00000X", DAY)
SHORT_PAYMENT = PriorPayment("0001-1", Decimal("40.00"), (Adjustment("CO", "45", Decimal("25.00")),))
NEGATIVE = PriorPayment("0001-1", Decimal("-5.00"), (Adjustment("CO", "45", Decimal("90.00")),))
NO_GROUP = PriorPayment("0001-1", Decimal("40.00"), (Adjustment("XX", "45", Decimal("45.00")),))
BAD_REASON = PriorPayment("0001-1", Decimal("40.00"), (Adjustment("CO", "45*1", Decimal("45.00")),))

# (which valid claim, element spoiled, its new value, the field a fault must name when it is not the element itself)
ROWS: list[tuple[Any, ...]] = [
    # the practice that bills
    ("part B", "practice.npi", "1234567890"),  # check digit
    ("part B", "practice.npi", "123456789"),
    ("part B", "practice.npi", "3234567893"),
    ("part B", "practice.npi", ""),
    ("part B", "practice.npi", "１２３４５６７８９３"),  # full-width digits
    ("part B", "practice.tax_id", "94-1234567"),
    ("part B", "practice.tax_id", "94123456"),
    ("part B", "practice.tax_id", "999999999"),
    ("part B", "practice.tax_id", "001234567"),
    ("part B", "practice.taxonomy", "261QP2300"),
    ("part B", "practice.taxonomy", "261QP23000"),
    ("part B", "practice.taxonomy", "261qp2300X"),
    ("part B", "practice.name", ""),
    ("part B", "practice.name", "Cedar * Family"),
    ("part B", "practice.name", "C" * 61),
    ("part B", "practice.name", "雪松诊所"),
    ("part B", "practice.contact", ""),
    ("part B", "practice.contact", "Billing\nOffice"),
    ("part B", "practice.phone", "555-0142"),
    ("part B", "practice.phone", "415 555 0142 x3"),
    ("part B", "practice.phone", "0155550142"),
    ("part B", "practice.address.line1", "P.O. Box 44"),
    ("part B", "practice.address.line1", "po box 44"),
    ("part B", "practice.address.line1", "Lockbox 2210"),
    ("part B", "practice.address.line1", "Post Office Box 9"),
    ("part B", "practice.address.line1", ""),
    ("part B", "practice.address.line1", "1" * 56),
    ("part B", "practice.address.line2", "PO BOX 44"),
    ("part B", "practice.address.line2", "Suite ~4"),
    ("part B", "practice.address.city", "S"),
    ("part B", "practice.address.city", "San Rafael: North"),
    ("part B", "practice.address.state", "XX"),
    ("part B", "practice.address.state", "ca"),
    ("part B", "practice.address.state", ""),
    ("part B", "practice.address.postal_code", "94901"),
    ("part B", "practice.address.postal_code", "94901-1234"),
    ("part B", "practice.address.postal_code", "949010000"),
    ("part B", "practice.address.postal_code", "000001234"),
    ("part B", "practice.submitter_id", ""),
    ("part B", "practice.submitter_id", "A" * 16),
    ("part B", "practice.submitter_id", "CEDAR*1"),
    ("part B", "practice.contractor", "1112"),
    ("part B", "practice.contractor", ""),
    ("part B", "practice.control_series", 0),
    ("part B", "practice.control_series", 1000),
    ("part B", "practice.kind", "rhc", "form"),
    ("clinic", "practice.kind", "office", "form"),
    ("clinic", "practice.kind", "fqhc", "practice.type_of_bill"),
    ("clinic", "practice.type_of_bill", ""),
    ("clinic", "practice.type_of_bill", "131"),
    ("clinic", "practice.type_of_bill", "71"),
    # the practitioner
    ("part B", "rendering.npi", "1003000127"),
    ("part B", "rendering.npi", "10030001260"),
    ("clinic", "rendering", CLINIC_NPI, "rendering.npi"),
    ("part B", "rendering.npi", examples.OFFICE.npi),
    ("part B", "rendering.taxonomy", "207Q00000"),
    ("part B", "rendering.taxonomy", "FAMILYMEDX"),
    ("part B", "rendering.family_name", ""),
    ("part B", "rendering.given_name", "Ana^"),
    # the patient
    ("part B", "patient.mbi", ""),
    ("part B", "patient.mbi", "1EG4TE5MK7"),
    ("part B", "patient.mbi", "1EG4-TE5-MK73"),
    ("part B", "patient.mbi", "0EG4TE5MK73"),
    ("part B", "patient.mbi", "11G4TE5MK73"),
    ("part B", "patient.mbi", "1EGATE5MK73"),
    ("part B", "patient.mbi", "1EG4TE5MKA3"),
    ("part B", "patient.mbi", "123456789A"),  # the number before the MBI
    ("part B", "patient.family_name", ""),
    ("part B", "patient.family_name", "   "),
    ("part B", "patient.family_name", "-"),
    ("part B", "patient.family_name", "Nunez~CLM"),
    ("part B", "patient.family_name", "N:z"),
    ("part B", "patient.family_name", "N" * 61),
    ("part B", "patient.family_name", "محمد"),
    ("part B", "patient.given_name", ""),
    ("part B", "patient.given_name", "José 😀"),
    ("part B", "patient.given_name", "J" * 36),
    ("part B", "patient.given_name", "Jo\u200bse"),  # an unseen character
    ("part B", "patient.born", date(2025, 12, 3)),
    ("part B", "patient.born", date(1875, 1, 1)),
    ("part B", "patient.died", date(2025, 11, 29), "lines.1.service_to"),
    ("part B", "patient.died", date(2026, 1, 3)),
    ("part B", "patient.died", date(1940, 1, 1)),
    ("part B", "patient.sex", "male"),
    ("part B", "patient.sex", ""),
    ("part B", "patient.address", None),
    ("part B", "patient.address.line1", ""),
    ("part B", "patient.address.line1", "5 Elm*St"),
    ("part B", "patient.address.line2", "Apt\t5"),
    ("part B", "patient.address.city", ""),
    ("part B", "patient.address.state", "California"),
    ("part B", "patient.address.postal_code", "9494"),
    ("part B", "patient.address.postal_code", "94945-1234"),
    ("part B", "patient.address.postal_code", ""),
    # the payers
    ("part B", "coverage.plan", "medicaid"),
    ("part B", "coverage.member_id", "2EG4TE5MK73"),
    ("part B", "coverage.payer_name", "Medicare*B"),
    ("part B", "coverage.start", date(2025, 12, 1)),
    ("part B", "coverage.end", date(2025, 11, 15)),
    ("part B", "coverage.rank", 2, "other_coverage"),
    ("part B", "coverage.rank", 0),
    ("part B", "coverage.msp_type", "12"),
    ("part B", "other_coverage", examples.COMMERCIAL),
    ("advantage", "coverage.payer_name", ""),
    ("advantage", "coverage.payer_id", ""),
    ("advantage", "coverage.payer_id", "GP 123"),
    ("advantage", "coverage.payer_id", "G" * 16),
    ("advantage", "coverage.member_id", ""),
    ("advantage", "coverage.member_id", "GPA*1"),
    ("advantage", "authorization", ""),
    ("advantage", "authorization", "AU-78"),
    ("advantage", "authorization", "AU*77"),
    ("advantage", "coverage.authorization.start", date(2025, 11, 2), "authorization"),
    ("advantage", "coverage.authorization.end", date(2025, 11, 29), "authorization"),
    ("secondary", "coverage.msp_type", ""),
    ("secondary", "coverage.msp_type", "99"),
    ("secondary", "coverage.rank", 3),
    ("secondary", "other_coverage", None),
    ("secondary", "other_coverage.rank", 2, "other_coverage"),
    ("secondary", "other_coverage.plan", "medicare"),
    ("secondary", "other_coverage.member_id", ""),
    ("secondary", "other_coverage.payer_id", "6"),
    ("secondary", "prior", None),
    ("secondary", "prior.on", date(2025, 11, 29)),
    ("secondary", "prior.on", date(2025, 12, 3)),
    ("secondary", "prior.relationship", "02"),
    ("secondary", "prior.holder_family_name", ""),
    ("secondary", "prior.holder_given_name", "Rosa*"),
    ("secondary", "prior.payments", ()),
    ("secondary", "prior.payments.1", SHORT_PAYMENT, "prior.payments"),
    ("secondary", "prior.payments.1", NEGATIVE, "prior.payments"),
    ("secondary", "prior.payments.1", NO_GROUP, "prior.payments"),
    ("secondary", "prior.payments.1", BAD_REASON, "prior.payments"),
    ("clinic", "coverage.rank", 2),
    ("part B", "frequency", "7"),
    ("part B", "frequency", "8"),
    ("part B", "frequency", "2"),
    ("part B", "frequency", ""),
    ("part B", "original_reference", "ICN-1"),
    ("replacement", "original_reference", ""),
    ("replacement", "original_reference", "ICN~1"),
    ("replacement", "condition_code", "D1"),
    ("clinic void", "condition_code", ""),
    ("clinic void", "condition_code", "D10"),
    # the claim and its diagnoses
    ("part B", "claim_id", ""),
    ("part B", "claim_id", "C" * 21),
    ("part B", "claim_id", "CEDAR*1"),
    ("part B", "claim_id", "cedar-1"),
    ("part B", "form", "837D"),
    ("part B", "form", "837I"),
    ("clinic", "form", "837P"),
    ("part B", "place_of_service", "22"),  # allowed, but not where this practice is
    ("part B", "place_of_service", "02"),
    ("part B", "place_of_service", "10"),
    ("part B", "place_of_service", "21"),
    ("part B", "place_of_service", "72"),
    ("part B", "place_of_service", "1"),
    ("part B", "place_of_service", ""),
    ("part B", "diagnoses", ("E119",)),
    ("part B", "diagnoses", ()),
    ("part B", "diagnoses", ("E11.9", "I10")),
    ("part B", "diagnoses", ("e119", "I10")),
    ("part B", "diagnoses", ("25000", "I10")),  # ICD-9
    ("part B", "diagnoses", ("E119", "I10", "E119")),
    ("part B", "diagnoses", ("E119", "I10", "44054006")),  # SNOMED CT
    ("part B", "diagnoses", ("W19XXXA", "I10")),
    ("part B", "diagnoses", tuple(f"E11{n}" for n in range(13))),
    # the service lines
    ("part B", "lines", ()),
    ("part B", "lines.1.code", "9949"),
    ("part B", "lines.1.code", "99499"),
    ("part B", "lines.1.code", "99490-25"),
    ("part B", "lines.1.code", "99491", "lines.2.code"),  # the add-on has lost its base
    ("part B", "lines.1.code", "G0511"),
    ("part B", "lines.2.code", "99490"),
    ("part B", "lines.2.code", "99437"),
    ("part B", "lines.2.code", "99489"),
    ("part B", "lines.2.code", "99487"),
    ("part B", "lines.1.units", 0),
    ("part B", "lines.1.units", -1),
    ("part B", "lines.1.units", 2),
    ("part B", "lines.1.units", 1.0),
    ("part B", "lines.2.units", 3),
    ("part B", "lines.1.charge", Decimal("0.00")),
    ("part B", "lines.1.charge", Decimal("-85.00")),
    ("part B", "lines.1.charge", Decimal("85.005")),
    ("part B", "lines.1.charge", Decimal("100000.00")),
    ("part B", "lines.1.charge", Decimal("99999.00"), "total"),
    ("part B", "lines.1.charge", Decimal("NaN")),
    ("part B", "lines.1.charge", Decimal("sNaN")),
    ("part B", "lines.1.charge", Decimal("Infinity")),
    ("part B", "lines.1.charge", 85.0),
    ("part B", "lines.1.service_from", date(2025, 10, 31)),
    ("part B", "lines.1.service_from", date(2025, 12, 1)),
    ("part B", "lines.1.service_to", date(2025, 12, 1)),
    ("part B", "lines.1.service_to", date(2025, 11, 29), "lines.1.service_from"),
    ("part B", "lines.2.service_from", date(2025, 11, 1)),
    ("died", "lines.1.service_to", date(2025, 11, 19)),
    ("part B", "lines.1.pointers", ()),
    ("part B", "lines.1.pointers", (1,)),
    ("part B", "lines.1.pointers", (1, 1)),
    ("part B", "lines.1.pointers", (0, 1)),
    ("part B", "lines.1.pointers", (1, 4)),
    ("part B", "lines.1.pointers", (1, 2, 3, 1, 2)),
    ("part B", "lines.1.control", ""),
    ("part B", "lines.1.control", "0001-2", "lines.2.control"),
    ("part B", "lines.1.control", "C" * 31),
    ("part B", "lines.1.control", "0001*1"),
    ("advantage", "lines.1.code", "99489"),
    ("replacement", "lines.2.units", 3),
]
CASES = [pytest.param(*row[:3], row[3] if len(row) > 3 else row[1], id=f"{row[0]}-{row[1]}={n}") for n, row in enumerate(ROWS)]


@pytest.mark.parametrize(("base", "path", "value", "field"), CASES)
def test_a_spoiled_element_is_named(base: str, path: str, value: Any, field: str) -> None:
    spoiled = examples.altered(BASES[base], path, value)
    found = faults(spoiled, examples.PREPARED)
    assert field in {fault.field for fault in found}
    assert all(fault.detail and fault.remedy.endswith(".") and fault.claim_id == spoiled.claim_id for fault in found)


def test_there_are_enough_of_them() -> None:
    assert len(ROWS) == len({(base, path, repr(value)) for base, path, value, *_ in ROWS}) >= 150


@pytest.mark.parametrize("base", BASES)
def test_the_unspoiled_claim_passes_both_gates(base: str) -> None:
    assert faults(BASES[base], examples.PREPARED) == ()
    (file,) = write_claim_files([BASES[base]], packet=3, prepared_on=examples.PREPARED)
    assert validate(file.text) == ()


def test_a_clinic_code_ends_with_its_last_payable_month() -> None:
    clinic = examples.altered(examples.institutional(), "lines", (examples.line("G0511", 1, "70.00", "1"),))
    assert {f.field for f in faults(clinic, examples.PREPARED)} == {"lines.1.code"}
    earlier = replace(clinic, month=replace(examples.MONTH, month=6))
    earlier = replace(earlier, lines=(examples.line("G0511", 1, "70.00", "1", day=date(2025, 6, 30)),))
    assert faults(earlier, examples.PREPARED) == ()


def test_the_table_of_codes_knows_every_code_of_the_rulebook() -> None:
    """The two are kept apart on purpose; a code in one and not in the other would hold every claim that bears it."""
    families = tomllib.loads((Path(read.__file__).parent / "families.toml").read_text())
    steps = [block[step] for array in families.values() for block in array for step in ("base", "add_on") if step in block]
    assert {step["code"] for step in steps} == set(CODES)
    limits = {step["code"]: step["max_units"] for step in steps if "max_units" in step}
    assert limits == {code: CODES[code].units for code in limits}


def test_synthetic_medicare_numbers_pass_in_test_practices_only() -> None:
    claim = examples.altered(examples.professional(), "patient.mbi", "1S00E00AA00")
    assert faults(claim, examples.PREPARED) == ()
    live = examples.altered(claim, "practice.test", False)
    assert [f.field for f in faults(live, examples.PREPARED)] == ["patient.mbi"]


@pytest.mark.parametrize("letter", "SLOIBZ")
def test_letters_that_no_medicare_number_has(letter: str) -> None:
    live = examples.altered(examples.professional(), "practice.test", False)
    assert faults(live, examples.PREPARED) == ()
    spoiled = examples.altered(live, "patient.mbi", f"1EG4TE5M{letter}73")
    assert [f.field for f in faults(spoiled, examples.PREPARED)] == ["patient.mbi"]


def test_every_fault_is_told_not_the_first() -> None:
    claim = examples.altered(examples.professional(), "patient.mbi", "")
    claim = examples.altered(claim, "practice.npi", "1")
    claim = examples.altered(claim, "lines.2.charge", Decimal(0))
    assert {f.field for f in faults(claim, examples.PREPARED)} == {"patient.mbi", "practice.npi", "lines.2.charge"}


def test_a_service_date_may_be_the_day_of_preparation_but_not_later() -> None:
    claim = examples.professional()
    assert faults(claim, examples.LAST) == ()
    early = faults(claim, date(2025, 11, 29))
    assert {f.field for f in early} == {f"lines.{n}.service_{end}" for n in (1, 2) for end in ("from", "to")}


def test_claims_that_are_right_alone_and_wrong_together() -> None:
    first, again = examples.professional("C-1"), examples.professional("C-1")
    other_patient = replace(again, patient=examples.patient(2))
    assert [f.field for f in duplicates([first, other_patient])] == ["claim_id"]
    second = replace(again, claim_id="C-2")
    assert [(f.claim_id, f.field) for f in duplicates([second, first])] == [("C-2", "patient.key")]
    void = replace(examples.institutional_void(), patient=examples.institutional().patient)
    assert duplicates([examples.institutional(), void]) == ()


def test_refused_claims_are_never_written() -> None:
    spoiled: Claim = examples.altered(examples.professional(), "patient.family_name", "Secretname*")
    with pytest.raises(ValueError, match=r"CEDAR-2511-0001: patient\.family_name") as error:
        write_claim_files([examples.advantage(), spoiled], packet=1, prepared_on=examples.PREPARED)
    assert "Secretname" not in str(error.value)
