"""Documents that a run need not render again: of the month's latest sealed packet, of a run that died, or just made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

from flows import packets
from flows.ccm.service_month import ServiceMonth
from flows.store import Store, StoreError

_AT_ONCE = 8  # objects read or written


@dataclass(frozen=True, slots=True)
class _Kept:
    """A document in storage: where, and the SHA-256 that its bytes must have."""

    key: str
    sha256: str


class Renders:
    """Rendered documents by render key. ``index`` is the packet's file that tells each document's key.

    What is rendered is kept in the practice's prefix as ``work/<month>/<render key>.<SHA-256>.pdf`` until a packet holds it. A
    document is trusted only where its bytes are what its packet's manifest, or its name there, says.
    """

    def __init__(self, store: Store, month: ServiceMonth, index: str) -> None:
        """Reads nothing yet."""
        self._store, self._month, self._index = store, month, index
        self._work = f"work/{month}/"
        self._seen: dict[str, _Kept] = {}  # by SHA-256: what this run has read or kept

    def __call__(self, keys: frozenset[str]) -> Mapping[str, bytes]:
        """The documents of those keys that are there. Raises StoreError."""
        places = {key: self._kept[key] for key in keys if key in self._kept}
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            read = zip(places, pool.map(self._read, places.values()), strict=True)
            found = {key: data for key, data in read if data is not None}
        self._seen |= {places[key].sha256: places[key] for key in found}
        return found

    def keep(self, documents: Mapping[str, bytes]) -> None:
        """Keep what was rendered, by key: for another packet number, and for the run after this one should it die.

        It is kept in storage alone: a large practice's documents would fill the memory.
        """
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            kept = dict(zip(documents, pool.map(self._put, documents, documents.values()), strict=True))
        self._kept.update(kept)
        self._seen |= {place.sha256: place for place in kept.values()}

    def holding(self, sha256: str) -> Callable[[], bytes] | None:
        """How to read bytes of this SHA-256 that this run has read or kept, or None where it has not.

        Reading raises StoreError where they are no longer there, or no longer those.
        """
        place = self._seen.get(sha256)
        return None if place is None else partial(self._again, place)

    @cached_property
    def _kept(self) -> dict[str, _Kept]:
        """What was in storage when first asked, and since then what was kept, by render key."""
        return dict(self._in_work()) | dict(self._in_packet())

    def _put(self, key: str, data: bytes) -> _Kept:
        sha256 = hashlib.sha256(data).hexdigest()
        place = _Kept(f"{self._work}{key}.{sha256}.pdf", sha256)
        self._store.put(place.key, data)
        return place

    def _read(self, place: _Kept) -> bytes | None:
        data = self._store.read(place.key)
        return data if hashlib.sha256(data).hexdigest() == place.sha256 else None

    def _again(self, place: _Kept) -> bytes:
        data = self._read(place)
        if data is None:
            raise StoreError("a document kept for this packet is not the one that was rendered; run again")
        return data

    def _in_packet(self) -> Iterator[tuple[str, _Kept]]:
        number = packets.latest(self._store, self._month)
        if not number:
            return
        manifest = json.loads(packets.read_file(self._store, self._month, number, packets.MANIFEST))["files"]
        if self._index not in manifest:
            return
        index = json.loads(packets.read_file(self._store, self._month, number, self._index))
        for name, key in sorted(index.items()):
            if name in manifest:
                yield key, _Kept(packets.key_of(self._month, number, name), manifest[name]["sha256"])

    def _in_work(self) -> Iterator[tuple[str, _Kept]]:
        for item in self._store.list(self._work):
            key, _, rest = item.key.removeprefix(self._work).partition(".")
            yield key, _Kept(item.key, rest.removesuffix(".pdf"))
