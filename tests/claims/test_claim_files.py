"""Batches, names and control numbers: every claim in exactly one file, no number used twice."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ccm.service_month import ServiceMonth
from flows.outbox.claim_files import BATCH, control_number, write_claim_files
from tests.claims import examples

MONTHS = st.builds(ServiceMonth, st.integers(2024, 2043), st.integers(1, 12))
PLACES = st.tuples(st.integers(1, 999), MONTHS, st.integers(1, 99), st.integers(0, 39))


def test_no_claims_make_no_file() -> None:
    assert write_claim_files([], packet=1, prepared_on=examples.PREPARED) == ()


def test_files_are_by_form_and_payer_and_named_so() -> None:
    claims = [examples.professional(), examples.advantage(), examples.commercial_replacement(), examples.secondary()]
    files = write_claim_files(claims, packet=2, prepared_on=examples.PREPARED)
    assert {f.name: f.claim_ids for f in files} == {
        "claims/837P-60054-1.837": ("CEDAR-2511-0003",),
        "claims/837P-GP123-1.837": ("CEDAR-2511-0002",),
        "claims/837P-medicare-1.837": ("CEDAR-2511-0001", "CEDAR-2511-0004"),
    }
    assert sum((f.total for f in files), Decimal(0)) == sum((c.total for c in claims), Decimal(0))


def test_file_names_hold_no_patient() -> None:
    (file,) = write_claim_files([examples.institutional()], packet=1, prepared_on=examples.PREPARED)
    assert file.name == "claims/837I-medicare-1.837"


def test_the_claim_after_the_batch_limit_opens_a_file() -> None:
    template = examples.professional()
    numbers = (f"1EG{n // 1000}TE{n // 100 % 10}MK{n % 100:02d}" for n in range(BATCH + 1))
    claims = [
        replace(template, claim_id=f"C-{n:05d}", patient=replace(template.patient, key=f"p{n}", mbi=mbi))
        for n, mbi in enumerate(numbers)
    ]
    files = write_claim_files(claims, packet=1, prepared_on=examples.PREPARED)
    assert [(f.name, len(f.claim_ids), f.text.count("\nCLM*")) for f in files] == [
        ("claims/837P-medicare-1.837", 5000, 5000),
        ("claims/837P-medicare-2.837", 1, 1),
    ]
    assert [i for f in files for i in f.claim_ids] == [c.claim_id for c in claims]
    assert len({f.text[:106] for f in files}) == 2


def test_one_payer_spelled_in_two_ways_is_one_file() -> None:
    one, two = examples.commercial_replacement("C-1"), examples.commercial_replacement("C-2")
    two = replace(
        two, patient=examples.patient(8), coverage=replace(two.coverage, payer_name="ACME HEALTH PLAN", member_id="W1234-08")
    )
    files = write_claim_files([two, one], packet=1, prepared_on=examples.PREPARED)
    assert [f.claim_ids for f in files] == [("C-1", "C-2")]


@given(PLACES, PLACES)
def test_control_numbers_are_nine_digits_and_never_meet(one: tuple, two: tuple) -> None:
    first, second = control_number(*one), control_number(*two)
    assert len(first) == 9 and first.isdecimal() and int(first) > 0
    assert (first == second) == (one == two)


@pytest.mark.parametrize(
    ("series", "month", "packet", "index"),
    [
        (0, "2025-11", 1, 0),
        (1000, "2025-11", 1, 0),
        (1, "2023-12", 1, 0),
        (1, "2044-11", 1, 0),
        (1, "2025-11", 0, 0),
        (1, "2025-11", 100, 0),
        (1, "2025-11", 1, 40),
    ],
)
def test_a_control_number_that_does_not_fit_is_refused(series: int, month: str, packet: int, index: int) -> None:
    with pytest.raises(ValueError, match="control_series"):
        control_number(series, ServiceMonth.parse(month), packet, index)


def test_the_last_control_number_fits() -> None:
    assert control_number(999, ServiceMonth(2044, 10), 99, 39) == "999999999"


@pytest.mark.parametrize("other", ["practice", "month"])
def test_claims_of_two_practices_or_months_are_refused(other: str) -> None:
    value = examples.CLINIC if other == "practice" else ServiceMonth(2025, 10)
    with pytest.raises(ValueError, match="one practice and one service month"):
        write_claim_files(
            [examples.professional(), replace(examples.advantage(), **{other: value})], packet=1, prepared_on=examples.PREPARED
        )
