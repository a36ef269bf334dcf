"""The text encodings that exports come in, brought to UTF-8. What was guessed is said."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import replace

from flows.intake.objects import Content

WINDOWS_1252 = "not UTF-8: read as Windows-1252"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def as_utf8(content: Content, declared: str = "") -> tuple[Content, str]:
    """The content in UTF-8 without a byte order mark, and a note where the encoding had to be guessed.

    UTF-16 is told by its mark. Windows-1252 is read where a layout declares it, or where the whole file is no UTF-8 and holds
    nothing that is: a file with both has damaged lines, which stay as they are and are rejected one by one.
    """
    head = content.head(3)
    if head == codecs.BOM_UTF8:
        return replace(content, chunks=lambda: _without_mark(content)), ""
    if head[:2] in _UTF16_MARKS:
        return _from_utf16(content), ""
    text = content.text
    if declared == "windows-1252":
        return (_recoded(content, "cp1252") if text.is_windows else content), ""
    # A whole multi-byte character, the replacement of a damaged one aside, is UTF-8's work and nobody else's.
    if content.fault or text.is_utf8 or text.holds_utf8 or not text.is_windows:
        return content, ""
    return _recoded(content, "cp1252"), WINDOWS_1252


def _without_mark(content: Content) -> Iterator[bytes]:
    left = len(codecs.BOM_UTF8)
    for piece in content.chunks():
        yield piece[left:]
        left = max(0, left - len(piece))


def _recoded(content: Content, encoding: str, errors: str = "strict") -> Content:
    def chunks() -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        for piece in content.chunks():
            yield decoder.decode(piece).encode()
        # A character that the file's cut went through is lost with the cut.
        yield decoder.decode(b"", not content.fault).encode()

    return replace(content, chunks=chunks)


def _from_utf16(content: Content) -> Content:
    recoded = _recoded(content, "utf-16")
    try:
        size = sum(len(piece) for piece in recoded.chunks())
    except UnicodeError:
        return content.refused("the file begins as UTF-16 and is not UTF-16 throughout; deliver it again as UTF-8")
    return replace(recoded, size=size)
