"""A PDF read back by a library that had no part in writing it."""

from __future__ import annotations

import io
import re
import unicodedata

import pikepdf


def text_of(pdf: bytes) -> str:
    """The text a PDF shows, by its fonts' ToUnicode tables, blanks removed (a line break is no part of a text)."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        shown = "".join(page_text(page) for page in document.pages)
    return squeezed(shown)


def squeezed(text: str) -> str:
    """A text without its blanks, composed: what can be compared across line breaks."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFC", text))


def page_text(page: pikepdf.Page) -> str:
    """The text that a page shows, in the order in which it is painted."""
    tables = {name: _table(font) for name, font in page.resources.get("/Font", {}).items()}
    table: dict[bytes, str] = {}
    shown = []
    streams = [page.obj, *(x for x in page.resources.get("/XObject", {}).values() if x.get("/Subtype") == "/Form")]
    for stream in streams:
        for operands, operator in pikepdf.parse_content_stream(stream):
            if str(operator) == "Tf":
                table = tables.get(str(operands[0]), {})
            elif str(operator) in ("Tj", "TJ"):
                parts = operands[0] if str(operator) == "TJ" else [operands[0]]
                for part in parts:
                    if isinstance(part, pikepdf.String):
                        raw = bytes(part)
                        shown += [table.get(raw[at : at + 2], "") for at in range(0, len(raw), 2)]
    return "".join(shown)


def _table(font: pikepdf.Object) -> dict[bytes, str]:
    cmap = font["/ToUnicode"].read_bytes().decode("ascii") if "/ToUnicode" in font else ""
    pairs = re.findall(r"<([0-9a-fA-F]{4})>\s*<((?:[0-9a-fA-F]{4})+)>", cmap)
    return {bytes.fromhex(glyph): bytes.fromhex(text).decode("utf-16-be") for glyph, text in pairs}
