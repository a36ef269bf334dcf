"""The form field in which an attestation is signed: reserved when the document is made, so that signing adds nothing untagged.

A signing program that makes a field of its own leaves it out of the tags and breaks PDF/UA (ISO 14289-1, 7.18.1 and 7.18.4);
PDF/A wants an appearance for every field that has a size (ISO 19005-3, 6.3.3).
"""

from __future__ import annotations

from typing import Any

import pydyf

# The element of a template on whose upper edge the signature is written, and the field's size above it in points.
PLACE = "sign-here"
_WIDTH, _HEIGHT, _GAP = 340, 34, 1.5
_POINTS = 0.75  # points in a CSS pixel
_PRINTED = 4  # annotation flag: shows on paper too


def add_signature_field(document: Any, pdf: Any, tooltip: str) -> None:
    """Reserve an empty signature field above ``PLACE``; ``tooltip`` is what a screen reader says of it.

    Raises ValueError where the document has no such place.
    """
    found = [(n, page) for n, page in enumerate(document.pages) if PLACE in page.anchors]
    if not found:
        raise ValueError(f"no element #{PLACE} to sign above")
    number, page = found[0]
    left, top = (_POINTS * value for value in page.anchors[PLACE][:2])
    bottom = page.height * _POINTS - top + _GAP
    page_reference = pdf.page_references[number]
    appearance = pydyf.Stream(
        [], {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array([0, 0, _WIDTH, _HEIGHT]), "Resources": "<<>>"}
    )
    pdf.add_object(appearance)
    field = pydyf.Dictionary(
        {
            "Type": "/Annot",
            "Subtype": "/Widget",
            "FT": "/Sig",
            "T": pydyf.String("signature"),
            "TU": pydyf.String(tooltip),
            "Contents": pydyf.String(tooltip),
            "F": _PRINTED,
            "Rect": pydyf.Array([round(v, 2) for v in (left, bottom, left + _WIDTH, bottom + _HEIGHT)]),
            "P": page_reference,
            "AP": pydyf.Dictionary({"N": appearance.reference}),
        }
    )
    pdf.add_object(field)
    page_object = pdf.objects[int(page_reference.split()[0])]
    page_object.setdefault("Annots", pydyf.Array()).append(field.reference)
    pdf.catalog["AcroForm"] = pydyf.Dictionary({"Fields": pydyf.Array([field.reference])})
    _tag(pdf, field, page_reference, tooltip)


def _tag(pdf: Any, field: Any, page_reference: bytes, tooltip: str) -> None:
    """Hang the field into the structure tree as a Form element, and into the tree that leads back from it."""
    root = _object(pdf, pdf.catalog["StructTreeRoot"])
    body = root["K"][0]
    element = pydyf.Dictionary(
        {
            "Type": "/StructElem",
            "S": "/Form",
            "P": body,
            "Pg": page_reference,
            "Alt": pydyf.String(tooltip),
            "K": pydyf.Array([pydyf.Dictionary({"Type": "/OBJR", "Obj": field.reference, "Pg": page_reference})]),
        }
    )
    pdf.add_object(element)
    _object(pdf, body)["K"].append(element.reference)
    numbers = _object(pdf, root["ParentTree"])["Nums"]
    key = numbers[-2] + 1
    numbers.extend([key, element.reference])
    field["StructParent"] = key


def _object(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]
