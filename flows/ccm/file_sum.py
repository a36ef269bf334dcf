"""What a packet's manifest says of a file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileSum:
    """A file's length in bytes and its SHA-256, 64 hexadecimal digits."""

    length: int
    sha256: str
