"""A clinic's 837I corrected through packet 2: replacements and voids say why, and only what is known is said."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from flows.outbox.pyx12_gate import validate
from tests.corrections.practice_shelf import Month

HAND = "by hand: see corrections.csv"
REPLACED = "sent in this packet as a replacement of the payer's claim"
ENTERED = "entered by hand: the payer has answered"
VOIDED = "withdrawn in this packet: the payer's claim is voided"
RECORDS = "inbox/records/"


@pytest.fixture(scope="module")
def sealed(no_documents: None) -> dict[str, bytes]:
    month = Month("rural-2025-06")
    assert month.bill().packet == 1
    return month.shelf.objects


@pytest.fixture
def month(sealed: dict[str, bytes]) -> Month:
    return Month.resumed(sealed, "rural-2025-06")


def referred(month: Month, mrn: str, code: str = "") -> None:
    text = f"claim_id,payer_claim_number,condition_code\n{month.claim_of(mrn)},22515300001{mrn},{code}\n"
    month.shelf.objects[f"corrections/{month.month}/payer-references.csv"] = text.encode()


def told(month: Month, packet: int) -> list[list[str]]:
    """CLM05, REF F8 and condition code of each claim in the packet's 837I, which the independent validator accepts."""
    text = month.file(packet, "claims/837I-medicare-1.837").decode()
    assert validate(text) == ()
    found: list[list[str]] = []
    for segment in (part.split("*") for part in text.replace("\n", "").split("~")):
        if segment[0] == "CLM":
            found.append([segment[5]])
        elif segment[:2] == ["REF", "F8"] or (segment[0] == "HI" and segment[1].startswith("BG:")):
            found[-1].append(segment[-1])
    return found


def sound(month: Month, packet: int) -> bool:
    """Whether the packet refers to the one before; it must be proved by what is in it."""
    assert month.faults(packet) == []
    return json.loads(month.file(packet, "manifest.json"))["refers_to"] == packet - 1


def dearer(month: Month) -> None:
    charges = (replace(c, amount=Decimal("120.00")) if c.code == "G0511" else c for c in month.practice.charges)
    month.practice = replace(month.practice, charges=tuple(charges))


def died(month: Month) -> None:
    month.edit(RECORDS + "patients.csv", "practitioner,enrolled", "practitioner,enrolled,died")
    month.edit(RECORDS + "patients.csv", "dr_whitaker,2025-02-03\n", "dr_whitaker,2025-02-03,2025-06-20\n")


def another_condition(month: Month) -> None:
    month.edit(RECORDS + "conditions.csv", "K1,,38341003", "K1,,13645005,12,yes\nK1,,38341003")


def withdrawn(month: Month) -> None:
    month.edit(RECORDS + "consents.csv", "K1,2025-02-03,granted", "K1,2025-02-03,declined")


@pytest.mark.parametrize(
    ("change", "chosen", "place", "code", "sending"),
    [
        (dearer, "", "71:A:7", "D1", REPLACED),
        (died, "", "71:A:7", "D0", REPLACED),
        (another_condition, "E0", "71:A:7", "E0", REPLACED),
        (withdrawn, "D5", "71:A:8", "D5", VOIDED),
        (withdrawn, "D6", "71:A:8", "D6", VOIDED),
    ],
)
def test_a_correction_carries_the_payers_number_and_one_reason(month: Month, change, chosen, place, code, sending):
    referred(month, "K1", chosen)
    change(month)
    assert month.bill().packet == 2
    assert month.changes(2)["K1"][1] == sending
    assert told(month, 2) == [[place, "22515300001K1", f"BG:{code}"]]
    assert sound(month, 2)
    assert month.bill().unchanged


@pytest.mark.parametrize(
    ("change", "chosen", "todo"),
    [
        (another_condition, "", "More than one part"),
        (another_condition, "D5", "More than one part"),
        (withdrawn, "", "D5 or D6"),
        (withdrawn, "D1", "D5 or D6"),
    ],
)
def test_a_reason_that_nobody_gave_is_not_guessed(month: Month, change, chosen, todo):
    referred(month, "K1", chosen)
    change(month)
    assert month.bill().packet == 2
    assert month.changes(2)["K1"][1] == HAND
    (row,) = month.rows(2, "corrections.csv")
    assert todo in row["what_to_do"]
    assert month.sent(2) == {}


def test_a_code_that_no_file_can_carry_rejects_its_row(month: Month):
    referred(month, "K1", "D9")
    withdrawn(month)
    month.bill()
    (row,) = [row for row in month.rows(2, "rejected-rows.csv") if row["field"] == "condition_code"]
    assert row["source"].endswith("payer-references.csv:2")
    assert month.changes(2)["K1"][1] == HAND


def two_plans(month: Month) -> None:
    """K1 has an employer's plan first and Medicare second; nothing is sealed yet."""
    plans = "mrn,plan,start,payer_name,payer_id,member_id,rank,msp_type,ccm,verified_for,authorization_required\n"
    plans += "K1,commercial,2020-01-01,Acme Health,60054,W1234-01,1,,covered,2025-06,no\nK1,medicare,2020-01-01,,,,2,12,,,\n"
    month.shelf.objects[RECORDS + "coverage-two-plans.csv"] = plans.encode()
    month.edit(RECORDS + "coverage.csv", "K1,medicare,2020-01-01\n", "")
    month.shelf.objects = {key: data for key, data in month.shelf.objects.items() if not key.startswith("packets/")}


def answers(month: Month, *rows: str) -> None:
    text = "mrn,month,payer_id,on,code,paid,adjustments\n" + "".join(f"K1,2025-06,{row}\n" for row in rows)
    month.shelf.objects[RECORDS + "remittances.csv"] = text.encode()


DENIED, MEDICARE_PAID = "60054,2025-07-20,G0511,0,CO-50 110.00", "{},2025-08-20,G0511,60.00,CO-45 50.00"


@pytest.mark.parametrize("sealed_before", [True, False], ids=["after packet 1", "before any packet"])
def test_a_claim_that_no_file_can_carry_is_entered_by_hand_and_billed_once_its_payer_answers(month: Month, sealed_before: bool):
    """What a clinic's claim says of a denial has days and reasons on no record here."""
    two_plans(month)
    if sealed_before:
        month.bill()
    answers(month, DENIED)
    packet = month.bill().packet
    (held,) = [row for row in month.rows(packet, "held.csv") if row["mrn"] == "K1" and row["reason_id"] == "claim.invalid"]
    assert "CO-50" in held["detail"] and "Once its payer has answered, send that answer too" in held["detail"]
    typed = [(row["mrn"], row["payer_id"], row["code"]) for row in month.rows(packet, "claims/by-hand.csv")]
    assert typed == [("K1", month.practice.contractor_part_a, "G0511")]
    assert "Enter or correct by hand" in month.file(packet, "index.html").decode()
    assert month.faults(packet) == [] and month.bill().unchanged

    answers(month, DENIED, MEDICARE_PAID.format(month.practice.contractor_part_a))
    packet = month.bill().packet
    assert month.changes(packet)["K1"] == ("changed" if sealed_before else "newly billable", ENTERED)
    assert month.sent(packet) == {} and f"packets/2025-06/{packet}/claims/by-hand.csv" not in month.shelf.objects
    assert [row["mrn"] for row in month.rows(packet, "billed.csv")].count("K1") == 1
    rows = [row for row in month.rows(packet, "claims/already-sent.csv") if row["mrn"] == "K1"]
    standing = [(row["payer"], row["paid_first_by"], row["how"]) for row in rows]
    first = [("Acme Health (60054)", "", "sent")] if sealed_before else []
    assert standing == [*first, ("Medicare", "Acme Health (60054)", "by hand")]
    assert month.faults(packet) == [] and month.bill().unchanged

    withdrawn(month)
    packet = month.bill().packet
    assert month.changes(packet)["K1"][0] == "withdrawn"
    month.edit(RECORDS + "consents.csv", "K1,2025-02-03,declined", "K1,2025-02-03,granted")
    packet = month.bill().packet  # what became of the entered claim nobody told, and its answer is an old one
    assert month.changes(packet)["K1"] == ("billed again", HAND) and month.sent(packet) == {}
    assert [row["mrn"] for row in month.rows(packet, "claims/by-hand.csv")] == ["K1"]
    assert month.faults(packet) == [] and month.bill().unchanged

    dearer(month)
    packet = month.bill().packet
    assert month.changes(packet)["K1"][1] != HAND, (
        "the first plan's answer is to another charge: held, and what was entered stands"
    )
    assert month.faults(packet) == [] and month.bill().unchanged


@pytest.mark.parametrize("named", [False, True])
def test_the_second_of_two_plans_that_have_the_claim_is_sent_only_a_number_that_names_it(month: Month, named: bool):
    """Both plans know the claim by one id, so whose number a row without a payer id holds cannot be told."""
    two_plans(month)
    month.bill()
    answers(month, "60054,2025-07-20,G0511,60.00,CO-45 30.00; PR-2 20.00")
    month.bill()
    assert "HI*BE:12:::60" in month.file(2, "claims/837I-medicare-1.837").decode()
    payer_id = month.practice.contractor_part_a if named else ""
    text = f"claim_id,payer_claim_number,condition_code,payer_id\n{month.claim_of('K1')},22515300001K1,D5,{payer_id}\n"
    month.shelf.objects[f"corrections/{month.month}/payer-references.csv"] = text.encode()
    withdrawn(month)
    assert month.bill().packet == 3
    if named:
        assert told(month, 3) == [["71:A:8", "22515300001K1", "BG:D5"]]
    else:
        assert month.sent(3) == {}, "no void names a number that may be the first plan's"
    (left,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "K1"]
    assert ("payer_id" in left["what_to_do"]) != named and "Acme Health" in left["what_to_do"]
    assert sound(month, 3)
