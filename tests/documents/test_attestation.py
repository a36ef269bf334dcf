"""The supervision attestation: what it lists, and that its fingerprint changes with anything that was signed."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pikepdf
import pytest

from flows.ccm.decision import DecisionLine
from flows.outbox.attestation import attestation, attested_services, attesting_practitioners, fingerprint, short_form
from flows.outbox.pdf import Document, render
from flows.outbox.wording import clock
from tests.documents.examples import FORMULA_NAME, HOSTILE_NAME, crowded_month, month_result, personal_month
from tests.documents.pdf_text import page_text, squeezed, text_of


def _pdf(month, practitioner="dr_a"):
    return render(Document("a.pdf", attestation(month, practitioner)))


def test_it_lists_the_practitioners_billed_patients_and_nobody_else():
    month = month_result()
    assert attesting_practitioners(month) == ("dr_a", "np_b")
    listed = [s.patient_month.patient.family_name for s in attested_services(month, "dr_a")]
    assert listed == [HOSTILE_NAME, FORMULA_NAME, "Alba"]
    assert [s.patient_month.patient.key for s in attested_services(month, "np_b")] == ["p004"]


def test_it_says_who_performed_what_with_credential_and_employer_and_how_long():
    text = text_of(_pdf(month_result()))
    row = "Alba, Rosa February 1, 1944 · MRN M0001 99490 ×1, 99439 ×1 November 30, 2025 45:30"
    people = "20:30 Tom Baker, RN, vendor 15:00 Ann Lee, RN 10:00 Elena Rivera, MD"
    assert squeezed(row + people) in text
    for part in (
        "Signature of the billing practitioner",
        "Elena Rivera, MD",
        "Date",
        "42 CFR 410.26(b)(5)",
        "I supervised the clinical staff",
    ):
        assert squeezed(part) in text
    assert squeezed(short_form(fingerprint(month_result(), "dr_a"))) in text


def test_minutes_that_earned_no_code_stand_apart_and_are_in_no_sum():
    month = personal_month()
    text = text_of(_pdf(month))
    assert squeezed("99491 ×1 November 30, 2025 31:00 31:00 Elena Rivera, MD * 6:03 Tom Baker, RN, vendor") in text
    assert squeezed("* Logged for the patient too; no billed code rests on it.") in text
    counted = 1860 + sum(sum(d.seconds.values()) for d in month.decisions[1:3])
    assert squeezed(f"{clock(counted)} minutes and seconds") in text
    assert "*" not in text_of(_pdf(crowded_month(3)))


@pytest.mark.parametrize("patients", [1, 5, 6, 7, 8, 9, 25, 26, 27])
def test_the_place_to_sign_follows_the_list_and_never_stands_without_a_row_of_it(patients):
    signed = Document("a.pdf", attestation(crowded_month(patients), "dr_a"), "Sign here")
    with pikepdf.open(io.BytesIO(render(signed))) as pdf:
        (field,) = pdf.Root.AcroForm.Fields
        assert field.P.objgen == pdf.pages[-1].objgen
        assert float(field.Rect[1]) > 21 / 25.4 * 72, "on the paper above the foot"
        last_page = squeezed(page_text(pdf.pages[-1]))
    for part in (
        f"MRN Q{patients - 1}",
        "Signature of the billing practitioner Elena Rivera, MD",
        "The signature covers the list above",
    ):
        assert squeezed(part) in last_page


def test_twenty_patients_fit_two_pages_and_the_whole_fingerprint_is_in_the_file():
    month = crowded_month(20)
    with pikepdf.open(io.BytesIO(_pdf(month))) as pdf:
        assert len(pdf.pages) <= 2
        assert str(pdf.docinfo["/Keywords"]) == f"sha256:{fingerprint(month, 'dr_a')}"
    assert text_of(_pdf(month)).count("Dates of service".replace(" ", "")) == 2  # the header row again on the second page


def _changed(month, at, *, patient=None, decision=None, piece=None):
    months, decisions = list(month.patient_months), list(month.decisions)
    if patient:
        months[at] = replace(months[at], patient=replace(months[at].patient, **patient))
    if decision:
        decisions[at] = replace(decisions[at], **decision)
    if piece:
        decisions[at] = replace(decisions[at], pieces=(replace(decisions[at].pieces[0], **piece), *decisions[at].pieces[1:]))
    return replace(month, patient_months=tuple(months), decisions=tuple(decisions))


@pytest.mark.parametrize(
    "change",
    [
        {"patient": {"family_name": "Albas"}},
        {"patient": {"born": date(1944, 2, 2)}},
        {"decision": {"lines": month_result().decisions[0].lines[:1]}},
        {"decision": {"lines": (DecisionLine("99491", 1, None, month_result().decisions[0].lines[0].expected),)}},
        {"decision": {"service_to": date(2025, 11, 29)}},
        {"decision": {"place_of_service": "22"}},
        {"decision": {"outcome": "hold"}},
        {"piece": {"seconds": 901}},
        {"piece": {"person": "v7"}},
        {"piece": {"credential": "LPN"}},
        {"piece": {"fate": "time.face_to_face"}},
    ],
    ids=lambda change: "-".join(key for part in change.values() for key in part),
)
def test_any_change_of_what_was_signed_changes_the_fingerprint(change):
    before = month_result()
    assert fingerprint(_changed(before, 0, **change), "dr_a") != fingerprint(before, "dr_a")


def test_a_change_of_the_wording_changes_it_too():
    before = month_result()
    text = replace(before.rules.attestation, paragraphs=("I supervised nobody.",))
    assert fingerprint(replace(before, rules=replace(before.rules, attestation=text)), "dr_a") != fingerprint(before, "dr_a")


def test_what_was_not_signed_leaves_it_alone():
    before = month_result()
    held = _changed(before, 4, patient={"family_name": "Other"}, piece={"seconds": 1})
    turned = replace(before, patient_months=before.patient_months[::-1], decisions=before.decisions[::-1])
    assert {fingerprint(m, "dr_a") for m in (before, held, turned)} == {fingerprint(before, "dr_a")}
