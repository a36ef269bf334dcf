"""The attestation's signature field: tagged, where the signature line is, and usable by a signing program."""

from __future__ import annotations

import io

import pikepdf
import pytest

from flows.outbox.attestation import attestation
from flows.outbox.pdf import Document, render
from tests.documents.examples import crowded_month
from tests.packet.signing import signed


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return render(Document("a.pdf", attestation(crowded_month(20), "dr_a"), "Signature of the practitioner"))


def test_the_field_is_in_the_form_on_the_page_and_in_the_tags_both_ways(pdf: bytes):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (field,) = opened.Root.AcroForm.Fields
        assert (field.FT, field.Subtype, field.TU) == ("/Sig", "/Widget", "Signature of the practitioner")
        assert [a.objgen for a in opened.pages[-1].Annots] == [field.objgen]
        tree = opened.Root.StructTreeRoot.ParentTree.Nums
        element = {int(tree[n]): tree[n + 1] for n in range(0, len(tree), 2)}[int(field.StructParent)]
        assert element.S == "/Form"
        assert element.K[0].Obj.objgen == field.objgen
        assert element.objgen in [kid.objgen for kid in element.P.K]
        assert list(tree)[::2] == list(range(len(opened.pages) + 1))


def test_the_field_lies_on_the_page_with_an_appearance_and_no_value(pdf: bytes):
    with pikepdf.open(io.BytesIO(pdf)) as opened:
        (field,) = opened.Root.AcroForm.Fields
        left, bottom, right, top = (float(v) for v in field.Rect)
        assert 50 < left < right < 612 - 50
        assert 0 < bottom < top < 792
        assert field.AP.N.Subtype == "/Form"
        assert "/V" not in field


def test_signing_appends_to_the_file_and_adds_no_field(pdf: bytes):
    done = signed(pdf)
    assert done.startswith(pdf)
    with pikepdf.open(io.BytesIO(done)) as opened:
        (field,) = opened.Root.AcroForm.Fields
        assert field.V.Type == "/Sig"
        assert opened.Root.MarkInfo.Marked


def test_a_document_without_a_place_to_sign_is_a_fault_of_its_template():
    page = '<html lang="en"><head><title>t</title></head><body class="x"><p>a</p></body></html>'
    with pytest.raises(RuntimeError, match="its template is at fault"):
        render(Document("a.pdf", page, "Signature"))
