"""What the first plan is told of the second, what the second is expected to pay, and its claim corrected under its own number."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ccm.decision import DecisionLine
from flows.ccm.still_due import less_paid
from flows.outbox.pyx12_gate import validate
from tests.corrections.practice_shelf import Month
from tests.corrections.test_two_payers import COVERAGE, FIRST, answered, decline, full_answer, two_plans

CENTS = st.integers(0, 300_00).map(lambda n: Decimal(n) / 100)
HAND = "by hand: see corrections.csv"
STANDS = "what was sent to a plan stands: see corrections.csv and held.csv"
REPLACED = "sent in this packet as a replacement of the payer's claim"


def retiree() -> Month:
    """Medicare first, a retiree's plan second: the plan that is billed second takes corrected claims."""
    month = Month()
    contractor = month.practice.contractor
    month.edit(COVERAGE, "A1001,medicare,,,,2020-01-01,,1,,", f"A1001,medicare,,{contractor},,2020-01-01,,1,,")
    month.shelf.objects[COVERAGE] += FIRST.format(rank="2", ccm="covered").encode()
    return month


def medicare_answered(month: Month) -> None:
    answered(month, *(row.replace(",60054,", f",{month.practice.contractor},") for row in full_answer(month)))


@pytest.fixture(scope="module")
def sealed(no_documents: None) -> dict[str, bytes]:
    """Medicare was billed first and answered, the retiree's plan was billed in packet 2."""
    month = retiree()
    month.bill()
    medicare_answered(month)
    assert month.bill().packet == 2
    return month.shelf.objects


@pytest.fixture
def both(sealed: dict[str, bytes]) -> Month:
    return Month.resumed(sealed)


def billed(month: Month, packet: int) -> dict[str, str]:
    (row,) = [row for row in month.rows(packet, "billed.csv") if row["mrn"] == "A1001"]
    return row


def standing(month: Month, packet: int) -> list[tuple[str, str, str]]:
    """What already-sent.csv says of the patient's claim: payer, who paid before it, and how it came there."""
    rows = [row for row in month.rows(packet, "claims/already-sent.csv") if row["mrn"] == "A1001"]
    return [(row["payer"], row["paid_first_by"], row["how"]) for row in rows]


def claim_text(month: Month, packet: int, payer: str) -> str:
    """The file to a payer, which the independent validator accepts."""
    text = month.file(packet, f"claims/837P-{payer}-1.837").decode()
    assert validate(text) == ()
    return text


def change_diagnoses(month: Month) -> None:
    month.edit("inbox/records/conditions.csv", "A1001,E11.9", "A1001,E66.9,,Obesity,2017-01-01,,24,yes\nA1001,E11.9")


def test_the_claim_to_the_first_plan_names_the_second_and_no_amount(both: Month):
    text = claim_text(both, 1, "medicare")
    assert "SBR*S*18*******CI~" in text and "NM1*PR*2*ACME HEALTH*****PI*60054~" in text and "AMT*" not in text
    assert both.faults(1) == []


def test_a_second_plan_of_which_too_little_is_known_holds_no_claim_to_the_first():
    month = two_plans(msp="")
    month.bill()
    assert "SBR*S" not in claim_text(month, 1, "60054")
    page = month.file(1, "index.html").decode()
    assert "the claim does not name it: why Medicare pays second (msp_type) not on record" in page
    assert month.faults(1) == []


@given(st.lists(CENTS, min_size=1, max_size=3), CENTS)
def test_no_dollar_that_the_first_plan_paid_is_expected_again(estimates: list[Decimal], paid: Decimal):
    lines = [DecisionLine("99490", 1, None, estimate) for estimate in estimates]
    left = less_paid(lines, paid)
    assert sum(line.expected for line in left) == max(sum(estimates) - paid, Decimal(0))
    assert [line.expected + line.paid_first for line in left] == estimates
    assert all(line.expected >= 0 and line.paid_first >= 0 for line in left)


def test_of_the_second_plan_what_the_first_left_is_expected(both: Month):
    first, second = billed(both, 1), billed(both, 2)
    assert Decimal(second["expected_estimate"]) == Decimal(first["expected_estimate"]) - 80 > 0
    assert (first["payer"], first["paid_first_by"], first["paid_first"]) == ("Medicare", "", "")
    assert (second["payer"], second["paid_first_by"], second["paid_first"]) == ("Acme Health (60054)", "Medicare", "80.00")
    pages = [both.file(n, "index.html").decode() for n in (1, 2)]
    assert ["$80.00 that first plans paid is taken off" in page for page in pages] == [False, True]
    assert both.faults(2) == []


def test_an_expected_amount_that_forgets_what_was_paid_is_found(both: Month):
    month = both
    name = "packets/2025-11/2/decisions.jsonl"
    month.shelf.objects[name] = month.shelf.objects[name].replace(b'"paid_first":"', b'"paid_first":"1')
    assert any("expected amount is not what the first plan's payment leaves" in line for line in month.faults(2))


def test_what_was_sent_names_both_plans_that_have_a_claim(both: Month):
    month = both
    (change,) = [row for row in month.rows(2, "changes.csv") if row["mrn"] == "A1001"]
    assert "Sent to the second plan now, Acme Health (60054); the claim at Medicare stands." in change["claim_changes"]
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1002,patient_call,chronic,remote,Late row")
    month.bill()
    assert standing(month, 3) == [("Medicare", "", "sent"), ("Acme Health (60054)", "Medicare", "sent")]
    assert month.faults(3) == []


@pytest.mark.parametrize("rows", [(), ("SECOND9,60054",)], ids=["withdrawn by hand", "voided by file"])
def test_a_claim_of_two_plans_that_is_billed_again_says_that_the_first_ones_comes_first(both: Month, rows: tuple[str, ...]):
    month, consents = both, both.shelf.objects["inbox/records/consents.csv"]
    references(month, *rows)
    lines = consents.decode().splitlines(keepends=True)
    month.shelf.objects["inbox/records/consents.csv"] = "".join(x for x in lines if not x.startswith("A1001")).encode()
    assert month.bill().packet == 3
    assert month.changes(3)["A1001"][0] == "withdrawn" and month.sent(3) == ({"A1001": "8"} if rows else {})
    month.shelf.objects["inbox/records/consents.csv"] = consents
    assert month.bill().packet == 4
    assert month.changes(4)["A1001"] == ("billed again", HAND) and month.sent(4) == {}
    (left,) = [row for row in month.rows(4, "corrections.csv") if row["mrn"] == "A1001"]
    assert (
        "Medicare pays first, and its claim was to be withdrawn. Where that was done, enter that one again there first"
        in left["what_to_do"]
    )
    assert month.faults(4) == [] and month.bill().unchanged


def references(month: Month, *rows: str) -> None:
    text = "claim_id,payer_claim_number,payer_id\n" + "".join(f"{month.claim_of('A1001')},{row}\n" for row in rows)
    month.shelf.objects[f"corrections/{month.month}/payer-references.csv"] = text.encode()


@pytest.mark.parametrize(
    ("rows", "number"),
    [
        (["FIRST1,{contractor}", "FIRST2,", "SECOND9, 60054"], "SECOND9"),
        (["FIRST1,{contractor}", "FIRST2,"], ""),
    ],
)
def test_a_second_claim_is_replaced_under_the_number_that_names_its_plan_alone(both: Month, rows: list[str], number: str):
    month = both
    references(month, *(row.format(contractor=month.practice.contractor) for row in rows))
    change_diagnoses(month)
    assert month.bill().packet == 3
    assert month.changes(3)["A1001"] == ("changed", REPLACED if number else HAND)
    (left,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "A1001"]
    assert "Medicare, which paid first, has the claim as it was" in left["what_to_do"]
    assert ("payer_id" in left["what_to_do"]) == (not number)
    if number:
        text = claim_text(month, 3, "60054")
        assert f"REF*F8*{number}~" in text and "FIRST1" not in text and "AMT*D*80~" in text
    else:
        assert month.sent(3) == {}
    assert month.faults(3) == [] and month.bill().unchanged
    if not number:  # what waits goes once a number names the second plan
        references(month, "SECOND9,60054")
        assert month.bill().packet == 4
        assert "REF*F8*SECOND9~" in claim_text(month, 4, "60054")
        assert month.faults(4) == [] and month.bill().unchanged


def test_a_second_claim_is_voided_and_the_first_plans_told(both: Month):
    month = both
    references(month, "SECOND9,60054")
    decline(month)
    assert month.bill().packet == 3
    assert month.sent(3) == {"A1001": "8"} and "REF*F8*SECOND9~" in claim_text(month, 3, "60054")
    (left,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "A1001"]
    assert left["what_to_do"].startswith("The claim to Medicare, which paid first, is to be withdrawn too")
    assert month.faults(3) == []


def test_a_number_of_a_plan_that_the_patient_has_not_is_rejected(both: Month):
    month = both
    references(month, "NUMBER1,99999")
    change_diagnoses(month)
    month.bill()
    (row,) = [row for row in month.rows(3, "rejected-rows.csv") if row["field"] == "payer_id"]
    assert row["source"].endswith("payer-references.csv:2") and month.faults(3) == []


def test_the_first_plan_is_not_sent_the_claim_again_where_its_answer_is_gone(both: Month):
    month = both
    answered(month)
    assert month.bill().packet == 3
    assert month.sent(3) == {} and month.changes(3)["A1001"] == ("changed", STANDS)
    (left,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "A1001"]
    assert left["what_to_do"].startswith("Claims are with both plans, and the first plan's answer is no longer")
    assert "packets/2025-11/3/claims/by-hand.csv" not in month.shelf.objects, "nothing is to be entered"
    assert month.faults(3) == [] and month.bill().unchanged
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1002,patient_call,chronic,remote,Late row")
    assert month.bill().packet == 4
    for packet in (3, 4):  # what both plans hold stays told
        assert standing(month, packet) == [("Medicare", "", "sent"), ("Acme Health (60054)", "Medicare", "sent")]
    medicare_answered(month)
    assert month.bill().packet == 5
    assert month.sent(5) == {} and month.rows(5, "corrections.csv") == [], "the answer is there again, and both claims stand"
    assert month.changes(5)["A1001"] == ("no claim affected", "nothing to send")
    assert month.faults(5) == [] and month.bill().unchanged
