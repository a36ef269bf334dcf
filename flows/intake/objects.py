"""An object of the inbox as delivered, looked through once and then read as a stream: whole, cut short, or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from flows.intake.gzip_stream import Unpacking
from flows.intake.text_facts import TextFacts

MAX_BYTES = 4 << 30  # an object that unpacks to more is refused: no practice's month is that long
WHOLE_BYTES = 128 << 20  # a document or a line that must be held whole; parsed it takes some seven times as much
_HELD_BYTES = 8 << 20  # an object that is smaller as stored is not fetched a second time


@dataclass(frozen=True, slots=True)
class InboxObject:
    """An object as found. ``key`` is relative to the practice's prefix; ``version`` the store's version or ETag.

    ``body`` is its bytes as stored, or opens a stream of them, the same as often as it is called. ``unread`` says why it is
    not to be opened and how to mend that; empty where it is.
    """

    key: str
    version: str
    body: bytes | Callable[[], Iterator[bytes]]
    unread: str = ""

    def stored(self) -> Iterator[bytes]:
        """The bytes as stored, from their beginning."""
        return iter((self.body,)) if isinstance(self.body, bytes) else self.body()


@dataclass(frozen=True, slots=True)
class Content:
    """An object's bytes, unpacked. ``fault`` says what is wrong and how to mend it, empty where nothing is.

    With a fault the bytes are what can be vouched for: the part before the cut of a truncated file, else nothing.
    ``size`` is their number, ``sha256`` that of the object as stored (empty: not opened), ``text`` what can be said of all of
    them as text.
    """

    chunks: Callable[[], Iterator[bytes]]
    size: int
    sha256: str
    text: TextFacts
    fault: str = ""

    def head(self, size: int) -> bytes:
        """The first ``size`` bytes, or all where there are fewer."""
        held = b""
        for piece in self.chunks():
            held += piece[: size - len(held)]
            if len(held) == size:
                break
        return held

    def whole(self) -> bytes:
        """All of the bytes, for a form that is one document: ``as_document`` first."""
        return b"".join(self.chunks())

    def as_document(self, mend: str) -> Content:
        """The content, or refused where it is longer than a document may be. ``mend`` says what to do instead."""
        if self.size <= WHOLE_BYTES:
            return self
        return self.refused(f"the file is one document of more than {WHOLE_BYTES >> 20} MiB; {mend}")

    def refused(self, fault: str) -> Content:
        """The content with nothing in it, for a reason; the fault that it has already stands."""
        return replace(self, chunks=_nothing, size=0, fault=self.fault or fault)


def look_through(item: InboxObject) -> Content:
    """Read an object to its end once, keeping nothing of a large one: its SHA-256, whether it is whole, what text it is.

    gzip is told by the bytes, since file names lie. A truncated file keeps what precedes the cut. A file whose checksum
    fails keeps nothing: any of its rows may be wrong, and none has been read yet.
    """
    facts = TextFacts()
    if item.unread:
        return Content(_nothing, 0, "", facts, item.unread)
    tee = _Tee(item.stored())
    unpacking = Unpacking(item.key, tee)
    size = line = 0
    blank = True
    fault = ""
    for piece in unpacking:
        size += len(piece)
        facts.feed(piece)
        blank = blank and piece.isspace()
        first = piece.find(b"\n")
        longest = line + (len(piece) if first < 0 else first)
        line = longest if first < 0 else len(piece) - piece.rfind(b"\n") - 1
        if size > MAX_BYTES:
            fault = f"the file unpacks to more than {MAX_BYTES >> 30} GiB; split it"
            break
        if longest > WHOLE_BYTES:
            fault = f"the file holds a line of more than {WHOLE_BYTES >> 20} MiB; split it, or export one record a line"
            break
    facts.close()
    tee.drain()
    fault = fault or unpacking.fault
    held = tee.held

    def chunks() -> Iterator[bytes]:
        return iter(Unpacking(item.key, item.stored() if held is None else iter(held)))

    if fault and not unpacking.keeps_rows:
        return Content(_nothing, 0, tee.sha256(), facts, fault)
    if blank and not fault:
        return Content(_nothing, 0, tee.sha256(), facts)  # white space alone is no row, and there may be gigabytes of it
    return Content(chunks, size, tee.sha256(), facts, fault)


def _nothing() -> Iterator[bytes]:
    return iter(())


class _Tee:
    """Passes an object's bytes on, hashes them, and holds them as long as they are few."""

    def __init__(self, stored: Iterator[bytes]) -> None:
        self._stored = stored
        self._digest = hashlib.sha256()
        self._size = 0
        self.held: list[bytes] | None = []

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._stored)
        self._digest.update(piece)
        self._size += len(piece)
        if self._size > _HELD_BYTES:
            self.held = None
        if self.held is not None:
            self.held.append(piece)
        return piece

    def drain(self) -> None:
        for _ in self:
            pass

    def sha256(self) -> str:
        return self._digest.hexdigest()
