"""PDF objects as bytes: each is serialised and compressed once, though a file with an identifier asks for it twice."""

from __future__ import annotations

from typing import Any

import pydyf

_stream = pydyf.Stream.data.fget
_write, _add = pydyf.PDF.write, pydyf.PDF.add_object
_to_bytes = pydyf._to_bytes


def write_once(self: Any, *given: Any, **named: Any) -> Any:
    """In place of ``PDF.write``: from here on no object is changed."""
    self._final = True
    for each in self.objects:
        each._final = None
    return _write(self, *given, **named)


def add_object(self: Any, object_: Any) -> None:
    """In place of ``PDF.add_object``."""
    _add(self, object_)
    if "_final" in self.__dict__:
        object_._final = None


def _kept_data(self: Any, data: Any) -> bytes:
    known: bytes | None = self.__dict__.get("_final", b"")
    if known:
        return known
    made: bytes = data(self)
    if known is None:
        self._final = made
    return made


def stream_data(self: Any) -> bytes:
    """In place of ``Stream.data``."""
    return _kept_data(self, _stream)


def dictionary_data(self: Any) -> bytes:
    """In place of ``Dictionary.data``."""
    return _kept_data(self, _dictionary)


def array_data(self: Any) -> bytes:
    """In place of ``Array.data``."""
    return _kept_data(self, _array)


def page_references(self: Any) -> tuple[bytes, ...]:
    """In place of ``PDF.page_references``: of as many pages as there are."""
    kids = self.pages["Kids"]
    known: tuple[bytes, ...] = self.__dict__.get("_references", ())
    if 3 * len(known) != len(kids):
        known = self._references = tuple([f"{number} 0 R".encode("ascii") for number in kids[::3]])
    return known


def _dictionary(self: Any) -> bytes:
    return b"<<" + b"".join([b"/%b %b" % (_bytes(key), _bytes(value)) for key, value in self.items()]) + b">>"


def _array(self: Any) -> bytes:
    return b"[" + b" ".join([_bytes(child) for child in self]) + b"]"


def _bytes(item: Any) -> bytes:
    kind = type(item)
    if kind is bytes:
        return item  # type: ignore[no-any-return]
    if kind is str:
        return item.encode("ascii")  # type: ignore[no-any-return]
    return _to_bytes(item)  # type: ignore[no-any-return]
