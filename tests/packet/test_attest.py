"""A signed attestation covers the packet it was made for, and no other; every way it can fail is told."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.stamp import TextStampStyle

from flows import ledger
from flows.attest import Checked, to_sign, verify
from flows.ccm.decision import BILL, Decision
from tests.packet.conftest import packet_of
from tests.packet.signing import SIGNER, signed


@pytest.fixture(scope="module")
def name(packet) -> str:
    return to_sign(packet)[0]


@pytest.fixture(scope="module")
def copy(packet, name) -> bytes:
    return signed(packet[name])


def failing(checked: Checked) -> list[str]:
    assert not checked.covers
    return [finding.line for finding in checked.findings if not finding.holds]


def test_a_signed_attestation_covers_its_packet(packet, name, copy):
    checked = verify(copy, packet)
    assert checked.covers
    assert checked.attestation == name
    lines = "\n".join(finding.line for finding in checked.findings)
    assert re.search(r"^list [0-9a-f]{16}: the packet's, and as decided$", lines, re.MULTILINE)
    assert f"signature by '{SIGNER}'" in lines
    assert "signature: covers the whole file" in lines


def test_unsigned_it_covers_nothing(packet, name):
    assert failing(verify(packet[name], packet)) == ["signature: none"]


def test_signed_twice_it_still_covers_its_packet(packet, copy):
    assert verify(signed(copy, "second"), packet).covers


def test_what_was_signed_for_another_result_is_refused(office, packet, copy):
    at = next(n for n, d in enumerate(office.decisions) if d.outcome == BILL)
    decisions, months = list(office.decisions), list(office.patient_months)
    decisions[at] = replace(decisions[at], diagnoses=decisions[at].diagnoses[::-1])
    claims = tuple(
        replace(c, diagnoses=c.diagnoses[::-1]) if c.patient.key == months[at].patient.key else c for c in office.claims
    )
    later = packet_of(replace(office, decisions=tuple(decisions), claims=claims), 2)
    changed = [n for n in to_sign(packet) if later[n] != packet[n]]
    assert len(changed) == 1
    (told,) = failing(verify(signed(packet[changed[0]]), later))
    assert "no list of this packet; what it lists has changed" in told


def test_a_packet_whose_list_was_changed_with_its_attestation_is_found_out(packet, name, copy):
    decisions = ledger.to_lines(
        replace(d, diagnoses=d.diagnoses[::-1]) for d in ledger.from_lines(packet["decisions.jsonl"], Decision)
    )
    told = failing(verify(copy, {**packet, "decisions.jsonl": decisions}))
    assert told
    assert all(re.fullmatch(r"list: patient \w+: diagnoses not as decided", line) for line in told)


def test_a_file_written_anew_is_refused_though_it_carries_the_fingerprint(packet, name):
    with pikepdf.open(io.BytesIO(packet[name])) as pdf:
        out = io.BytesIO()
        pdf.save(out)
    told = failing(verify(signed(out.getvalue()), packet))
    assert len(told) == 1
    assert told[0].startswith("text: the file was written anew")


def test_something_added_after_the_signature_is_refused(packet, copy):
    told = failing(verify(copy + b"\n% more\n", packet))
    assert "signature: does not cover the whole file: something was added after it" in told


@pytest.mark.parametrize("pdf", [b"", b"%PDF-1.7\n", b"scan", b"\x89PNG"])
def test_what_is_no_attestation_is_said(packet, pdf):
    assert failing(verify(pdf, packet)) == ["not an attestation: no list's fingerprint in it"]


def test_the_packets_other_documents_are_no_attestations(packet):
    plan = next(name for name in packet if name.startswith("care-plans/"))
    assert failing(verify(packet[plan], packet)) == ["not an attestation: no list's fingerprint in it"]


def test_what_is_written_into_the_room_that_the_signature_leaves_is_refused(packet, copy):
    room = copy.index(b"0" * 40 + b">")
    for written in (b"1", b" ", b"\n"):
        assert not verify(copy[:room] + written + copy[room + 1 :], packet).covers


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_signed_file_with_a_flipped_byte_is_refused(packet, copy, data):
    body, at = bytearray(copy), data.draw(st.integers(0, len(copy) - 1))
    body[at] ^= data.draw(st.integers(1, 255))
    assume(body.lower() != copy.lower())  # a hexadecimal digit in capitals is the same digit
    assert not verify(bytes(body), packet).covers


def appended(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The PDF with a change appended to it, as an editor that keeps to PDF saves."""
    writer, out = IncrementalPdfFileWriter(io.BytesIO(pdf)), io.BytesIO()
    change(writer)
    writer.write(out)
    return out.getvalue()


def other_text(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT (I attest nothing) Tj ET"))
    writer.update_container(page)


def a_page_less(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    del pages["/Kids"][0]
    pages["/Count"] = generic.NumberObject(len(pages["/Kids"]))
    writer.update_container(pages)


def a_note(writer: IncrementalPdfFileWriter) -> None:
    page, name = writer.root["/Pages"]["/Kids"][0].get_object(), generic.NameObject
    box = generic.ArrayObject(map(generic.NumberObject, (50, 300, 500, 600)))
    note = {"/Type": name("/Annot"), "/Subtype": name("/FreeText"), "/Contents": generic.pdf_string("except 3"), "/Rect": box}
    added = writer.add_object(generic.DictionaryObject({name(key): value for key, value in note.items()}))
    page["/Annots"] = generic.ArrayObject([*page.get("/Annots", ()), added])
    writer.update_container(page)


@pytest.mark.parametrize("change", [other_text, a_page_less, a_note])
def test_what_was_changed_before_signing_is_refused_though_the_packets_bytes_are_at_the_front(packet, name, change):
    copy = signed(appended(packet[name], change))
    assert copy.startswith(packet[name])
    (told,) = failing(verify(copy, packet))
    assert told.startswith("text: more than a signature was added")


def test_a_signature_that_certifies_and_one_that_is_drawn_on_the_page_pass(packet, name):
    assert verify(signed(packet[name], certify=True), packet).covers
    assert verify(signed(packet[name], style=TextStampStyle(stamp_text="Signed by %(signer)s")), packet).covers


def test_a_file_under_a_password_and_one_of_great_length_are_told_at_once(packet, name):
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(packet[name])) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    assert failing(verify(out.getvalue(), packet)) == ["not an attestation: no list's fingerprint in it"]
    (told,) = failing(verify(packet[name] + bytes(9 * 1024 * 1024), packet))
    assert "far more than signing adds" in told


def test_a_stream_that_cannot_be_unpacked_is_a_finding(packet, name, copy):
    at = len(packet[name])
    for position in range(at - 400, at, 20):
        body = bytearray(copy)
        body[position] ^= 0x10
        assert not verify(bytes(body), packet).covers
