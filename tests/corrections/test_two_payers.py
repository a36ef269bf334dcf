"""A patient with two plans: who is billed first, what is waited for, and the second claim once the first payer has answered."""

from __future__ import annotations

import json
import re

import pytest

from flows import ledger, steps
from flows.binder import binders
from flows.ccm.claim_record import ClaimRecord
from flows.ccm.decision import BILL, HOLD, Decision
from flows.ccm.patient_month import PatientMonth
from flows.outbox.attested_list import as_attested, list_faults
from flows.outbox.manifest import read_manifest
from flows.outbox.pyx12_gate import validate
from flows.verify.claims import claim_faults
from tests.corrections.practice_shelf import Month

COVERAGE = "inbox/records/coverage.csv"
FIRST = "A1001,commercial,Acme Health,60054,W1234-01,2020-01-01,,{rank},,{ccm},2025-11,no,,,\n"
ANSWER = "mrn,month,payer_id,on,code,paid,adjustments\n"
ROWS = (
    "A1001,2025-11,60054,2025-12-18,99490,80.00,CO-45 30.00; PR-2 15.00\n",
    "A1001,2025-11,60054,2025-12-20,99439,0,CO-96 {}\n",
)


def two_plans(
    first_rank: str = "1", medicare_rank: str = "2", ccm: str = "covered", msp: str = "12", first: bool = True
) -> Month:
    month = Month()
    month.edit(COVERAGE, "A1001,medicare,,,,2020-01-01,,1,,", f"A1001,medicare,,,,2020-01-01,,{medicare_rank},{msp},")
    if first:
        month.shelf.objects[COVERAGE] += FIRST.format(rank=first_rank, ccm=ccm).encode()
    return month


def with_another(rank: str) -> Month:
    """A third plan in force, another payer's of the first one's kind: of one rank where the first's is left as it is."""
    month = two_plans(rank, "2" if rank == "1" else "1", msp="12" if rank == "1" else "")
    month.shelf.objects[COVERAGE] += FIRST.replace("60054", "60055").format(rank=rank, ccm="covered").encode()
    return month


def two_seconds() -> Month:
    """Medicare and a commercial plan both second to another one."""
    month = two_plans()
    month.shelf.objects[COVERAGE] += FIRST.replace("60054", "60055").format(rank="2", ccm="covered").encode()
    return month


def answered(month: Month, *rows: str) -> None:
    month.shelf.objects["inbox/records/remittances.csv"] = (ANSWER + "".join(rows)).encode()


def full_answer(month: Month) -> tuple[str, ...]:
    """What the first payer answered to both lines, to the cent of what the practice charges."""
    by_code = {c.code: c.amount for c in month.practice.charges if c.end is not None and c.start <= month.month.last_day <= c.end}
    assert by_code["99490"] == 125
    return ROWS[0], ROWS[1].format(by_code["99439"])


def decline(month: Month) -> None:
    month.edit("inbox/records/consents.csv", "A1001,2025-01-06,written,granted,", "A1001,2025-01-06,written,declined,")


def evidence_attested(month: Month, packet: int) -> tuple[Decision, ...]:
    decisions = ledger.from_lines(month.file(packet, ledger.DECISIONS), Decision)
    return as_attested(decisions, ledger.from_lines(month.file(packet, ledger.CLAIM_RECORDS), ClaimRecord))


def decision(month: Month) -> Decision:
    intake = steps.read_month(month.shelf, month.practice, month.month)
    result = steps.decide_month(intake, month.practice, month.month)
    keys = {m.patient.mrn: m.patient.key for m in result.patient_months}
    return next(d for d in result.decisions if d.patient_key == keys["A1001"])


@pytest.mark.parametrize(
    ("month", "reason"),
    [
        (two_plans("", ""), "coverage.order"),
        (two_plans("1", "1"), "coverage.order"),
        (with_another("1"), "coverage.order"),
        (with_another("2"), "coverage.order"),  # which of two would be billed after the first
        (two_seconds(), "coverage.order"),
        (two_plans(first=False), "coverage.primary_first"),
        (two_plans(ccm="not_covered"), "coverage.primary_first"),
    ],
)
def test_what_is_not_known_of_the_order_or_the_answer_holds(month: Month, reason: str):
    found = decision(month)
    assert (found.outcome, [r.id for r in found.reasons]) == (HOLD, [reason])
    assert found.at_stake and found.reasons[0].sources


@pytest.mark.parametrize(
    ("msp", "rows", "field"),
    [
        ("", full_answer, "coverage.msp_type"),
        ("12", lambda m: full_answer(m)[:1], "prior.payments"),  # one line of two
        ("12", lambda m: (*full_answer(m), full_answer(m)[0].replace("2025-12", "2026-01")), "prior.payments"),  # answered twice
        ("12", lambda m: (full_answer(m)[0].replace("PR-2 15", "PR-2 14"), full_answer(m)[1]), "prior.payments"),  # a dollar lost
        ("12", lambda m: tuple(r.replace("2025-12", "2027-12") for r in full_answer(m)), "prior.on"),
    ],
)
def test_an_answer_that_medicare_would_refuse_holds_and_names_it(msp: str, rows, field: str):
    month = two_plans(msp=msp)
    answered(month, *rows(month))
    found = decision(month)
    assert (found.outcome, [r.id for r in found.reasons]) == (HOLD, ["claim.invalid"])
    assert found.reasons[0].detail.startswith(f"{field}: ")


def test_two_answers_to_one_code_say_that_they_are_two_and_when():
    month = two_plans()
    answered(month, *full_answer(month), full_answer(month)[0].replace("2025-12-18", "2026-01-30"))
    (reason,) = decision(month).reasons
    assert "answered more than once to 99490 (2025-12-18, 2026-01-30). Leave in remittances.csv the one" in reason.detail


def test_an_answer_to_other_units_says_that_what_is_billed_may_have_changed():
    month = two_plans()
    answered(month, full_answer(month)[0], full_answer(month)[1].replace("CO-96 ", "CO-96 1"))
    (reason,) = decision(month).reasons
    assert "do not add up to the charge" in reason.detail and "codes or units changed since it answered" in reason.detail


def test_an_answer_of_a_plan_that_the_patient_has_not_is_rejected_and_says_so():
    month = two_plans()
    answered(month, *(row.replace(",60054,", ",60055,") for row in full_answer(month)))
    assert decision(month).outcome == BILL
    intake = steps.read_month(month.shelf, month.practice, month.month)
    found = [(r.reason, r.field, r.source.line) for r in intake.rejects if r.source.key.endswith("remittances.csv")]
    assert found == [("row.bad_value", "payer_id", 2), ("row.bad_value", "payer_id", 3)]


# What holds the claim to Medicare: a dollar lost on the way, an answer to one line of two.
REFUSED = [
    lambda m: (full_answer(m)[0].replace("PR-2 15", "PR-2 14"), full_answer(m)[1]),
    lambda m: full_answer(m)[:1],
]


@pytest.mark.parametrize("refused", REFUSED)
def test_the_first_payers_claim_stands_while_the_second_is_held(refused):
    month = two_plans()
    month.bill()
    answered(month, *refused(month))
    assert month.bill().packet == 2
    assert month.sent(2) == {} and month.rows(2, "corrections.csv") == [], "nothing is to be withdrawn or returned"
    (change,) = [row for row in month.rows(2, "changes.csv") if row["mrn"] == "A1001"]
    assert (change["outcome_before"], change["outcome_after"]) == ("billed", "held")
    assert change["what_becomes_of_the_claim"].startswith("what was sent to a plan stands")
    assert [row["payer"] for row in month.rows(2, "claims/already-sent.csv") if row["mrn"] == "A1001"] == ["Acme Health (60054)"]
    (held,) = [row for row in month.rows(2, "held.csv") if row["mrn"] == "A1001" and row["reason_id"] == "claim.invalid"]
    assert held["detail"].startswith("first plan's answer: ") and "remittances.csv" in held["sources"]
    lists = {key for key in month.shelf.objects if key.startswith("packets/2025-11/1/attestations/") and key.endswith(".jsonl")}
    assert lists, "what was signed for packet 1 holds: the first plan's claim stands"
    assert all(month.shelf.objects[key] == month.shelf.objects[key.replace("/1/", "/2/")] for key in lists)
    evidence = (ledger.from_lines(month.file(2, ledger.PATIENT_MONTHS), PatientMonth), evidence_attested(month, 2))
    assert [fault for key in lists for fault in list_faults(month.shelf.objects[key], *evidence)] == []
    (made,) = binders(month.shelf, [month.month], claims=[month.claim_of("A1001")])
    assert (made.packet, made.newest, made.stands) == (1, 2, True)
    assert month.faults(2) == []
    assert month.bill().unchanged
    answered(month, *full_answer(month))
    assert month.bill().packet == 3
    assert month.sent(3) == {"A1001": "1"} and month.rows(3, "corrections.csv") == []
    assert month.faults(3) == []


def test_what_is_billed_changed_after_the_first_plan_answered_and_no_file_can_tell_it_yet():
    month = two_plans()
    month.bill()
    month.late("x2,2025-11-26T10:00:00,25,rn_tavares,A1001,patient_call,chronic,remote,Late row")
    answered(month, *full_answer(month))  # to one unit less
    assert month.bill().packet == 2
    assert month.sent(2) == {} and month.changes(2)["A1001"][1].startswith("what was sent to a plan stands")
    (row,) = [row for row in month.rows(2, "corrections.csv") if row["mrn"] == "A1001"]
    assert row["what_to_do"].startswith("What is billed changed after the first plan answered")
    assert row["codes_sent"] == "99490 x1, 99439 x1" and "99439 x2" in row["claim_changes"]
    (sent,) = [row for row in month.rows(2, "claims/already-sent.csv") if row["mrn"] == "A1001"]
    assert (sent["payer"], sent["codes"]) == ("Acme Health (60054)", "99490 x1, 99439 x1")
    listed = b"".join(data for key, data in month.shelf.objects.items() if "/2/attestations/" in key).splitlines()
    (line,) = [json.loads(line) for line in listed if b'"A1001"' in line]
    assert line["lines"] == [["99490", 1], ["99439", 1]], "what is attested is what was sent and stands"
    assert month.faults(2) == [] and month.bill().unchanged
    decline(month)
    assert month.bill().packet == 3
    (row,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "A1001"]
    assert "Withdraw it at the payer by hand" in row["what_to_do"] and row["payer"] == "Acme Health (60054)"
    assert month.faults(3) == [] and month.bill().unchanged


def test_the_first_payers_claim_is_billed_again_as_it_stands_where_its_answer_is_taken_back():
    month = two_plans()
    month.bill()
    answered(month, *full_answer(month)[:1])
    month.bill()
    answered(month)
    assert month.bill().packet == 3
    assert month.sent(3) == {} and month.rows(3, "corrections.csv") == []
    assert [row["payer"] for row in month.rows(3, "claims/already-sent.csv") if row["mrn"] == "A1001"] == ["Acme Health (60054)"]
    assert month.faults(3) == []


def with_both(month: Month) -> Month:
    """The month with a claim at each plan."""
    month.bill()
    answered(month, *full_answer(month))
    month.bill()
    return month


def test_both_plans_claims_are_to_be_withdrawn_where_the_service_was_not_billable():
    month = with_both(two_plans())
    decline(month)
    assert month.bill().packet == 3
    (left,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "A1001"]
    assert "Medicare contractor" in left["what_to_do"] and "Acme Health" in left["what_to_do"]
    assert month.faults(3) == []


def test_neither_plans_claim_is_withdrawn_where_the_first_ones_answer_no_longer_fits():
    month = with_both(two_plans())
    answered(month, *full_answer(month)[:1])
    assert month.bill().packet == 3
    (left,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "A1001"]
    assert left["change"] == "changed" and "Withdraw neither" in left["what_to_do"]
    assert month.sent(3) == {} and month.faults(3) == []
    assert month.bill().unchanged
    answered(month, *full_answer(month))
    assert month.bill().packet == 4
    assert month.sent(4) == {} and month.rows(4, "corrections.csv") == [], "both claims are again as they were sent"
    assert month.faults(4) == []


def test_the_first_payers_claim_is_withdrawn_where_the_service_was_not_billable():
    month = two_plans()
    month.bill()
    answered(month, *full_answer(month)[:1])
    month.bill()
    decline(month)
    assert month.bill().packet == 3
    (left,) = [row for row in month.rows(3, "corrections.csv") if row["mrn"] == "A1001"]
    assert left["change"] == "withdrawn"
    assert month.faults(3) == []


def test_an_answer_about_another_month_changes_nothing_and_is_accounted_for():
    month = two_plans()
    answered(month, *(row.replace(",2025-11,", ",2025-10,") for row in full_answer(month)))
    assert decision(month).outcome == BILL
    intake = steps.read_month(month.shelf, month.practice, month.month)
    (account,) = [i for i in intake.inputs if i.key.endswith("remittances.csv")]
    assert (account.rows, account.excluded, account.ignored) == (2, 2, {"remittance of another month": 2})


@pytest.mark.parametrize("ccm", ["covered", "not_covered"])
def test_the_second_payer_is_billed_once_the_first_has_answered(ccm: str):
    month = two_plans(ccm=ccm)
    assert month.bill().packet == 1
    sheet = [row for row in month.rows(1, "claims/claim-sheet.csv") if row["mrn"] == "A1001"]
    assert [row["payer_id"] for row in sheet] == (["60054", "60054"] if ccm == "covered" else [])
    if ccm == "covered":
        first = month.file(1, "claims/837P-60054-1.837").decode()
        assert validate(first) == () and "SBR*S*18***12****MB~" in first and "AMT*" not in first and "SVD*" not in first
    assert ("A second plan pays after" in month.file(1, "index.html").decode()) == (ccm == "covered")
    answered(month, *full_answer(month))
    assert month.bill().packet == 2
    text = month.file(2, "claims/837P-medicare-1.837").decode()
    assert validate(text) == ()
    assert "SBR*S*18***12****MB~" in text and "AMT*D*80~" in text
    assert "SVD*60054*80*HC:99490**1~" in text and "DTP*573*D8*20251220~" in text
    assert text.splitlines()[1].split("*")[4] == "20251220", "prepared on the day of the last answer, not before it"
    assert month.sent(2) == {"A1001": "1"}
    paid = [(row["paid_first_by"], row["paid_first"]) for row in month.rows(2, "claims/claim-sheet.csv")]
    assert paid == [("ACME HEALTH", "80.00"), ("ACME HEALTH", "0.00")]
    assert month.rows(2, "corrections.csv") == [], "the first payer's claim stays as it is"
    assert month.faults(2) == []
    assert json.loads(month.file(2, "manifest.json"))["refers_to"] == 1
    assert month.bill().unchanged


@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        (rb"SVD\*60054\*80", b"SVD*60054*70", "first plan's payments"),
        (rb"SBR\*S\*", b"SBR*P*", "payer's rank"),
        (rb"AMT\*D\*80", b"AMT*D*0", "payment in all"),
    ],
)
def test_a_second_claim_that_tells_another_answer_than_the_record_is_named(find: bytes, put: bytes, told: str):
    month = two_plans()
    month.bill()
    answered(month, *full_answer(month))
    assert month.bill().packet == 2 and month.faults(2) == []
    prefix = f"packets/{month.month}/2/"
    files = {key.removeprefix(prefix): data for key, data in month.shelf.objects.items() if key.startswith(prefix)}
    name = next(name for name, data in files.items() if name.endswith(".837") and b"SVD*" in data)
    files[name], changed = re.subn(find, put, files[name], count=1)
    assert changed
    evidence = ledger.from_lines(files[ledger.PATIENT_MONTHS], PatientMonth), ledger.from_lines(files[ledger.DECISIONS], Decision)
    manifest = read_manifest(files["manifest.json"])
    assert manifest
    faults = [fault for fault in claim_faults(files, manifest, *evidence) if fault.startswith(f"{name}: ")]
    assert len(faults) == 1 and told in faults[0]
