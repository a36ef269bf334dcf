"""Looks for canaries in whatever a run left: files of any kind, a database's rows, what is packed inside of either."""

from __future__ import annotations

import base64
import binascii
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
_PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")  # how gzip and zlib begin
_DEPTH = 3  # a pickle in base64 in JSON in base64
_STEP = 4096  # bytes unpacked at a time: what comes before a stream breaks is kept
_PAGE, _HEADER, _LONG_HEADER = 8192, 24, 40  # bytes, in PostgreSQL's write-ahead log


class Search:
    """Canaries by what they are, and how much was searched for them."""

    def __init__(self, canaries: Iterable[str]) -> None:
        self._sought = {text.lower().encode(): text for text in canaries}
        self.bytes = 0
        self.places = 0

    def found(self, data: bytes) -> set[str]:
        """The canaries in ``data``: as they are in any case, as UTF-16, within base64 or compressed, also within each other."""
        self.places += 1
        return self._found(data, _DEPTH)

    def _found(self, data: bytes, depth: int) -> set[str]:
        self.bytes += len(data)
        lower = data.lower()
        seen = {text for sought, text in self._sought.items() if sought in lower}
        if b"\0" in data:
            narrow = lower.replace(b"\0", b"")
            seen |= {text for sought, text in self._sought.items() if sought in narrow}
        if depth:
            for inner in _unpacked(data):
                seen |= self._found(inner, depth - 1)
        return seen

    def folder(self, root: Path) -> dict[str, set[str]]:
        """The canaries in each file below ``root`` and in its name; an SQLite database is read row by row as well."""
        told: dict[str, set[str]] = {}
        for path in sorted(root.rglob("*")):
            place = str(path.relative_to(root))
            seen = self.found(place.encode())
            if path.is_file() and not path.is_symlink():
                data = path.read_bytes()
                seen |= self.found(data)
                if data.startswith(b"SQLite format 3\0"):
                    seen |= self.found(_rows(path))
                if path.parent.name == "pg_wal":
                    seen |= self.found(records_of(data))
            if seen:
                told[place] = seen
        return told


def _rows(path: Path) -> bytes:
    """Every row as text: a long value lies in its file in pieces."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return "\n".join(database.iterdump()).encode()


def _unpacked(data: bytes) -> Iterator[bytes]:
    for run in _BASE64.findall(data):
        text = run.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
        try:
            inner = base64.b64decode(text + b"=" * (-len(text) % 4))
        except binascii.Error:
            continue
        yield inner
    for start in _PACKED.finditer(data):
        yield _inflated(memoryview(data)[start.start() :])


def _inflated(data: memoryview) -> bytes:
    """What a compressed stream holds as far as it is one: nothing where its beginning was chance."""
    unpack, held = zlib.decompressobj(wbits=47), bytearray()
    with suppress(zlib.error):
        for at in range(0, len(data), _STEP):
            held += unpack.decompress(data[at : at + _STEP])
            if unpack.eof:
                break
    return bytes(held)


def records_of(segment: bytes) -> bytes:
    """A segment of PostgreSQL's write-ahead log without the heads of its pages, which part what is written across them."""
    pages = (segment[at + (_HEADER if at else _LONG_HEADER) : at + _PAGE] for at in range(0, len(segment), _PAGE))
    return b"".join(pages)
