"""An object of the inbox as delivered, and its bytes unpacked: whole, cut short, or refused."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

GZIP_MAGIC = b"\x1f\x8b"
MAX_BYTES = 1 << 30  # an object that unpacks to more than 1 GiB is refused: no practice's month is that long
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class InboxObject:
    """An object as fetched. ``key`` is relative to the practice's prefix; ``version`` the store's version or ETag."""

    key: str
    version: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Unpacked:
    """An object's bytes. ``fault`` says what is wrong and how to mend it, empty where nothing is.

    With a fault, ``data`` is what can be vouched for: the part before the cut of a truncated file, else nothing.
    """

    data: bytes
    fault: str = ""


def unpack(item: InboxObject) -> Unpacked:
    """Decompress where the bytes are gzip (told by the bytes, since file names lie).

    A truncated file keeps what precedes the cut. A file whose checksum fails keeps nothing: any of its rows may be wrong.
    """
    data = item.data
    if not data:
        return Unpacked(b"", "the file is empty; deliver it again")
    if data[:2] != GZIP_MAGIC:
        if item.key.lower().endswith(".gz"):
            return Unpacked(b"", "the name ends in .gz but the content is not gzip; compress it again or rename it")
        return Unpacked(data)
    return _gunzip(data)


def _gunzip(data: bytes) -> Unpacked:
    parts: list[bytes] = []
    size = 0
    at = 0
    while data[at : at + 2] == GZIP_MAGIC:
        member = zlib.decompressobj(wbits=31)
        try:
            while at < len(data) and not member.eof:
                piece = data[at : at + _CHUNK]
                parts.append(member.decompress(piece))
                at += len(piece) - len(member.unused_data)
                size += len(parts[-1])
                if size > MAX_BYTES:
                    return Unpacked(b"", "the file unpacks to more than 1 GiB; split it")
        except zlib.error:
            return Unpacked(b"", "the compressed file is damaged (its checksum or structure fails); deliver it again")
        if not member.eof:
            return Unpacked(b"".join(parts), "the compressed file is cut short; rows before the cut were read; deliver it again")
    if data[at:].strip(b"\0"):
        return Unpacked(b"".join(parts), "bytes follow the end of the compressed file; they were not read; deliver it again")
    return Unpacked(b"".join(parts))
