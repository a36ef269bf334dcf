"""A stream's physical lines: those that are not blank with their numbers, or all of them with a look ahead."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice

from flows.intake.objects import Content

_BLANK = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")
_NOT_BLANK = re.compile(rb"\S[^\n]*")
_BOM = b"\xef\xbb\xbf"


class NewlineLines:
    """The lines that are not blank, ended by LF, each with its number (1 = first). A million blank ones cost nothing.

    Of a content with a fault the last line, if nothing ends it, was lost with the rest and is left out. ``last`` is the
    number of the last line once all have been read: where a text ends with a line break, of the empty line behind it.
    """

    def __init__(self, content: Content) -> None:
        self._content = content
        self.last = 1

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        for block in _blocks(self._content.chunks(), (b"\n",)):
            if self.last == 1:
                block = block.removeprefix(_BOM)
            at = 0
            for match in () if block.isspace() else _NOT_BLANK.finditer(block):
                start, end = block.rfind(b"\n", at, match.start()) + 1 or at, match.end()
                self.last += block.count(b"\n", at, start)
                at = start
                if not (self._content.fault and end == len(block)):
                    yield self.last, block[start:end]
            self.last += block.count(b"\n", at)


class TextLines:
    """The lines as UTF-8 text with their ends, ended by LF, CR LF or CR; None where a line is not UTF-8.

    Of a content with a fault the last line is left out where nothing ends it or it is no text, which ``cut`` says: half a
    number still reads as a number. Of a long run of blank lines only the first ``ahead`` are given.
    """

    def __init__(self, content: Content, ahead: int) -> None:
        self._fault, self._ahead = content.fault, ahead
        self._blocks = _blocks(content.chunks(), (b"\n", b"\r"))
        self._waiting: deque[tuple[int, str | None]] = deque()
        self._begun = self._exhausted = self.cut = False
        self.count = 0  # lines seen so far

    def next(self) -> tuple[int, str | None] | None:
        """The next line that is not blank, and its number (1 = first); None at the end."""
        while self._fill(1):
            number, line = self._waiting.popleft()
            if line is None or line.strip():
                return number, line
        return None

    def following(self) -> Iterator[str]:
        """The lines that follow, without taking them: as many as one looks ahead, up to one that is not UTF-8."""
        for place in range(self._ahead):
            line = self._waiting[place][1] if self._fill(place + 1) else None
            if line is None:
                return
            yield line

    def skip(self, count: int) -> None:
        """Take that many lines."""
        for _ in range(count):
            self._waiting.popleft()

    def _fill(self, wanted: int) -> bool:
        """Have so many lines waiting, and one more where the last could turn out to be cut. False where there are not."""
        while len(self._waiting) <= wanted and not self._exhausted:
            block = next(self._blocks, None)
            if block is None:
                self._exhausted = True
                self._drop_what_was_cut()
            else:
                self._add(block if self._begun else block.removeprefix(_BOM))
                self._begun = True
        return len(self._waiting) >= wanted

    def _add(self, block: bytes) -> None:
        if block.isspace():
            lines = [match[0] for match in islice(_BLANK.finditer(block), self._ahead)]
        else:
            lines = block.splitlines(keepends=True)
        for raw in lines:
            self.count += 1
            try:
                self._waiting.append((self.count, raw.decode("utf-8")))
            except UnicodeDecodeError:
                self._waiting.append((self.count, None))
        if len(lines) == self._ahead and block.isspace():
            rest = block[sum(map(len, lines)) :]
            self.count += rest.count(b"\n") + rest.count(b"\r") - rest.count(b"\r\n")
            if rest and not rest.endswith((b"\n", b"\r")):
                self.count += 1
                self._waiting.append((self.count, " "))

    def _drop_what_was_cut(self) -> None:
        if self._fault and self._waiting:
            line = self._waiting[-1][1]
            if line is None or not line.endswith(("\n", "\r")):
                self._waiting.pop()
                self.count -= 1
                self.cut = True


def _blocks(chunks: Iterable[bytes], ends: tuple[bytes, ...]) -> Iterator[bytes]:
    """The bytes in blocks of whole lines; only the last may lack its line's end."""
    parts: list[bytes] = []
    for piece in chunks:
        # A CR that ends a piece may be half of a CR LF.
        end = max(piece.rfind(mark, 0, len(piece) - (mark == b"\r")) for mark in ends) + 1
        if end:
            yield b"".join((*parts, piece[:end]))
            parts = [piece[end:]]
        else:
            parts.append(piece)
    if rest := b"".join(parts):
        yield rest
