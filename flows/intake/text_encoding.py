"""The text encodings that exports come in, brought to UTF-8. What was guessed is said."""

from __future__ import annotations

import codecs
from dataclasses import replace

from flows.intake.objects import Unpacked

WINDOWS_1252 = "not UTF-8: read as Windows-1252"


def as_utf8(content: Unpacked, declared: str = "") -> tuple[Unpacked, str]:
    """The content in UTF-8 without a byte order mark, and a note where the encoding had to be guessed.

    UTF-16 is told by its mark. Windows-1252 is read where a layout declares it, or where the whole file is no UTF-8 and holds
    nothing that is: a file with both has damaged lines, which stay as they are and are rejected one by one.
    """
    data = content.data
    if data.startswith(codecs.BOM_UTF8):
        return replace(content, data=data[3:]), ""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _from_utf16(content), ""
    if declared == "windows-1252":
        text = _windows(data)
        return (content, "") if text is None else (replace(content, data=text.encode()), "")
    if content.fault or data.isascii() or _is_utf8(data):
        return content, ""
    # A whole multi-byte character, the replacement of a damaged one aside, is UTF-8's work and nobody else's.
    text = None if any(c > "\x7f" for c in data.decode("utf-8", "ignore")) else _windows(data)
    return (content, "") if text is None else (replace(content, data=text.encode()), WINDOWS_1252)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _windows(data: bytes) -> str | None:
    """The text, or None where a byte has no meaning in Windows-1252."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None


def _from_utf16(content: Unpacked) -> Unpacked:
    data = content.data
    if content.fault and len(data) % 2:
        data = data[:-1]  # the cut went through a character
    try:
        return replace(content, data=data.decode("utf-16").encode())
    except UnicodeError:
        return Unpacked(b"", content.fault or "the file begins as UTF-16 and is not UTF-16 throughout; deliver it again as UTF-8")
