"""One element of a valid claim spoiled at a time: the checks must name that element. The valid claims pass pyx12."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flows.ccm.claim import Claim
from flows.outbox.claim_checks import duplicates, faults
from flows.outbox.claim_files import write_claim_files
from flows.outbox.code_table import CODES
from flows.outbox.pyx12_gate import validate
from flows.rulebook import read
from tests.claims import examples
from tests.claims.corruptions import BASES, ROWS

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


def test_two_records_under_one_medicare_number_are_both_at_fault() -> None:
    first = examples.professional("C-1")
    number = f"{first.patient.mbi[:4]}-{first.patient.mbi[4:].lower()}"
    second_chart = replace(first, claim_id="C-2", patient=replace(first.patient, key="another", mrn="another", mbi=number))
    assert [(f.claim_id, f.field) for f in duplicates([first, second_chart])] == [("C-1", "patient.mbi"), ("C-2", "patient.mbi")]
    assert duplicates([first, replace(second_chart, patient=replace(second_chart.patient, mbi=examples.patient(2).mbi))]) == ()
    # A chart that was merged: the old chart's claim is voided, the new chart's takes its place.
    assert duplicates([replace(first, frequency="8"), second_chart]) == ()


def test_a_number_that_a_record_of_somebody_else_has_too_is_at_fault_though_that_one_is_not_billed() -> None:
    first, plan = examples.professional("C-1"), examples.advantage("C-2")
    someone = replace(first.patient, key="another", mrn="another", born=date(1950, 2, 2))
    assert [f.field for f in duplicates([first], [(someone, None)])] == ["patient.mbi"]
    without = replace(someone, mbi="")
    assert [f.field for f in duplicates([plan], [(without, plan.coverage)])] == ["coverage.member_id"]
    assert duplicates([plan], [(replace(without, born=plan.patient.born), plan.coverage)]) == (), "a second chart of the patient"
    family = examples.dependent("C-3")
    holder = replace(family.coverage, relationship="18")
    assert duplicates([replace(family, coverage=holder)], [(without, holder)]) == (), "a family's number"


def test_two_records_under_one_number_at_a_plan_are_both_at_fault() -> None:
    first = examples.advantage("C-1")
    number = f" {first.coverage.member_id.lower()}-"
    cover = replace(first.coverage, member_id=number)
    chart = replace(first.patient, key="another", mrn="another", mbi="")
    second_chart = replace(first, claim_id="C-2", patient=chart, coverage=cover)
    both = [("C-1", "coverage.member_id"), ("C-2", "coverage.member_id")]
    assert [(f.claim_id, f.field) for f in duplicates([first, second_chart])] == both
    assert duplicates([first, replace(second_chart, coverage=replace(cover, payer_id="OTHER"))]) == ()
    # An Advantage plan's number is the member's own, whatever a record says of the holder.
    told_otherwise = replace(second_chart, coverage=replace(cover, relationship="01"))
    assert [(f.claim_id, f.field) for f in duplicates([first, told_otherwise])] == both
    assert all("relationship" not in f.remedy for f in duplicates([first, second_chart]))
    # A family's members share its holder's number, and each says so.
    child = examples.dependent("C-1")
    spouse = replace(child, claim_id="C-2", patient=replace(chart, given_name="Ada"))
    assert duplicates([child, spouse]) == ()


def test_refused_claims_are_never_written() -> None:
    spoiled: Claim = examples.altered(examples.professional(), "patient.family_name", "Secretname*")
    with pytest.raises(ValueError, match=r"CEDAR-2511-0001: patient\.family_name") as error:
        write_claim_files([examples.advantage(), spoiled], packet=1, prepared_on=examples.PREPARED)
    assert "Secretname" not in str(error.value)
