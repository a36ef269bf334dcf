"""Claims on paper: sheets to print where the practice so chose, saying what the claim files say."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pikepdf

from flows.ccm.claim import Claim
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Choice
from flows.outbox.paper_claims import paper_claim_parts, paper_csv
from flows.outbox.pdf import Document, render
from tests.claims import examples
from tests.documents.examples import month_result
from tests.documents.pdf_text import text_of

PRINTED = {"paper_claims": Choice("printed", "Lead", date(2025, 1, 2), "The practice's payers take paper")}


def on_paper(claims: Sequence[Claim], form: str = "837P", chosen: bool = True) -> MonthResult:
    result = month_result()
    practice = replace(result.practice, choices=PRINTED if chosen else {})
    return replace(result, practice=practice, rules=replace(result.rules, claim_form=form), claims=tuple(claims))


def boxes(claims: Sequence[Claim], form: str) -> dict[str, str]:
    (data,) = paper_csv(claims, form).values()
    return {row["box"]: row["value"] for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))}


def test_no_sheet_is_rendered_for_a_practice_that_did_not_choose_paper():
    assert list(paper_claim_parts(on_paper([examples.professional()], chosen=False))) == []


def test_the_sheets_come_fifty_to_a_file_and_lose_no_claim():
    one = examples.professional()
    claims = [replace(one, claim_id=f"C-{n:03d}", patient=replace(one.patient, key=f"p{n}")) for n in range(101)]
    parts = dict(paper_claim_parts(on_paper(claims)))
    assert list(parts) == [f"claims/cms-1500-{n:02d}.pdf" for n in (1, 2, 3)]
    assert [sum(f"claim {c.claim_id}<" in text for c in claims) for text in parts.values()] == [50, 50, 1]


def test_a_sheet_is_a_page_and_says_what_the_csv_says():
    claims = [examples.professional(), examples.secondary()]
    ((name, xhtml),) = paper_claim_parts(on_paper(claims))
    pdf = render(Document(name, xhtml))
    text = "".join(text_of(pdf).split())
    assert name == "claims/cms-1500.pdf"
    assert len(pikepdf.open(io.BytesIO(pdf)).pages) == len(claims)
    for value in boxes(claims, "837P").values():
        assert "".join(value.split()) in text
    for claim in claims:
        assert f"claim{claim.claim_id}" in text


def test_the_paper_form_tells_holder_group_place_and_supervisor():
    told = boxes([examples.dependent()], "837P")
    assert (told["4"], told["6"], told["11"], told["11d"]) == ("Núñez, Ramón", "SPOUSE", "GRP-77", "NO")
    told = boxes([examples.elsewhere()], "837P")
    assert told["17"] == "DQ Ana Reyes MD" and told["17b"] == examples.DOCTOR.npi
    assert told["32"].startswith("Cedar East, 9 Harbor Way") and told["32a"] == "1679576722"
    assert boxes([examples.professional()], "837P")["32a"] == examples.OFFICE.npi


def test_a_clinics_form_has_its_type_of_bill_reason_and_total():
    void = examples.institutional_void()
    told = boxes([void], "837I")
    assert (told["4"], told["18"], told["64A"]) == ("0718", "D1", "22511000001")
    assert Decimal(told["47.23"]) == void.total == Decimal(told["47.1"]) + Decimal(told["47.2"])
    assert (told["67"], told["67A"], told["67B"]) == void.diagnoses
    assert told["76 NPI"] == void.rendering.npi and told["51A"] == examples.CLINIC.contractor_part_a
    assert boxes([void], "837P") == {}
    ((name, xhtml),) = paper_claim_parts(on_paper([void], "837I"))
    assert name == "claims/ub-04.pdf" and "UB-04 values" in xhtml


def test_a_clinics_form_to_medicare_second_tells_the_first_plan_above_and_what_it_paid():
    told = boxes([examples.institutional_second()], "837I")
    assert (told["39a"], told["40a"]) == ("12 40.00", "44 60.00")
    assert (told["50A"], told["58A"], told["59A"], told["54A"]) == ("ACME HEALTH", "Núñez, Rosa", "01", "40.00")
    assert (told["51B"], told["59B"], told["60B"]) == (examples.CLINIC.contractor_part_a, "18", "1EG4TE5MK08")
