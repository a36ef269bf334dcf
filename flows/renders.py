"""Documents that a run need not render again: of the month's latest sealed packet, of a run that died, or just made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from flows import packets
from flows.ccm.service_month import ServiceMonth
from flows.store import Store

_WRITERS = 8


class Renders:
    """Rendered documents by render key. ``index`` is the packet's file that tells each document's key.

    What is rendered is kept in the practice's prefix as ``work/<month>/<render key>.<SHA-256>.pdf`` until a packet holds it. A
    document is trusted only where its bytes are what its packet's manifest, or its name there, says.
    """

    def __init__(self, store: Store, month: ServiceMonth, index: str) -> None:
        """Reads nothing yet."""
        self._store, self._month, self._index = store, month, index
        self._work = f"work/{month}/"

    def __call__(self, keys: frozenset[str]) -> Mapping[str, bytes]:
        """The documents of those keys that are there. Raises StoreError."""
        found = self._in_packet(keys)
        return found | self._in_work(keys - found.keys())

    def keep(self, documents: Mapping[str, bytes]) -> None:
        """Keep what was rendered, by key: for another packet number, and for the run after this one should it die.

        It is kept in storage alone: a large practice's documents would fill the memory.
        """
        with ThreadPoolExecutor(_WRITERS) as pool:
            list(pool.map(lambda key: self._store.put(self._name(key, documents[key]), documents[key]), documents))

    def _name(self, key: str, data: bytes) -> str:
        return f"{self._work}{key}.{hashlib.sha256(data).hexdigest()}.pdf"

    def _in_packet(self, missing: frozenset[str]) -> dict[str, bytes]:
        number = packets.latest(self._store, self._month)
        if not number or not missing:
            return {}
        manifest = json.loads(packets.read_file(self._store, self._month, number, packets.MANIFEST))["files"]
        if self._index not in manifest:
            return {}
        index = json.loads(packets.read_file(self._store, self._month, number, self._index))
        wanted = [name for name, key in sorted(index.items()) if key in missing and name in manifest]
        found = packets.read_files(self._store, self._month, number, wanted)
        return {index[n]: data for n, data in found.items() if hashlib.sha256(data).hexdigest() == manifest[n]["sha256"]}

    def _in_work(self, missing: frozenset[str]) -> dict[str, bytes]:
        listed = [item for item in self._store.list(self._work) if self._key_of(item.key) in missing]
        with ThreadPoolExecutor(_WRITERS) as pool:
            read = zip(listed, pool.map(lambda item: self._store.read(item.key, item.version), listed), strict=True)
            return {key: data for item, data in read if self._name(key := self._key_of(item.key), data) == item.key}

    def _key_of(self, name: str) -> str:
        return name.removeprefix(self._work).partition(".")[0]
