"""What in payer-references.csv is no number of a claim's own: rejected with its line, and the change left to a person."""

from __future__ import annotations

import pytest

from tests.corrections.practice_shelf import Month

HAND = "by hand: see corrections.csv"


@pytest.fixture
def month() -> Month:
    """A month whose first packet is sealed."""
    sealed = Month()
    sealed.bill()
    return sealed


def rejected_references(month: Month, *rows: str, header: str = "claim_id,payer_claim_number,payer_id") -> list[str]:
    """The lines of payer-references.csv that are rejected in the packet that corrects A1006's claim."""
    month.late("x3,2025-11-26T11:00:00,20,rn_abara,A1006,patient_call,chronic,remote,Late row")
    key = f"corrections/{month.month}/payer-references.csv"
    month.shelf.objects[key] = "\n".join([header, *rows, ""]).encode()
    month.bill()
    return [r["source"].rpartition(":")[2] for r in month.rows(2, "rejected-rows.csv") if r["source"].startswith(key)]


@pytest.mark.parametrize("number", ["1.2345E+12", "1.2345E12", "A*B~C", "R:1", "R^1", "-", "R\t1", "R1 é", "R" * 51])
def test_what_is_no_number_of_a_payers_is_rejected(month: Month, number: str):
    assert rejected_references(month, f"{month.claim_of('A1006')},{number},") == ["2"]
    assert month.changes(2)["A1006"] == ("changed", HAND)


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        ("R1,", "R1,", ["2", "3"]),
        ("R1,01112", "R1,", ["2", "3"]),
        ("R1,01112", "R1,01112", ["2", "3"]),
        ("R 1,", "r1,", ["2", "3"]),
        ("R1,", "R2,", []),
    ],
)
def test_one_number_of_two_claims_at_one_payer_is_neithers(month: Month, first: str, second: str, lines: list[str]):
    one, two = (f"{month.claim_of(mrn)},{told}" for mrn, told in (("A1001", first), ("A1005", second)))
    assert rejected_references(month, one, two) == lines


def test_one_number_at_two_payers_is_both_claims_own(month: Month):
    assert rejected_references(month, f"{month.claim_of('A1001')},R1,", f"{month.claim_of('A1006')},R1,") == []
    assert month.sent(2) == {"A1006": "7"}


def test_a_references_file_that_can_be_read_two_ways_is_not_read(month: Month):
    claim = month.claim_of("A1006")
    header = "claim_id,payer_claim_number,payer_claim_number"
    assert rejected_references(month, f"{claim},R1,R2", header=header) == ["1"]
    assert month.changes(2)["A1006"] == ("changed", HAND)


def test_a_quote_that_joins_two_lines_gives_no_claim_a_number(month: Month):
    claim, other = month.claim_of("A1006"), month.claim_of("A1001")
    assert rejected_references(month, f'{other},"R1,', f'{claim},R2",') == ["3"]
    assert month.changes(2)["A1006"] == ("changed", HAND)


def test_a_quote_in_a_cell_too_many_that_joins_two_lines_is_seen_too(month: Month):
    claim, other = month.claim_of("A1006"), month.claim_of("A1001")
    assert rejected_references(month, f'{other},R1,,"x', f"{claim},R2") == ["3"]
