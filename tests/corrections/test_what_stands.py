"""A correction's page asks to sign, hand out and correct by hand what is not as the packet before had it, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from flows import steps
from flows.ccm.month_result import MonthResult
from flows.outbox.attestation import attestation, attestation_name, months_by_signer
from flows.outbox.care_plan_summary import care_plan_name, care_plan_summary
from flows.outbox.documents import Take
from tests.corrections.practice_shelf import Month

LATE_ROW = "x2,2025-11-26T10:00:00,15,rn_tavares,{},patient_call,chronic,remote,Late row"
SIGN, SIGNED, BY_HAND = "Sign:", "Nothing to sign again", "Enter or correct by hand"
HAND_OUT, HANDED_OUT = "Hand out", "Nothing to hand out again:"


@pytest.fixture
def month(no_documents: None, monkeypatch: pytest.MonkeyPatch) -> Month:
    """A month sealed once, its documents not laid out: their text stands for them."""

    def texts(result: MonthResult, take: Take, *_: object) -> None:
        for patient_month, decision in zip(result.patient_months, result.decisions, strict=True):
            if decision.outcome == "bill":
                take(care_plan_name(decision.patient_key), care_plan_summary(result, patient_month, decision).encode())
        for signer, own in months_by_signer(result).items():
            take(attestation_name(signer), attestation(own, signer).encode())

    monkeypatch.setattr(steps, "write_documents", texts)
    month = Month()
    assert month.bill().packet == 1
    return month


def asked(month: Month, packet: int) -> dict[str, str]:
    """The steps that the page of a packet names, each with all it says."""
    page = month.file(packet, "index.html").decode()
    steps_shown = re.search(r'<ol class="steps">(.*?)</ol>', page, re.DOTALL)
    assert steps_shown
    items = re.findall(r"<li><strong>(.*?)</strong>(.*?)</li>", steps_shown[1], re.DOTALL)
    return {name: unescape(re.sub(r"<[^>]*>", "", text)) for name, text in items}


def new_plans(month: Month, packet: int) -> int:
    return month.file(packet, "index.html").decode().count("<em>new</em></td>")


def test_a_first_packet_asks_for_everything(month: Month):
    told = asked(month, 1)
    assert {SIGN, HAND_OUT} <= told.keys() and not {SIGNED, HANDED_OUT, BY_HAND} & told.keys()
    assert new_plans(month, 1) == 0, "where all are new, none is marked"
    assert "(1, marked below) are for the chart" in told["Not to hand out:"]
    page = month.file(1, "index.html").decode()
    assert re.findall(r"MRN (\w+)[^\n]*died November 19, 2025[^\n]*<em>for the chart</em>", page) == ["A1009"]


def test_a_late_row_of_a_patient_not_billed_asks_for_nothing_again(month: Month):
    month.late(LATE_ROW.format("A1002"))
    assert month.bill().packet == 2
    told = asked(month, 2)
    assert {SIGNED, HANDED_OUT} <= told.keys() and not {SIGN, HAND_OUT, BY_HAND} & told.keys()
    assert new_plans(month, 2) == 0


def test_a_billed_patients_late_row_asks_for_that_plan_that_list_and_that_claim(month: Month):
    month.late(LATE_ROW.format("A1001"))
    assert month.bill().packet == 2
    told = asked(month, 2)
    assert {SIGN, HAND_OUT, BY_HAND} <= told.keys() and HANDED_OUT not in told
    assert "of 1 patient, marked new" in told[HAND_OUT] and "The other 3 are as in packet 1." in told[HAND_OUT]
    assert new_plans(month, 2) == 1
    both = {*re.findall(r"\w+ \w+, \w+", told[SIGN]), *re.findall(r"\w+ \w+, \w+", told.get(SIGNED, ""))}
    assert len(both) == len([key for key in month.shelf.objects if re.search(r"/2/attestations/.*\.pdf$", key)])


def test_a_list_that_changed_though_no_decision_did_is_signed_again(month: Month):
    staff = tuple(replace(s, name="Beatriz Tavares-Lund") if s.id == "rn_tavares" else s for s in month.practice.staff)
    month.practice = replace(month.practice, staff=staff)
    month.late(LATE_ROW.format("ZZZ"))  # rejected, so that there is a second packet
    assert month.bill().packet == 2
    assert month.changes(2) == {}
    told = asked(month, 2)
    assert SIGN in told and HAND_OUT in told
