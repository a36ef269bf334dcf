"""The files as text: against files written out by hand to keep, against pyx12, and against their own arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from flows.ccm.claim import Claim
from flows.outbox.claim_checks import faults
from flows.outbox.claim_files import ClaimFile, write_claim_files
from flows.outbox.pyx12_gate import validate
from tests.claims import examples

EXPECTED = Path(__file__).parent / "expected"
SOLO = replace(examples.OFFICE, name="Ana Reyes MD", practitioners=(replace(examples.DOCTOR, npi=examples.OFFICE.npi),))
BATCHES: dict[str, tuple[Claim, ...]] = {
    "medicare": (examples.professional(), examples.professional_after_death()),
    "advantage": (examples.advantage(),),
    "commercial-replacement": (examples.commercial_replacement(),),
    "medicare-secondary": (examples.secondary(),),
    "solo-practitioner": (replace(examples.professional(), practice=SOLO, rendering=SOLO.practitioners[0]),),
    "dependent": (examples.commercial_replacement(), examples.dependent()),
    "service-facility": (examples.elsewhere(),),
    "clinic-facility": (examples.clinic_elsewhere(),),
    "clinic-second": (examples.institutional_second(),),
    "first-of-two": (examples.first_of_two(),),
    "medicare-first": (examples.medicare_first(),),
    "clinic-first": (examples.clinic_first(),),
    "rural-health": (examples.institutional(), examples.institutional_void()),
}


def one_file(claims: Sequence[Claim]) -> ClaimFile:
    (file,) = write_claim_files(claims, packet=1, prepared_on=examples.PREPARED)
    return file


def elements_of(file: ClaimFile) -> list[list[str]]:
    return [row.rstrip("~").split("*") for row in file.text.splitlines()]


@pytest.mark.parametrize("name", BATCHES)
def test_text_is_the_expected_files(name: str) -> None:
    assert one_file(BATCHES[name]).text == (EXPECTED / f"{name}.837").read_text(encoding="ascii")


@pytest.mark.parametrize("name", BATCHES)
def test_an_independent_validator_accepts_it(name: str) -> None:
    assert validate(one_file(BATCHES[name]).text) == ()


@pytest.mark.parametrize("name", BATCHES)
def test_line_charges_add_up_to_each_claim(name: str) -> None:
    """CLM02 = the sum of SV102 or SV203, which pyx12 does not look at."""
    claimed: list[Decimal] = []
    charged: list[Decimal] = []
    for elements in elements_of(one_file(BATCHES[name])):
        if elements[0] == "CLM":
            claimed.append(Decimal(elements[2]))
            charged.append(Decimal(0))
        elif elements[0] in ("SV1", "SV2"):
            charged[-1] += Decimal(elements[2 if elements[0] == "SV1" else 3])
    assert claimed == charged == [claim.total for claim in BATCHES[name]]


def test_prior_payments_and_adjustments_settle_each_line() -> None:
    open_amounts: list[Decimal] = []
    for elements in elements_of(one_file([examples.secondary()])):
        if elements[0] == "SV1":
            open_amounts.append(Decimal(elements[2]))
        elif elements[0] == "SVD":
            open_amounts[-1] -= Decimal(elements[2])
        elif elements[0] == "CAS":
            open_amounts[-1] -= sum(Decimal(amount) for amount in elements[3::3])
    assert open_amounts == [0, 0]


def test_every_example_passes_the_checks() -> None:
    assert [fault for claims in BATCHES.values() for claim in claims for fault in faults(claim, examples.PREPARED)] == []


def test_lower_case_and_accents_are_spelled_in_ascii() -> None:
    patient = replace(examples.PATIENT, family_name="Łukasz-Ærø", given_name="Zoë  d’Été")
    text = one_file([replace(examples.professional(), patient=patient)]).text
    assert "NM1*IL*1*LUKASZ-AERO*ZOE D'ETE*" in text
    assert text.isascii() and text == text.upper()


def test_production_and_test_files_are_told_apart() -> None:
    claim = examples.professional()
    assert one_file([claim]).text.splitlines()[0].split("*")[15] == "T"
    live = replace(claim, practice=replace(claim.practice, test=False))
    assert one_file([live]).text.splitlines()[0].split("*")[15] == "P"


def test_file_does_not_depend_on_the_claims_order() -> None:
    claims = [examples.professional(f"C-{n}") for n in range(3)]
    claims = [replace(claim, patient=examples.patient(n)) for n, claim in enumerate(claims, start=1)]
    assert one_file(claims) == one_file(claims[::-1])


def test_an_authorization_is_written_only_where_there_is_one() -> None:
    assert "REF*G1*AU-77~" in one_file([examples.advantage()]).text
    assert "REF*G1" not in one_file([examples.professional()]).text


def test_dates_of_one_day_and_of_a_range() -> None:
    assert "DTP*472*D8*20251130~" in one_file([examples.professional()]).text
    assert "DTP*472*RD8*20251101-20251130~" in one_file([examples.advantage()]).text


def test_prepared_on_is_the_files_only_date_of_making() -> None:
    (file,) = write_claim_files([examples.professional()], packet=1, prepared_on=date(2026, 1, 9))
    rows = elements_of(file)
    assert (rows[0][9], rows[1][4], rows[3][4]) == ("260109", "20260109", "20260109")
