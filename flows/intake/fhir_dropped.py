"""Versions of resources that say nothing and were let go at once: just enough is kept to know which version of each holds."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterator
from hashlib import blake2b


class DroppedVersions:
    """Sixteen bytes a version, since an export has millions: a hash of its name, and when it was last updated."""

    def __init__(self) -> None:
        self._names = array("Q")
        self._updated = array("q")

    def __len__(self) -> int:
        return len(self._names)

    def add(self, name: str, updated: int) -> None:
        """Keep the version of the resource of this name (``Type/id``)."""
        self._names.append(_hash(name))
        self._updated.append(updated)

    def of(self, names: Collection[str]) -> Iterator[tuple[str, int, int]]:
        """Each version kept of a resource of these names: the name, how many were kept before it, when it was updated."""
        wanted = {_hash(name): name for name in names}
        if wanted:
            for position, (hashed, updated) in enumerate(zip(self._names, self._updated, strict=True)):
                if hashed in wanted:
                    yield wanted[hashed], position, updated


def _hash(name: str) -> int:
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())
