"""Elements as X12 writes them, and the shapes that need more than a table row to test."""

from __future__ import annotations

import string
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.outbox import claim_shapes as shape
from flows.outbox.x12_segments import BASIC, digits, dollars, plain, segment


@pytest.mark.parametrize(
    ("amount", "text"),
    [("85", "85"), ("85.00", "85"), ("120.50", "120.5"), ("0.07", ".07"), ("0.00", "0"), ("100", "100"), ("1E+2", "100")],
)
def test_dollars(amount: str, text: str) -> None:
    assert dollars(Decimal(amount)) == text


@given(st.integers(0, 10**9).map(lambda n: Decimal(n) / 100))
def test_dollars_keep_every_cent(amount: Decimal) -> None:
    assert Decimal(dollars(amount)) == amount


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("Núñez", "NUNEZ"),
        ("Nu\u0301n\u0303ez", "NUNEZ"),
        ("Straße", "STRASSE"),
        ("Łódź", "LODZ"),
        ("Bjørn  Ægir", "BJORN AEGIR"),
        ("O’Brien–Smith", "O'BRIEN-SMITH"),
        (" Đặng ", "DANG"),
    ],
)
def test_names_in_ascii(written: str, text: str) -> None:
    assert plain(written) == text


@given(st.text())
def test_what_passes_as_words_holds_no_delimiter(text: str) -> None:
    if shape.words(60)(text):
        spelled = plain(text)
        assert 1 <= len(spelled) <= 60 and spelled.isascii() and not set(spelled) & set("*:~^\n\r\t")
        assert BASIC.match(spelled) and plain(spelled) == spelled


@pytest.mark.parametrize("written", ["(415) 555-0142", "415.555.0142", "+1 415 555 0142", "14155550142", "4155550142"])
def test_telephone_numbers(written: str) -> None:
    assert digits(written) == "4155550142"


def test_trailing_empty_elements_are_not_written() -> None:
    assert str(segment("SBR", "P", "18", "", "")) == "SBR*P*18~"


# Numbers published as examples: the NPI standard's own, and the fee-schedule demonstration numbers.
@pytest.mark.parametrize("number", ["1234567893", "1003000126", "1679576722"])
def test_published_npis_pass(number: str) -> None:
    assert shape.npi(number)


@given(st.sampled_from(["1234567893", "1003000126"]), st.integers(0, 9), st.sampled_from(string.digits))
def test_any_one_wrong_digit_spoils_an_npi(number: str, place: int, digit: str) -> None:
    changed = number[:place] + digit + number[place + 1 :]
    assert shape.npi(changed) == (changed == number)


@pytest.mark.parametrize("line", ["PO Box 1", "P O BOX 1", "P.O.B. 7", "POB 7", "Box 12", "General Delivery", "LOCK BOX 3"])
def test_post_boxes(line: str) -> None:
    assert shape.post_box(line)


@pytest.mark.parametrize(
    "line", ["12 Boxwood Lane", "4 Pobrecito St", "77 Post Road", "1 Lockhart Ave", "9 Big Box Way", "PORT ST 5"]
)
def test_streets_that_are_no_post_box(line: str) -> None:
    assert not shape.post_box(line)
