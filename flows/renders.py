"""Documents that a run need not render again: those of the month's latest sealed packet, and those it has just made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from flows import packets
from flows.ccm.service_month import ServiceMonth
from flows.store import Store


class Renders:
    """Rendered documents by render key. ``index`` is the packet's file that tells each document's key.

    A stored document is trusted only where its bytes are what its packet's manifest says.
    """

    def __init__(self, store: Store, month: ServiceMonth, index: str) -> None:
        """Reads nothing yet."""
        self._store, self._month, self._index = store, month, index
        self._made: dict[str, bytes] = {}

    def __call__(self, keys: frozenset[str]) -> Mapping[str, bytes]:
        """The documents of those keys that are there. Raises StoreError."""
        missing = keys - self._made.keys()
        number = packets.latest(self._store, self._month) if missing else 0
        if number:
            manifest = json.loads(packets.read_file(self._store, self._month, number, packets.MANIFEST))["files"]
            if self._index in manifest:
                index = json.loads(packets.read_file(self._store, self._month, number, self._index))
                wanted = [name for name, key in sorted(index.items()) if key in missing and name in manifest]
                found = packets.read_files(self._store, self._month, number, wanted)
                for name, data in found.items():
                    if hashlib.sha256(data).hexdigest() == manifest[name]["sha256"]:
                        self._made[index[name]] = data
        return {key: self._made[key] for key in keys & self._made.keys()}

    def keep(self, files: Mapping[str, bytes]) -> None:
        """Remember a packet's documents, for when it must be made again under another number."""
        self._made |= {key: files[name] for name, key in json.loads(files[self._index]).items()}
