"""A month billed again after something came late: what is sent, what is not sent again, what is left to a person."""

from __future__ import annotations

import html
import json
import re

import pytest

from flows import packets, steps
from flows.ccm.month_result import MonthResult
from tests.corrections.practice_shelf import LATE, Month

HAND = "by hand: see corrections.csv"
SENT = "sent in this packet"


@pytest.fixture(scope="module")
def sealed(no_documents: None) -> dict[str, bytes]:
    month = Month()
    assert month.bill().packet == 1
    return month.shelf.objects


@pytest.fixture
def month(sealed: dict[str, bytes]) -> Month:
    return Month.resumed(sealed)


def test_a_first_packet_sends_everything_and_corrects_nothing(month: Month):
    assert month.sent(1) == dict.fromkeys(("A1001", "A1004", "A1005", "A1006", "A1009"), "1")
    claims = {(row["mrn"], row["claim_id"]) for row in month.rows(1, "claims/claim-sheet.csv")}
    assert {(row["mrn"], row["claim_id"]) for row in month.rows(1, "billed.csv")} == claims
    page = month.file(1, "index.html").decode()
    assert all(f">{claim_id}<" in page for _, claim_id in claims)
    assert not [key for key in month.shelf.objects if key.endswith(("changes.csv", "corrections.csv", "already-sent.csv"))]
    assert 'id="changes"' not in month.file(1, "index.html").decode()


def test_the_same_month_again_is_the_same_packet(month: Month):
    before = dict(month.shelf.objects)
    assert month.bill() == steps.Sealed(1, len([key for key in before if key.startswith("packets/")]), True)
    assert month.shelf.objects == before


def again_in_other_order(month: Month) -> None:
    header, *rows = month.shelf.objects["inbox/calls/2025-11/late.csv"].decode().splitlines(keepends=True)
    month.shelf.objects["inbox/calls/2025-11/late.csv"] = "".join([header, *reversed(rows)]).encode()


def delivered_twice(month: Month) -> None:
    for name in ("week-1", "late"):
        month.shelf.objects[f"inbox/calls/2025-11/{name}-again.csv"] = month.shelf.objects[f"inbox/calls/2025-11/{name}.csv"]


def split_in_two_files(month: Month) -> None:
    header, *rows = month.shelf.objects["inbox/calls/2025-11/late.csv"].decode().splitlines(keepends=True)
    month.shelf.objects["inbox/calls/2025-11/late.csv"] = "".join([header, *rows[:5]]).encode()
    month.shelf.objects["inbox/calls/2025-11/later.csv"] = "".join([header, *rows[5:]]).encode()


def renamed(month: Month) -> None:
    month.shelf.objects["inbox/calls/2025-11/aaa.csv"] = month.shelf.objects.pop("inbox/calls/2025-11/week-1.csv")


@pytest.mark.parametrize("change", [again_in_other_order, delivered_twice, split_in_two_files, renamed])
def test_another_way_of_delivery_changes_nothing(month: Month, change):
    change(month)
    assert month.bill().unchanged
    assert packets.sealed_numbers(month.shelf, month.month) == (1,)


def test_late_minutes_add_change_and_repeat_nothing(month: Month):
    month.late(
        "x1,2025-11-26T09:00:00,1,rn_tavares,A1003,patient_call,chronic,remote,Late row",
        "x2,2025-11-26T10:00:00,15,rn_tavares,A1001,patient_call,chronic,remote,Late row",
        "x3,2025-11-26T11:00:00,20,rn_abara,A1006,patient_call,chronic,remote,Late row",
        "x4,2025-11-26T13:00:00,2,rn_tavares,A1005,patient_call,chronic,remote,Late row",
        "x5,2025-11-26T14:00:00,2,rn_tavares,A1002,patient_call,chronic,remote,Late row",
    )
    assert month.bill() == steps.Sealed(2, len([k for k in month.shelf.objects if k.startswith("packets/2025-11/2/")]), False)
    assert json.loads(month.file(2, "manifest.json"))["refers_to"] == 1
    assert month.changes(2) == {
        "A1001": ("changed", HAND),
        "A1002": ("no claim affected", "nothing to send"),
        "A1003": ("newly billable", SENT),
        "A1005": ("no claim affected", "nothing to send"),
        "A1006": ("changed", HAND),
    }
    assert month.sent(2) == {"A1003": "1"}
    told = {row["mrn"]: row for row in month.rows(2, "corrections.csv")}
    assert set(told) == {"A1001", "A1006"}
    assert "Ask the contractor for a clerical error reopening" in told["A1001"]["what_to_do"]
    assert "payer-references.csv" in told["A1006"]["what_to_do"]
    assert told["A1001"]["codes_before"] == "99490 ×1, 99439 ×1"
    assert told["A1001"]["codes_after"] == "99490 ×1, 99439 ×2"
    before = {row["mrn"]: row for row in month.rows(1, "claims/claim-sheet.csv")}
    assert told["A1001"]["payer"] == "Medicare" and told["A1006"]["payer"] == "Example Advantage (SYNMA1)"
    for mrn, row in told.items():
        assert row["patient_id"] == before[mrn]["patient_id"] and before[mrn]["charge"] in row["charges_sent"].split(", ")
    typed = [(row["mrn"], row["code"], row["units"]) for row in month.rows(2, "claims/by-hand.csv")]
    assert [row for row in typed if row[0] == "A1001"] == [("A1001", "99490", "1"), ("A1001", "99439", "2")]
    assert {row[0] for row in typed} == {"A1001", "A1006"}, "what a file carries is not typed in"
    row = next(row for row in month.rows(2, "changes.csv") if row["mrn"] == "A1003")
    assert (row["outcome_before"], row["outcome_after"]) == ("not billable", "billed")
    assert (row["minutes_seconds_before"], row["minutes_seconds_after"]) == ("19:59", "20:59")
    assert {row["mrn"] for row in month.rows(2, "claims/already-sent.csv")} == {"A1004", "A1005", "A1009"}
    page = month.file(2, "index.html").decode()
    assert re.search(r"What changed since packet 1", page)
    assert "3 claims stand as an earlier packet left them" in page
    assert f"Example Advantage (SYNMA1), patient's number {told['A1006']['patient_id']}: " in html.unescape(page)
    assert page.count(told["A1001"]["claim_id"]) > 1, "the search finds the change by the claim's id"
    assert month.bill().unchanged, "what was told once is not told again"


def test_a_correction_by_hand_tells_the_payers_own_number_where_it_is_known(month: Month):
    month.references(f"{month.claim_of('A1001')},ICN-77")
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1001,patient_call,chronic,remote,Late row")
    month.bill()
    (row,) = month.rows(2, "corrections.csv")
    assert (row["payer"], row["payer_claim_number"]) == ("Medicare", "ICN-77")
    assert "its number of the claim ICN-77" in month.file(2, "index.html").decode()


def test_a_payer_that_takes_corrections_gets_a_replacement_with_its_own_number(month: Month):
    claim = month.claim_of("A1006")
    month.references(f"{claim},REF-9911")
    month.late("x3,2025-11-26T11:00:00,20,rn_abara,A1006,patient_call,chronic,remote,Late row")
    assert month.bill().packet == 2
    assert month.changes(2)["A1006"] == ("changed", "sent in this packet as a replacement of the payer's claim")
    assert month.sent(2) == {"A1006": "7"}
    (row,) = {r["original_reference"] for r in month.rows(2, "claims/claim-sheet.csv")}
    assert row == "REF-9911"
    assert month.rows(2, "corrections.csv") == []
    assert month.bill().unchanged


def test_a_number_that_comes_later_lets_the_change_be_sent(month: Month):
    month.late("x3,2025-11-26T11:00:00,20,rn_abara,A1006,patient_call,chronic,remote,Late row")
    assert month.bill().packet == 2
    assert month.sent(2) == {}
    month.references(f"{month.claim_of('A1006')},REF-9911")
    assert month.bill().packet == 3
    assert json.loads(month.file(3, "manifest.json"))["refers_to"] == 2
    assert month.sent(3) == {"A1006": "7"}
    assert month.bill().unchanged


def test_medicare_part_b_is_never_sent_a_replacement_whatever_is_on_file(month: Month):
    month.references(f"{month.claim_of('A1001')},REF-1")
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1001,patient_call,chronic,remote,Late row")
    assert month.bill().packet == 2
    assert month.sent(2) == {}
    assert month.changes(2) == {"A1001": ("changed", HAND)}


def test_a_withdrawn_claim_is_voided_or_told(month: Month):
    month.references(f"{month.claim_of('A1006')},REF-9911")
    for mrn in ("A1005", "A1006"):
        text = month.shelf.objects["inbox/records/consents.csv"].decode()
        kept = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(mrn))
        assert kept != text
        month.shelf.objects["inbox/records/consents.csv"] = kept.encode()
    assert month.bill().packet == 2
    assert month.changes(2) == {
        "A1005": ("withdrawn", HAND),
        "A1006": ("withdrawn", "withdrawn in this packet: the payer's claim is voided"),
    }
    assert month.sent(2) == {"A1006": "8"}
    (row,) = month.rows(2, "corrections.csv")
    assert (row["mrn"], row["change"]) == ("A1005", "withdrawn")
    assert "reopen" in row["what_to_do"]
    assert (row["payer"], row["codes_sent"], row["dates_sent"]) == ("Medicare", "99487 x1", "2025-11-30 to 2025-11-30")
    assert "packets/2025-11/2/claims/by-hand.csv" not in month.shelf.objects, "a withdrawn claim is typed in nowhere"
    assert month.bill().unchanged


def test_what_a_correction_withdraws_is_counted_beside_what_was_billed(month: Month):
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1001,patient_call,chronic,remote,Late row")  # changed, and billed before
    month.late(
        "x1,2025-11-26T09:00:00,1,rn_tavares,A1003,patient_call,chronic,remote,Late row", key=LATE.replace("2.csv", "3.csv")
    )
    lines = month.shelf.objects["inbox/records/consents.csv"].decode().splitlines(keepends=True)
    month.shelf.objects["inbox/records/consents.csv"] = "".join(x for x in lines if not x.startswith(("A1005", "A1006"))).encode()
    result = steps.decide_month(steps.read_month(month.shelf, month.practice, month.month), month.practice, month.month)
    told = steps.correct_month(month.shelf, result, 2)
    assert isinstance(told, MonthResult) and told.correction is not None
    assert told.correction.withdrawn == (2, 5)


def test_a_number_of_a_claim_that_a_person_withdraws_is_set_aside_and_says_so(month: Month):
    consents = month.shelf.objects["inbox/records/consents.csv"]
    lines = consents.decode().splitlines(keepends=True)
    month.shelf.objects["inbox/records/consents.csv"] = "".join(x for x in lines if not x.startswith("A1006")).encode()
    month.bill()
    month.references(f"{month.claim_of('A1006')},REF-9911")
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1001,patient_call,chronic,remote,Late row")
    assert month.bill().packet == 3
    (told,) = [i for i in json.loads(month.file(3, "manifest.json"))["inputs"] if i["key"].endswith("payer-references.csv")]
    assert (told["rows"], told["excluded"], told["excluded_as"]) == (1, 1, {"claim left to be withdrawn by hand": 1})
    assert month.sent(3) == {} and month.faults(3) == []


def test_what_was_voided_and_is_billed_again_is_an_original(month: Month):
    consents = month.shelf.objects["inbox/records/consents.csv"]
    month.references(f"{month.claim_of('A1006')},REF-9911")
    lines = consents.decode().splitlines(keepends=True)
    gone = "".join(line for line in lines if not line.startswith(("A1005", "A1006")))
    month.shelf.objects["inbox/records/consents.csv"] = gone.encode()
    month.bill()
    month.shelf.objects["inbox/records/consents.csv"] = consents
    assert month.bill().packet == 3
    assert month.changes(3) == {"A1005": ("billed again", HAND), "A1006": ("billed again", SENT)}
    assert month.sent(3) == {"A1006": "1"}


def test_what_a_payer_was_sent_is_told_as_it_was_sent_through_every_step_by_hand(month: Month):
    consents = month.shelf.objects["inbox/records/consents.csv"]
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1001,patient_call,chronic,remote,Late row")
    month.bill()  # a unit more, left to a person
    lines = consents.decode().splitlines(keepends=True)
    month.shelf.objects["inbox/records/consents.csv"] = "".join(x for x in lines if not x.startswith("A1001")).encode()
    month.bill()  # withdrawn by a person
    month.shelf.objects["inbox/records/consents.csv"] = consents
    assert month.bill().packet == 4  # billed again
    sent = [next(r for r in month.rows(n, "corrections.csv") if r["mrn"] == "A1001")["codes_sent"] for n in (2, 3, 4)]
    assert sent == ["99490 x1, 99439 x1"] * 3
    typed = [(r["code"], r["units"]) for r in month.rows(4, "claims/by-hand.csv") if r["mrn"] == "A1001"]
    assert typed == [("99490", "1"), ("99439", "2")]


def test_a_change_undone_is_told_as_one(month: Month):
    month.late("x2,2025-11-26T10:00:00,15,rn_tavares,A1001,patient_call,chronic,remote,Late row")
    month.bill()
    del month.shelf.objects[LATE]
    assert month.bill().packet == 3
    (row,) = month.rows(3, "corrections.csv")
    assert row["what_to_do"].startswith("The claim is again as it was first sent.")
    assert month.sent(3) == {}
    assert month.bill().unchanged


def test_a_new_record_with_a_billed_patients_number_holds_and_withdraws_nothing(month: Month):
    """One of the two numbers is a slip of the pen, and whose it is is asked before a claim is taken back."""
    patients = month.shelf.objects["inbox/records/patients.csv"].decode().splitlines(keepends=True)
    (line,) = [x for x in patients if x.startswith("A1001,")]
    header, values = patients[0].rstrip("\n").split(","), line.rstrip("\n").split(",")
    other = dict(zip(header, values, strict=True)) | {"mrn": "A9999", "born": "1950-02-02", "given_name": "Zoe"}
    added = ",".join(other[name] for name in header) + "\n"
    month.shelf.objects["inbox/records/patients.csv"] += added.encode()
    assert month.bill().packet == 2
    assert month.sent(2) == {} and month.rows(2, "corrections.csv") == []
    (held,) = [row for row in month.rows(2, "held.csv") if row["mrn"] == "A1001"]
    assert "another record of the practice has the same Medicare number" in held["detail"]
    assert [row["payer"] for row in month.rows(2, "claims/already-sent.csv") if row["mrn"] == "A1001"] == ["Medicare"]
    assert month.faults(2) == [] and month.bill().unchanged
    month.edit("inbox/records/patients.csv", added, "")
    assert month.bill().packet == 3
    assert month.sent(3) == {} and month.rows(3, "corrections.csv") == [] and month.faults(3) == []


def test_a_late_row_that_is_rejected_is_told_though_no_decision_changed(month: Month):
    month.late("x9,2025-11-26T10:00:00,15,rn_tavares,ZZZ,patient_call,chronic,remote,Nobody")
    assert month.bill().packet == 2
    assert month.changes(2) == {}
    assert month.sent(2) == {}
    assert "the rejected rows did" in month.file(2, "index.html").decode()
    assert month.bill().unchanged


def test_reference_rows_that_cannot_be_used_are_rejected_with_their_line(month: Month):
    claim, other = month.claim_of("A1006"), month.claim_of("A1001")
    month.references(f"{claim},R1", f"{claim},R2", "CUNKNOWN,R3", f"{other},")
    month.late("x3,2025-11-26T11:00:00,20,rn_abara,A1006,patient_call,chronic,remote,Late row")
    assert month.bill().packet == 2
    told = [row for row in month.rows(2, "rejected-rows.csv") if "payer-references" in row["source"]]
    assert [(row["source"].rpartition(":")[2], row["field"]) for row in told] == [
        ("2", "payer_claim_number"),
        ("3", "payer_claim_number"),
        ("4", "claim_id"),
        ("5", "payer_claim_number"),
    ]
    assert month.changes(2)["A1006"] == ("changed", HAND)


def test_another_run_that_sealed_meanwhile_is_seen_before_anything_is_written(month: Month):
    month.late("x1,2025-11-26T09:00:00,1,rn_tavares,A1003,patient_call,chronic,remote,Late row")
    intake = steps.read_month(month.shelf, month.practice, month.month)
    told = steps.correct_month(month.shelf, steps.decide_month(intake, month.practice, month.month), 3)
    files = steps.make_packet(told, 3, 1)
    assert month.bill().packet == 2
    before = dict(month.shelf.objects)
    with pytest.raises(packets.PacketDiffers) as raised:
        steps.seal(month.shelf, told, files, 3)
    assert raised.value.next == 3
    assert month.shelf.objects == before
