"""The documents in the rulebook's own words: each reason has what a reader needs, and the wording fits the layout."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf

from flows.ccm.decision import Reason
from flows.ccm.practice import terms_of
from flows.outbox.attestation import attestation
from flows.outbox.page import write_page
from flows.outbox.pdf import Document, render
from flows.rulebook.resolve import load
from tests.documents.examples import MONTH, PRACTICE, crowded_month, month_result
from tests.documents.pdf_text import squeezed, text_of
from tests.documents.test_page import Reader

RULES = load().in_force(MONTH, terms_of(PRACTICE, MONTH.last_day))


def test_every_reason_for_a_hold_tells_the_practice_what_to_do():
    month = month_result()
    holds = [text for text in RULES.reasons.values() if text.kind == "hold"]
    held = replace(month.decisions[4], reasons=tuple(Reason(text.id) for text in holds))
    month = replace(month, rules=RULES, decisions=(*month.decisions[:4], held, *month.decisions[5:]))
    shown = Reader(write_page(month, 1, {})).shown
    assert len(holds) > 10
    for text in holds:
        assert text.remedy
        assert f"{text.message} What to do: {text.remedy}" in shown


def test_the_attestation_for_twenty_patients_is_two_pages_in_the_wording_in_force():
    pdf = render(Document("a.pdf", attestation(replace(crowded_month(20), rules=RULES), "dr_a")))
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        assert len(opened.pages) == 2
    for paragraph in RULES.attestation.paragraphs:
        assert squeezed(paragraph) in text_of(pdf)
