"""The PDFs: what they hold, that record text in them is inert, and that the same month gives the same bytes."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from weasyprint.urls import URLFetcher

from flows.outbox import pdf as pdf_room
from flows.outbox.documents import KEYS
from flows.outbox.pdf import Document, render
from flows.outbox.time_log import time_log_parts
from tests.documents.examples import (
    FORMULA_NAME,
    HOSTILE_NAME,
    LONG_NOTE,
    PLAN,
    REASONS,
    crowded_month,
    month_result,
)
from tests.documents.pdf_text import squeezed, text_of
from tests.documents.written import documents_of

ROOT = Path(__file__).parents[2]
HASHES = """
import hashlib, json
from flows.outbox.page import write_page
from flows.outbox.registers import write_registers
from tests.documents.examples import month_result
from tests.documents.written import documents_of
files = {**documents_of(month_result()), **{name: b"".join(rows) for name, rows in write_registers(month_result()).items()}}
files["index.html"] = write_page(month_result(), 1, {name: len(body) for name, body in files.items()})
print(json.dumps({name: hashlib.sha256(body).hexdigest() for name, body in files.items()}))
"""


@pytest.fixture(scope="module")
def pdfs() -> dict[str, bytes]:
    return {name: data for name, data in documents_of(month_result(), processes=1).items() if name != KEYS}


def test_a_plan_for_each_billed_patient_an_attestation_for_each_practitioner_and_the_log(pdfs):
    assert sorted(pdfs) == [
        *("attestations/dr_a.pdf", "attestations/np_b.pdf"),
        *(f"care-plans/p00{n}.pdf" for n in (1, 2, 3, 4)),
        "time-log.pdf",
    ]


@pytest.mark.parametrize(
    ("name", "language", "title"),
    [
        ("care-plans/p001.pdf", "es", "Su plan de cuidados · Rosa Alba · noviembre de 2025"),
        ("care-plans/p003.pdf", "en", f"Your care plan · Carl {FORMULA_NAME} · November 2025"),
        ("attestations/np_b.pdf", "en", "General supervision of care management · Grace Okafor, NP · November 2025"),
        ("time-log.pdf", "en", "Time log · Bayview Family Medicine · November 2025"),
    ],
)
def test_each_is_tagged_titled_in_its_language_and_says_that_it_is_archival_and_accessible(pdfs, name, language, title):
    with pikepdf.open(io.BytesIO(pdfs[name])) as pdf:
        assert pdf.Root.MarkInfo.Marked
        assert pdf.Root.StructTreeRoot.K is not None
        assert str(pdf.Root.Lang) == language
        assert pdf.Root.ViewerPreferences.DisplayDocTitle
        assert str(pdf.docinfo["/Title"]) == title
        assert len(pdf.Root.OutputIntents) == 1
        meta = pdf.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("3", "A", "1")
        assert meta["dc:title"] == title
        fonts = [font for page in pdf.pages for font in page.resources.get("/Font", {}).values()]
        assert fonts
        assert all(
            "/FontFile2" in f.DescendantFonts[0].FontDescriptor or "/FontFile3" in f.DescendantFonts[0].FontDescriptor
            for f in fonts
        )


def test_a_care_plan_holds_the_seven_elements_and_the_months_services(pdfs):
    text = text_of(pdfs["care-plans/p003.pdf"])
    for element in ("goals", "medications", "care_team", "specialists", "monitoring", "self_management"):
        for item in getattr(PLAN, element):
            assert squeezed(item.text + item.detail) in text
    for part in (
        "Type 2 diabetes E11.9 2012",
        "High blood pressure I10 2009",
        "Trouble sleeping",
        "February 3, 1944",
        "(650) 555-0100",
    ):
        assert squeezed(part) in text
    assert squeezed("November 7 Talked with you: Tom Baker, RN 25 min") in text
    assert "Acoldlonggone" not in text
    assert not [reason for reason in REASONS if reason in text]


def test_what_the_plan_lacks_is_said_and_not_made_up():
    month = month_result()
    bare = replace(month.patient_months[1], care_plan=replace(PLAN, goals=()))
    pdf = documents_of(replace(month, patient_months=(month.patient_months[0], bare, *month.patient_months[2:])), 1)
    assert squeezed("Your goals Nothing is written here yet.") in text_of(pdf["care-plans/p002.pdf"])


def test_the_time_log_tells_every_piece_with_its_fate_and_source(pdfs):
    month, text = month_result(), text_of(pdfs["time-log.pdf"])
    for decision in month.decisions:
        for piece in decision.pieces:
            assert f"calls.csv:{piece.source.line}entry{piece.entry_id}" in text
    assert squeezed("November 12, 2025 09:03:00 PST 20:30 Tom Baker, RN vendor care plan update counted") in text
    assert squeezed("excluded: Face-to-face contact does not count.") in text
    assert squeezed("ghost (not on the roster)") in text
    assert text.count("sleep.") == LONG_NOTE.count("sleep.")


def test_a_long_time_log_comes_in_parts_that_lose_no_patient():
    month = crowded_month(160)
    parts = dict(time_log_parts(month))
    assert list(parts) == [f"time-log-{n:02d}.pdf" for n in range(1, 5)]
    assert sum(part.count("<h2 ") for part in parts.values()) == 160


def test_hostile_text_is_shown_as_text_and_nothing_is_attached_linked_or_run(pdfs):
    assert squeezed(HOSTILE_NAME) in text_of(pdfs["care-plans/p002.pdf"])
    for name, pdf in pdfs.items():
        with pikepdf.open(io.BytesIO(pdf)) as document:
            assert "/Names" not in document.Root or "/EmbeddedFiles" not in document.Root.Names
            assert not {"/AF", "/OpenAction", "/AA"} & set(document.Root.keys())
            fields = [annotation.get("/FT") for page in document.pages for annotation in page.get("/Annots", ())]
            assert fields == (["/Sig"] if name.startswith("attestations/") else [])
            assert not any(
                str(x.get("/Subtype")) == "/Image" for page in document.pages for x in page.resources.get("/XObject", {}).values()
            )


def test_nothing_is_fetched(monkeypatch):
    def forbidden(self, url, *rest):
        raise AssertionError("fetched")

    monkeypatch.setattr(URLFetcher, "fetch", forbidden)
    monkeypatch.setattr("socket.socket.connect", forbidden)
    assert documents_of(month_result(), processes=1)


@pytest.mark.parametrize(
    "markup",
    [
        '<img src="file:///etc/hostname"/>',
        '<p style="background: url(http://127.0.0.1:9/x)">a</p>',
        "<style>@import url(file:///etc/hostname);</style>",
        '<link rel="attachment" href="file:///etc/hostname"/>',
        "<p>not closed",
    ],
)
def test_even_a_careless_template_reaches_nothing_and_its_fault_quotes_no_record(markup):
    document = Document(
        "care-plans/x.pdf", f'<html lang="en"><head><title>Secret Name</title></head><body>{markup}</body></html>'
    )
    try:
        pdf = render(document)
    except RuntimeError as fault:
        assert str(fault).startswith("care-plans/x.pdf: its template is at fault")
        assert "Secret" not in str(fault)
        assert fault.__cause__ is None
    else:
        hostname = Path("/etc/hostname")
        secret = hostname.read_bytes().strip() if hostname.exists() else b"\0"
        with pikepdf.open(io.BytesIO(pdf)) as opened:
            assert "/EmbeddedFiles" not in opened.Root.get("/Names", {})
            assert not any(secret and secret in s.read_bytes() for s in opened.objects if isinstance(s, pikepdf.Stream))


def _hashes_in_a_new_process(seed: str, zone: str) -> dict[str, str]:
    setting = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", HASHES], env=setting, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_the_same_month_gives_the_same_bytes_in_another_process(pdfs):
    one, other = _hashes_in_a_new_process("1", "UTC"), _hashes_in_a_new_process("2", "Asia/Tokyo")
    assert one == other
    assert {name: one[name] for name in pdfs} == {name: hashlib.sha256(body).hexdigest() for name, body in pdfs.items()}


def test_the_same_month_gives_the_same_bytes_on_several_processes(monkeypatch):
    monkeypatch.setattr(pdf_room, "_WORTH_A_PROCESS", 2)
    month = crowded_month(3)
    alone, together = documents_of(month, 1), documents_of(month, 2)
    assert alone == together
