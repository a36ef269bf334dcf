"""The claim sheet and the paper form say what the claim files say."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.claim import Claim
from flows.outbox.claim_files import write_claim_files
from flows.outbox.claim_sheet import claim_sheet
from flows.outbox.paper_claims import paper_csv
from flows.outbox.spreadsheet import defused
from tests.claims import examples

FAMILIES = {"99490": "99439", "99491": "99437", "99487": "99489"}
CENTS = st.integers(1, 9_999_99).map(lambda n: Decimal(n) / 100)


def cms1500(claims: list[Claim]) -> bytes:
    return paper_csv(claims, "837P")["claims/cms-1500.csv"]


def read(sheet: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"), newline="")))


@st.composite
def claims_of_a_month(draw: st.DrawFn) -> list[Claim]:
    makers = draw(
        st.lists(st.sampled_from([examples.professional, examples.advantage, examples.commercial_replacement]), max_size=8)
    )
    claims = []
    for number, make in enumerate(makers, start=1):
        base = draw(st.sampled_from(sorted(FAMILIES)))
        lines = [examples.line(base, 1, "1", f"{number}-1")]
        if draw(st.booleans()):
            lines.append(examples.line(FAMILIES[base], draw(st.integers(1, 2)), "1", f"{number}-2"))
        priced = tuple(replace(line, charge=draw(CENTS)) for line in lines)
        claim = make(f"C-{number}")
        cover = replace(claim.coverage, member_id=f"W1234-{number:02}")
        claims.append(replace(claim, patient=examples.patient(number), coverage=cover, lines=priced))
    return draw(st.permutations(claims))


@given(claims_of_a_month())
@settings(max_examples=60, deadline=None)
def test_sheet_and_files_charge_the_same_and_drop_no_claim(claims: list[Claim]) -> None:
    files = write_claim_files(claims, packet=1, prepared_on=examples.PREPARED)
    rows = read(claim_sheet(claims))
    in_files: Counter[str] = Counter()
    segments = 0
    for file in files:
        for elements in (row.rstrip("~").split("*") for row in file.text.splitlines()):
            if elements[0] == "CLM":
                in_files[elements[1]] += int(Decimal(elements[2]) * 100)
            segments += elements[0] == "SV1"
    on_sheet: Counter[str] = Counter()
    for row in rows:
        on_sheet[row["claim_id"]] += int(Decimal(row["charge"]) * 100)
    assert on_sheet == in_files
    assert set(on_sheet) == {c.claim_id for c in claims} and len(rows) == segments
    assert all(int(Decimal(row["claim_total"]) * 100) == on_sheet[row["claim_id"]] for row in rows)
    assert sorted(i for f in files for i in f.claim_ids) == sorted(c.claim_id for c in claims)

    boxes = [row for row in read(cms1500(claims)) if row["box"] == "28"]
    assert {row["claim_id"]: int(Decimal(row["value"]) * 100) for row in boxes} == dict(on_sheet)


@pytest.mark.parametrize(
    "value",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "  =1",
        "＝1+1",
        "=cmd|' /C calc'!A0",
        "\u00a0=1",
        "\u200b=1",
        "'=1",
        "|cmd",
    ],
)
def test_no_cell_is_a_formula(value: str) -> None:
    assert defused(value) == "'" + value
    patient = replace(examples.PATIENT, mrn=value)
    (row, _) = read(claim_sheet([replace(examples.professional(), patient=patient)]))
    assert row["mrn"] == "'" + value


@pytest.mark.parametrize("value", ["Núñez", "3-1", "a=b", "", "O'Hara", "12.50"])
def test_other_cells_are_as_they_were(value: str) -> None:
    assert defused(value) == value


def test_names_are_as_recorded_and_excel_is_told_the_encoding() -> None:
    sheet = claim_sheet([examples.professional()])
    assert sheet.startswith(b"\xef\xbb\xbf") and read(sheet)[0]["family_name"] == "Núñez"


def test_a_clinics_claim_is_on_the_sheet_with_its_type_of_bill_and_has_no_paper_form() -> None:
    claims = [examples.institutional(), examples.institutional_void()]
    assert [row["type_of_bill"] for row in read(claim_sheet(claims))] == ["711", "711", "718", "718"]
    assert read(cms1500(claims)) == []


def test_the_paper_form_of_a_primary_medicare_claim() -> None:
    boxes = {row["box"]: row["value"] for row in read(cms1500([examples.professional()]))}
    assert boxes["1a"] == "1EG4TE5MK01" and boxes["11"] == "NONE" and "4" not in boxes
    assert [boxes[f"21{letter}"] for letter in "ABC"] == ["E119", "I10", "N183"] and boxes["21 ICD"] == "0"
    assert (boxes["24.2D"], boxes["24.2G"], boxes["24.2F"], boxes["24.2E"]) == ("99439", "2", "120.50", "AB")
    assert boxes["24.1J"] == examples.DOCTOR.npi and boxes["33a"] == examples.OFFICE.npi


def test_the_paper_form_of_a_secondary_medicare_claim_names_who_holds_the_first_plan() -> None:
    boxes = {row["box"]: row["value"] for row in read(cms1500([examples.secondary()]))}
    assert (boxes["4"], boxes["6"], boxes["11"], boxes["11c"]) == ("Núñez, Rosa", "SPOUSE", "W1234-01", "ACME HEALTH")


def test_a_claim_to_the_first_plan_names_the_second() -> None:
    first, medicare, clinic = examples.first_of_two(), examples.medicare_first(), examples.clinic_first()
    boxes = {row["box"]: row["value"] for row in read(cms1500([first]))}
    assert (boxes["4"], boxes["9"], boxes["9a"]) == ("Núñez, Ramón", "Núñez, D’Arcy", first.patient.mbi)
    assert (boxes["9d"], boxes["11d"], boxes.get("attach")) == ("MEDICARE PART B", "YES", None)
    boxes = {row["box"]: row["value"] for row in read(cms1500([medicare]))}
    assert boxes["11"] == "NONE" and not {"4", "9", "9a", "9d", "11d"} & boxes.keys(), "Medicare reads no plan after itself there"
    boxes = {row["box"]: row["value"] for row in read(paper_csv([clinic], "837I")["claims/ub-04.csv"])}
    assert (boxes["50A"], boxes["60A"], boxes["50B"]) == ("ACME HEALTH", "W1234-01", "MEDICARE PART A")
    assert (boxes["51B"], boxes["60B"], boxes["59B"]) == ("03001", clinic.patient.mbi, "18") and "54A" not in boxes
    rows = {row["claim_id"]: row for row in read(claim_sheet([first, medicare, clinic]))}
    told = {key: (row["second_plan"], row["second_plan_payer_id"], row["paid_first_by"]) for key, row in rows.items()}
    assert told == {
        first.claim_id: ("MEDICARE PART B", "01112", ""),
        medicare.claim_id: ("ACME HEALTH", "60054", ""),
        clinic.claim_id: ("MEDICARE PART A", "03001", ""),
    }


def test_medicare_is_called_by_the_part_that_the_form_is_billed_to() -> None:
    recorded = replace(examples.MEDICARE, payer_name="Medicare Part B")
    claims = [replace(make(), coverage=recorded) for make in (examples.professional, examples.institutional)]
    assert [row["payer_name"] for row in read(claim_sheet(claims))] == ["MEDICARE PART B"] * 2 + ["MEDICARE PART A"] * 2
    files = [write_claim_files([claim], packet=1, prepared_on=examples.PREPARED)[0].text for claim in claims]
    assert [("MEDICARE PART A" in text, "MEDICARE PART B" in text) for text in files] == [(False, True), (True, False)]


def test_a_claim_to_the_second_plan_says_what_to_attach() -> None:
    second, clinic = examples.secondary(), examples.institutional_second()
    attached = "remittance of ACME HEALTH of 2025-12-01: paid 40.00"
    assert [row["attach"] for row in read(claim_sheet([second, clinic]))] == [attached] * 4
    forms = [*read(cms1500([second])), *read(paper_csv([clinic], "837I")["claims/ub-04.csv"])]
    assert [row["value"] for row in forms if row["box"] == "attach"] == [attached] * 2


def test_a_second_claim_to_another_plan_names_who_holds_the_first() -> None:
    second = replace(examples.dependent(), coverage=replace(examples.dependent().coverage, rank=2))
    second = replace(second, other_coverage=examples.MEDICARE, prior=replace(examples.secondary().prior, relationship="18"))
    boxes = {row["box"]: row["value"] for row in read(cms1500([second]))}
    assert (boxes["9"], boxes["9d"], boxes["11d"]) == ("Núñez, D’Arcy", "MEDICARE PART B", "YES")


def test_seven_lines_take_two_paper_forms() -> None:
    lines = tuple(examples.line("99490", 1, "10.00", str(n)) for n in range(7))
    rows = read(cms1500([replace(examples.professional(), lines=lines)]))
    assert [row["value"] for row in rows if row["box"] == "28"] == ["60.00", "10.00"]
    assert {row["form_number"] for row in rows} == {"1", "2"}
