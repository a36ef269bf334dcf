"""What can be said of a file's bytes as text once all of them have passed: plain ASCII, UTF-8, or neither."""

from __future__ import annotations

import codecs
from codecs import IncrementalDecoder

_UTF8 = codecs.getincrementaldecoder("utf-8")
_NOT_WINDOWS = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))  # without a meaning in Windows-1252


class TextFacts:
    """``is_utf8``: all of it is. ``holds_utf8``: a whole multi-byte character is in it. ``is_windows``: each byte has a
    meaning in Windows-1252."""

    __slots__ = ("_lenient", "_pending", "_strict", "holds_utf8", "is_utf8", "is_windows")

    def __init__(self) -> None:
        self._strict: IncrementalDecoder = _UTF8()
        self._lenient: IncrementalDecoder = _UTF8("ignore")
        self._pending = False
        self.is_utf8 = self.is_windows = True
        self.holds_utf8 = False

    def feed(self, piece: bytes) -> None:
        """Look at the next bytes."""
        if not piece or (piece.isascii() and not self._pending):
            return
        self._look(piece, final=False)
        self._pending = bool(self._lenient.getstate()[0])
        self.is_windows = self.is_windows and not any(byte in piece for byte in _NOT_WINDOWS)

    def close(self) -> None:
        """Say that no more bytes come."""
        self._look(b"", final=True)

    def _look(self, piece: bytes, final: bool) -> None:
        if self.is_utf8:
            try:
                self._strict.decode(piece, final)
            except UnicodeDecodeError:
                self.is_utf8 = False
        if not self._lenient.decode(piece, final).isascii():
            self.holds_utf8 = True
