"""Painted lines: the glyphs of a text in a look, written again without asking Pango for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pydyf
from weasyprint.draw.text import draw_first_line
from weasyprint.text.fonts import get_pango_font_key

from flows.outbox.layout_caches.kept import LONGEST, Kept, kept
from flows.outbox.layout_caches.lines import look_of, ready

_draw = draw_first_line
_NOT_KEPT = "not kept"


@dataclass(frozen=True, slots=True)
class _Face:
    """A font that a line is set in, and what the line would tell a document that has not used it: widths and texts of glyphs."""

    key: int
    font: Any
    widths: dict[int, int]
    texts: dict[int, str]


@dataclass(frozen=True, slots=True)
class _Painted:
    """A line's faces, and what it writes: bytes, or a font's name and size."""

    faces: tuple[_Face, ...]
    written: tuple[Any, ...]


class _Recorder(pydyf.Stream):
    """Takes a line down as if it were the first of its document."""

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._real = stream
        self.ink_rect, self.logical_rect = stream.ink_rect, stream.logical_rect
        self.used: dict[int, tuple[Any, Any, float, dict[int, int], dict[int, str]]] = {}

    def add_font(self, pango_font: Any) -> tuple[Any, float]:
        font, size = self._real.add_font(pango_font)
        if id(font) not in self.used:
            self.used[id(font)] = font, pango_font, size, font.widths, font.to_unicode
            font.widths, font.to_unicode = {}, {}
        return font, size

    def set_text_matrix(self, *_: Any) -> None:
        """A line stands anywhere."""

    def set_font_size(self, font: Any, size: Any) -> None:
        self.stream.append((font, size))

    def painted(self, caches: Kept, layout: Any) -> _Painted | None:
        """What was taken down, with each font as it was; None where the document would be told more than that."""
        faces, plain = [], True
        for font, pango_font, size, widths, texts in self.used.values():
            found, font.widths, font.to_unicode = (font.widths, font.to_unicode), widths, texts
            # Glyphs that are missing or coloured are told to the font in other ways too.
            plain = plain and not (font.bitmap or font.png or font.svg or font.colr)
            plain = plain and all(glyph < font.glyph_count for glyph in found[0])
            key = get_pango_font_key(pango_font)[0]
            kept_font, _ = caches.fonts.setdefault((key, size), (pango_font, layout.layout))
            faces.append(_Face(key, kept_font, *found))
        return _Painted(tuple(faces), tuple(self.stream)) if plain else None


def draw_line(stream: Any, textbox: Any, text_overflow: Any, block_ellipsis: Any, matrix: Any) -> Any:
    """In place of ``draw_first_line``."""
    layout, style = textbox.pango_layout, textbox.style
    caches = kept(style.font_config)
    if caches is None:
        return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)
    if not textbox.text.strip() or style["font_size"] < 1e-6:
        return []
    if text_overflow == "ellipsis" or block_ellipsis != "none" or len(layout.text) > LONGEST:
        ready(layout)
        return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)
    key = look_of(style), layout.text, layout.justification_spacing
    painted = caches.painted.find(key)
    if painted is None:
        painted = _take_down(caches, stream, textbox, matrix) or _NOT_KEPT
        caches.painted.keep(key, painted)
    if painted is not _NOT_KEPT and _write(stream, painted, matrix):
        return []
    ready(layout)
    return _draw(stream, textbox, text_overflow, block_ellipsis, matrix)


def _take_down(caches: Kept, stream: Any, textbox: Any, matrix: Any) -> _Painted | None:
    """A line as it is painted, None where it is not to be kept; nothing is written to the document."""
    ready(textbox.pango_layout)
    recorder = _Recorder(stream)
    try:
        emojis = _draw(recorder, textbox, "clip", "none", matrix)
    finally:
        painted = recorder.painted(caches, textbox.pango_layout)
    return None if emojis else painted


def _write(stream: Any, painted: _Painted, matrix: Any) -> bool:
    """Write a line as taken down; False where this document knows another width for one of its glyphs, and nothing is written."""
    fonts = [stream._fonts.get(face.key) or stream.add_font(face.font)[0] for face in painted.faces]
    # Most lines have no glyph that the document has not had; sets of items are compared faster than items.
    new = [pair for pair in zip(fonts, painted.faces, strict=True) if not pair[1].widths.items() <= pair[0].widths.items()]
    for font, face in new:
        known = font.widths
        if any(known.get(glyph, width) != width for glyph, width in face.widths.items()):
            return False
    for font, face in new:
        for glyph, width in face.widths.items():
            font.widths.setdefault(glyph, width)
    for font, face in zip(fonts, painted.faces, strict=True):
        if not face.texts.keys() <= font.to_unicode.keys():
            for glyph, text in face.texts.items():
                font.to_unicode.setdefault(glyph, text)
    stream.set_text_matrix(*matrix.values)
    for piece in painted.written:
        if type(piece) is bytes:
            stream.stream.append(piece)
        else:
            stream.set_font_size(*piece)
    return True
