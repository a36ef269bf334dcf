"""What a rendered document depends on, as one key: the same key, the same bytes."""

from __future__ import annotations

import ctypes
import functools
import hashlib
from collections.abc import Iterable
from ctypes.util import find_library
from importlib.metadata import version
from pathlib import Path

_ENGINE = ("weasyprint", "pydyf", "tinycss2", "cssselect2", "fonttools")
_LIBRARIES = {"pango-1.0": "pango_version_string", "harfbuzz": "hb_version_string"}
# Our own part in the bytes: a change of how a document is finished must not be answered with an old one.
_OURS = ("pdf.py", "xmp.py", "signature_field.py")


def render_key(parts: Iterable[str], engine: str) -> str:
    """SHA-256 of the document's texts and of ``engine``, 64 hexadecimal digits."""
    digest = hashlib.sha256(engine.encode("ascii"))
    for part in parts:
        data = part.encode("utf-8")
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


@functools.cache
def engine_key(fonts: tuple[Path, ...]) -> str:
    """SHA-256 of what renders: library versions, the font's files, and our own code between them."""
    digest = hashlib.sha256()
    for package in _ENGINE:
        digest.update(f"{package} {version(package)}\n".encode())
    for library, asked in _LIBRARIES.items():
        digest.update(f"{library} {_library_version(library, asked)}\n".encode())
    for path in (*fonts, *(Path(__file__).with_name(name) for name in _OURS)):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _library_version(library: str, asked: str) -> str:
    found = find_library(library)
    if found is None:
        return "unknown"
    answer = getattr(ctypes.CDLL(found), asked)
    answer.restype = ctypes.c_char_p
    return str(answer().decode("ascii"))
