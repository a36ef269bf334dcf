"""Claims whose payers change between packets: none is billed twice, none left where it does not belong, and no number misused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from flows import steps
from flows.ccm.month_result import MonthResult
from tests.corrections.payer_world import ADVANTAGE, CONSENTS, MEDICARE, cover
from tests.corrections.practice_shelf import Month
from tests.corrections.test_two_payers import FIRST, answered, decline, full_answer, two_plans

FILE, HAND = "sent in this packet", "by hand: see corrections.csv"
STANDS = "what was sent to a plan stands: see corrections.csv and held.csv"


def medicare(rank: str, msp: str = "") -> str:
    return MEDICARE.format(rank=rank, msp=msp)


def commercial(payer: str, rank: str = "1") -> str:
    return FIRST.replace("60054", payer).replace("Acme Health", f"Health {payer}").format(rank=rank, ccm="covered")


def advantage(payer: str) -> str:
    return ADVANTAGE.format(payer=payer, rank="1")


def told(month: Month, packet: int) -> tuple[str, str]:
    """What becomes of the claim, and what a person is to do about it."""
    todo = [row["what_to_do"] for row in month.rows(packet, "corrections.csv") if row["mrn"] == "A1001"]
    return month.changes(packet)["A1001"][1], " ".join(todo)


def frequency(month: Month, packet: int) -> str:
    return month.sent(packet).get("A1001", "")


def sound(month: Month, packet: int) -> None:
    assert month.faults(packet) == [] and month.bill().unchanged


@pytest.fixture(scope="module")
def sealed(no_documents: None) -> dict[str, bytes]:
    """A commercial plan was billed first and answered, Medicare was billed in packet 2."""
    month = two_plans()
    month.bill()
    answered(month, *full_answer(month))
    assert month.bill().packet == 2
    return month.shelf.objects


@pytest.fixture
def both(sealed: dict[str, bytes]) -> Month:
    return Month.resumed(sealed)


@pytest.fixture(scope="module")
def first_sealed(no_documents: None) -> dict[str, bytes]:
    month = Month()
    month.bill()
    return month.shelf.objects


@pytest.fixture
def month(first_sealed: dict[str, bytes]) -> Month:
    """A month whose first packet is sealed."""
    return Month.resumed(first_sealed)


GONE = "does not stand any more: withdraw it there by hand"


@pytest.mark.parametrize(
    ("plans", "becomes", "sent", "said"),
    [
        ([medicare("1")], HAND, "", ("clerical error reopening", GONE)),
        (
            [medicare("1"), FIRST.format(rank="2", ccm="covered")],
            HAND,
            "",
            ("clerical error reopening", GONE),
        ),
        (
            [commercial("60055"), medicare("2", "12")],
            FILE,
            "1",
            ("Withdraw the earlier one", GONE),
        ),
        ([advantage("SYNMA1")], FILE, "1", ("Withdraw the earlier one", GONE)),
        ([FIRST.format(rank="1", ccm="covered")], STANDS, "", ("billed second is not in force", "at the first plan stands")),
    ],
    ids=["Medicare alone", "the other way round", "another first plan", "an Advantage plan", "the first plan alone"],
)
def test_both_plans_have_a_claim_and_the_order_was_wrong(both: Month, plans: list[str], becomes: str, sent: str, said):
    month = both
    cover(month, *plans)
    assert month.bill().packet == 3
    what, todo = told(month, 3)
    assert (what, frequency(month, 3)) == (becomes, sent)
    for words in said:
        assert words in todo
    assert ("60054" in todo) == (GONE in todo)
    assert "put the answer back" not in todo.lower()
    sound(month, 3)


def test_the_former_first_plan_is_billed_second_only_once_its_claim_is_withdrawn(both: Month):
    month = both
    cover(month, medicare("1"), FIRST.format(rank="2", ccm="covered"))
    month.bill()
    answered(month, *(row.replace(",60054,", ",medicare,") for row in full_answer(month)))
    assert month.bill().packet == 4
    assert frequency(month, 4) == "1" and "SBR*S" in month.file(4, "claims/837P-60054-1.837").decode()
    assert "Send the new one there once that is done" in told(month, 4)[1]
    sound(month, 4)


def test_a_claim_left_to_be_withdrawn_at_the_first_plan_sends_none_to_the_second():
    month = two_plans()
    month.bill()
    consents = month.shelf.objects[CONSENTS]
    decline(month)
    assert month.bill().packet == 2
    assert told(month, 2)[0] == HAND
    month.shelf.objects[CONSENTS] = consents
    answered(month, *full_answer(month))
    assert month.bill().packet == 3
    what, todo = told(month, 3)
    assert (what, frequency(month, 3)) == (HAND, "") and "where it was left there, its answer holds" in todo
    assert [row["payer_id"] for row in month.rows(3, "claims/by-hand.csv")][:1] == [month.practice.contractor]
    sound(month, 3)


def after_a_void(month: Month) -> None:
    consents = month.shelf.objects[CONSENTS]
    decline(month)
    month.bill()
    assert frequency(month, 2) == "8"
    month.shelf.objects[CONSENTS] = consents


def at_another_payer(month: Month) -> None:
    cover(month, advantage("SYNMA2"))


@pytest.mark.parametrize("change", [after_a_void, at_another_payer])
@pytest.mark.parametrize(("new", "replaced"), [("", False), ("NEW2", True)])
def test_a_number_that_names_another_claim_is_not_used_for_this_one(change: Callable[[Month], None], new: str, replaced: bool):
    """That of a claim that a void took back, and one that may be another payer's."""
    month = Month()
    cover(month, advantage("SYNMA1"))
    month.bill()
    claim = month.claim_of("A1001")
    month.references(f"{claim},OLD1")
    change(month)
    packet = month.bill().packet
    assert frequency(month, packet) == "1"
    month.edit("inbox/records/conditions.csv", "A1001,E11.9", "A1001,E66.9,,Obesity,2017-01-01,,24,yes\nA1001,E11.9")
    if new:
        payer = "SYNMA2" if change is at_another_payer else "SYNMA1"
        text = f"claim_id,payer_claim_number,payer_id\n{claim},{new},{payer}\n"
        month.shelf.objects[f"corrections/{month.month}/payer-references.csv"] = text.encode()
    packet = month.bill().packet
    assert frequency(month, packet) == ("7" if replaced else "")
    files = [data for key, data in month.shelf.objects.items() if key.startswith(f"packets/2025-11/{packet}/claims/837")]
    assert not any(b"OLD1" in data for data in files) and any(b"NEW2" in data for data in files) == replaced
    sound(month, packet)


def test_another_payer_gets_an_original_and_the_former_one_is_told(month: Month):
    month.edit("inbox/records/coverage.csv", "Example Advantage,SYNMA1,MA0006", "Other Advantage,SYNMA2,MB0006")
    month.references(f"{month.claim_of('A1006')},REF-9911")
    assert month.bill().packet == 2
    assert month.sent(2) == {"A1006": "1"}
    (row,) = month.rows(2, "corrections.csv")
    assert "Withdraw the earlier one at its payer" in row["what_to_do"]
    assert (row["payer"], row["patient_id"]) == ("Medicare Advantage SYNMA1", "MA0006")


ADVANTAGES = ("Example Advantage,SYNMA1,MA0006", "Other Advantage,SYNMA2,MB0006", "Third Advantage,SYNMA3,MC0006")


def test_a_payer_that_is_billed_again_after_another_is_left_to_a_person(month: Month):
    """What became of the claim that it had is known to nobody but the practice: a second original may be paid as well."""
    first, second, third = ADVANTAGES
    month.edit("inbox/records/coverage.csv", first, second)
    month.bill()
    month.edit("inbox/records/coverage.csv", second, first)
    assert month.bill().packet == 3
    assert (month.changes(3)["A1006"], month.sent(3)) == (("changed", HAND), {})
    (row,) = month.rows(3, "corrections.csv")
    assert row["what_to_do"].startswith("The payer that is billed now has had this claim before")
    assert (row["payer"], row["patient_id"]) == ("Medicare Advantage SYNMA2", "MB0006")
    (typed,) = month.rows(3, "claims/by-hand.csv")
    assert typed["payer_id"] == "SYNMA1"
    assert month.faults(3) == []
    assert month.bill().unchanged
    month.edit("inbox/records/coverage.csv", first, third)
    assert month.bill().packet == 4
    assert month.sent(4) == {"A1006": "1"}, "one that has never had it receives an original"
    month.edit("inbox/records/coverage.csv", third, first)
    month.bill()
    assert (month.changes(5)["A1006"], month.sent(5)) == (("changed", HAND), {})


def test_what_was_to_be_withdrawn_and_goes_to_another_payer_is_an_original_and_names_both(month: Month):
    consents = month.shelf.objects["inbox/records/consents.csv"]
    month.shelf.objects["inbox/records/consents.csv"] = b"".join(
        x for x in consents.splitlines(True) if not x.startswith(b"A1006")
    )
    month.bill()
    month.shelf.objects["inbox/records/consents.csv"] = consents
    month.edit("inbox/records/coverage.csv", *ADVANTAGES[:2])
    assert month.bill().packet == 3
    assert month.sent(3) == {"A1006": "1"}
    (row,) = month.rows(3, "corrections.csv")
    assert "Withdraw the earlier one at its payer" in row["what_to_do"]
    assert (row["change"], row["payer"]) == ("billed again", "Medicare Advantage SYNMA1")
    assert "Payer: was Medicare Advantage SYNMA1; now Other Advantage (SYNMA2)." in row["claim_changes"]


def test_claims_that_move_to_another_payer_count_as_withdrawn_from_the_one_that_has_them(month: Month):
    """A coverage table of another export moves every patient at once, and each is a claim to be taken back."""
    month.edit("inbox/records/coverage.csv", *ADVANTAGES[:2])
    result = steps.decide_month(steps.read_month(month.shelf, month.practice, month.month), month.practice, month.month)
    told = steps.correct_month(month.shelf, result, 2)
    assert isinstance(told, MonthResult) and told.correction is not None
    assert told.correction.withdrawn == (1, 5)
