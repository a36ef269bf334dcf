"""The bytes of an object, unpacked as they come where they are gzip."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 1 << 20  # a few compressed bytes may stand for very many: they are unpacked in pieces
_EMPTY = "the file is empty; deliver it again"
_NOT_GZIP = "the name ends in .gz but the content is not gzip; compress it again or rename it"
_DAMAGED = "the compressed file is damaged (its checksum or structure fails); deliver it again"
_CUT = "the compressed file is cut short; rows before the cut were read; deliver it again"
# Forms that the inbox does not read, by how their bytes begin: a file name that says .csv does not make them one.
_OTHER_FORMS = {
    b"PK\x03\x04": "the file is a zip archive or an Excel workbook, whatever its name; unpack it, or save it as CSV in UTF-8",
    b"\xd0\xcf\x11\xe0": "the file is an Excel workbook, whatever its name; save it as CSV in UTF-8",
    b"%PDF": "the file is a PDF, whatever its name; deliver the export itself",
}
_FOLLOWED = "bytes follow the end of the compressed file; they were not read; deliver it again"


class Unpacking:
    """One pass over an object. Once it is exhausted ``fault`` says what is wrong, and ``keeps_rows`` whether what came counts."""

    def __init__(self, key: str, stored: Iterable[bytes]) -> None:
        self._key, self._stored = key, filter(None, stored)
        self.fault = ""
        self.keeps_rows = False

    def __iter__(self) -> Iterator[bytes]:
        head = self._more(b"")
        if not head:
            self.fault = _EMPTY
        elif head[:2] == GZIP_MAGIC:
            yield from self._members(head)
        elif head[:4] in _OTHER_FORMS:
            self.fault = _OTHER_FORMS[head[:4]]
        elif self._key.lower().endswith(".gz"):
            self.fault = _NOT_GZIP
        else:
            yield head
            yield from self._stored

    def _members(self, piece: bytes) -> Iterator[bytes]:
        while piece[:2] == GZIP_MAGIC:
            member = zlib.decompressobj(wbits=31)
            while not member.eof:
                if not piece and not (piece := next(self._stored, b"")):
                    self.fault, self.keeps_rows = _CUT, True
                    return
                try:
                    out = member.decompress(piece, _PIECE)
                    yield out
                    while len(out) == _PIECE:
                        out = member.decompress(member.unconsumed_tail, _PIECE)
                        yield out
                except zlib.error:
                    self.fault = _DAMAGED
                    return
                piece = member.unused_data
            piece = self._more(piece)
        if piece.strip(b"\0") or any(later.strip(b"\0") for later in self._stored):
            self.fault, self.keeps_rows = _FOLLOWED, True

    def _more(self, piece: bytes) -> bytes:
        """The piece with what follows, until the first four bytes, which tell a form, can be told."""
        while len(piece) < 4 and (more := next(self._stored, b"")):
            piece += more
        return piece
