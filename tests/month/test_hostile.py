"""A hostile month, inbox to packet: each output is right or the patient is held with a reason; nothing runs or is fetched."""

from __future__ import annotations

import csv
import io
import json
import re
import socket

import pikepdf
import pytest
from fhir.resources.R4B.bundle import Bundle

from flows import steps
from flows.ccm.service_month import ServiceMonth
from flows.intake.reading import InboxObject, read_month
from flows.outbox.care_plan_summary import care_plan_name
from flows.outbox.fhir_plan import bundle_name
from flows.outbox.manifest import write_manifest
from flows.outbox.pyx12_gate import validate
from flows.outbox.wording import legible
from flows.packets import MANIFEST
from flows.rulebook.resolve import load
from flows.tenancy import load_practice
from flows.verify.packet import verify_packet
from tests.documents.pdf_text import squeezed, text_of
from tests.documents.test_page import Reader
from tests.golden.months import TENANTS
from tests.month.hostile_inbox import KINDS, TEXTS, mrn, objects

MONTH = ServiceMonth(2025, 11)
# A reader's own reckoning of what a spreadsheet runs: after blanks and marks that it skips, one of these begins a formula.
LIVE = re.compile(r"^[\s\ufeff\u200b\u200e\u200f]*[=+\-@|%＝＋－＠]")
PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
FONT_HAS = {"plain", "accents", "image", "file", "attachment", "script", "style", "template", "entity", "cmd", "hyperlink", "at"}


@pytest.fixture(scope="module")
def month():
    practice = load_practice(TENANTS, "bayview-family")
    inbox = [InboxObject(key, "1", data) for key, data in objects().items()]
    tried = []

    def refused(*given, **more):
        tried.append(given)  # counts as a fetch whatever becomes of the exception
        raise OSError("no network")

    with pytest.MonkeyPatch.context() as patch:
        # counts as a fetch whoever asks, whatever becomes of the exception
        patch.setattr(
            socket.socket, "connect", lambda *given: tried.append(given) or (_ for _ in ()).throw(OSError("no network"))
        )
        patch.setattr(socket, "getaddrinfo", lambda *given, **more: tried.append(given) or [])
        result = steps.decide_month(read_month(inbox, practice, MONTH, load().crosswalk), practice, MONTH)
        files = steps.make_packet(result, 1, 1)
    assert tried == []
    return result, files


@pytest.fixture(scope="module")
def decided(month):
    result, _ = month
    return {pm.patient.mrn: (pm, d) for pm, d in zip(result.patient_months, result.decisions, strict=True)}


def test_every_patient_is_there_and_no_row_is_lost(month, decided):
    result, _ = month
    assert sorted(decided) == sorted(mrn(kind, where) for kind in KINDS for where in ("name", "plan"))
    assert result.rejects == ()
    assert all(i.rows == i.taken for i in result.inputs)


@pytest.mark.parametrize("kind", KINDS)
def test_a_name_goes_on_a_claim_or_its_patient_is_held_and_told_which_field(decided, kind):
    text, carried = TEXTS[kind]
    patient_month, decision = decided[mrn(kind, "name")]
    if carried:
        assert decision.outcome == "bill"
        return
    assert decision.outcome == "hold"
    (reason,) = decision.reasons
    assert reason.id == "claim.invalid"
    assert reason.detail.startswith("patient.family_name")
    assert decision.at_stake
    assert patient_month.patient.family_name == text


@pytest.mark.parametrize("kind", KINDS)
def test_a_plan_is_never_a_reason_to_hold_and_is_printed_as_it_was_written(month, decided, kind):
    _, files = month
    patient_month, decision = decided[mrn(kind, "plan")]
    assert decision.outcome == "bill"
    text = legible(TEXTS[kind][0])
    shown = text_of(files[care_plan_name(patient_month.patient.key)])
    if kind == "long":  # broken over pages, so each word is counted
        for word in ("Talked", "salt,", "<b>no</b>"):
            assert shown.count(word) >= 14 * text.count(word)
    elif kind in FONT_HAS | {"plus", "minus", "lines", "bell"}:
        assert shown.count(squeezed(text)) >= 14, "seven elements, each with its text and its detail"
    bundle = json.loads(files[bundle_name(patient_month.patient.key)])
    Bundle.model_validate(bundle)
    goals = [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == "Goal"]
    assert [g["description"]["text"] for g in goals] == [text.strip()]


def test_no_document_attaches_links_runs_or_draws_what_a_text_asked_for(month):
    _, files = month
    assert sum(name.endswith(".pdf") for name in files) > 25
    for name, data in files.items():
        if not name.endswith(".pdf"):
            continue
        with pikepdf.open(io.BytesIO(data)) as pdf:
            assert not {"/AF", "/OpenAction", "/AA"} & set(pdf.Root.keys()), name
            assert "/EmbeddedFiles" not in pdf.Root.get("/Names", {}), name
            links = [a for page in pdf.pages for a in page.get("/Annots", ()) if a.get("/Subtype") == "/Link"]
            assert links == [], name
            images = [
                x for page in pdf.pages for x in page.resources.get("/XObject", {}).values() if x.get("/Subtype") == "/Image"
            ]
            assert images == [], name


def test_no_cell_of_any_spreadsheet_is_live(month):
    _, files = month
    sheets = {name: data for name, data in files.items() if name.endswith(".csv")}
    assert {"held.csv", "time-log.csv", "claims/claim-sheet.csv"} <= sheets.keys()
    cells = 0
    for name, data in sheets.items():
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
            for cell in row:
                cells += 1
                assert not LIVE.match(cell) or PLAIN_NUMBER.match(cell), (name, cell)
    assert cells > 1000


def test_every_claim_file_is_ascii_passes_the_independent_validator_and_holds_only_carried_names(month, decided):
    _, files = month
    claims = {name: data.decode("ascii") for name, data in files.items() if name.endswith(".837")}
    assert claims
    assert [line for text in claims.values() for line in validate(text)] == []
    names = re.findall(r"NM1\*IL\*1\*([^*]*)\*", "".join(claims.values()))
    billed = [pm for pm, d in decided.values() if d.outcome == "bill"]
    assert len(names) == len(billed)
    assert {"O'NEIL-SMITH", "NUNEZ LUKASZEWSKI", "+1+1", "-2+3", "ZALGO"} <= set(names)


def test_the_page_shows_each_text_and_keeps_its_structure(month):
    _, files = month
    page = Reader(files["index.html"])
    assert not page.faults
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"img", "link", "iframe", "object", "base"}
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert [tag for tag, _ in page.tags].count("style") == 1
    for kind, (text, carried) in TEXTS.items():
        if not carried and kind != "lines":
            assert legible(text) in "".join(page.text), kind


def test_the_packet_proves_itself_though_its_texts_are_hostile(month):
    result, files = month
    assert verify_packet({**files, MANIFEST: write_manifest(result, 1, 0, files.sums)}) == ()


def test_no_file_is_named_after_a_text(month):
    _, files = month
    assert [name for name in files if not re.fullmatch(r"[A-Za-z0-9_./%-]+", name)] == []
    assert not [name for name in files if re.search(r"cmd|script|hostname|smith", name, re.I)]
