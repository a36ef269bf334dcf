"""Publishing a packet: files first, the manifest last. A packet exists when its manifest does, and never changes after."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from flows.ccm.file_sum import FileSum
from flows.ccm.service_month import ServiceMonth
from flows.store import AlreadyThere, Store

MANIFEST = "manifest.json"
_WRITERS = 8  # objects written at once: S3 answers in parallel, and one month is some hundred small files
_LARGE = 8 << 20  # bytes: each is whole in memory while it is written, so from here on one at a time


class PacketGone(Exception):
    """A sealed packet's manifest is not there any more. ``problems`` holds the one line, without PHI."""

    def __init__(self, month: ServiceMonth, packet: int) -> None:
        place = f"packets/{month}/{packet}/{MANIFEST}"
        problem = f"{place}: packet {packet} was sealed and this is gone; restore it first, or its claims would be sent twice"
        super().__init__(problem)
        self.problems = (problem,)


class PacketDiffers(Exception):
    """This packet number holds, or may come to hold, another result: make the packet again under number ``next``."""

    def __init__(self, next_number: int) -> None:
        super().__init__(next_number)
        self.next = next_number

    def __str__(self) -> str:
        return f"another result is already written; make packet {self.next}"


# Told a file's SHA-256: how to read its bytes where storage has them already, else None.
Elsewhere = Callable[[str], Callable[[], bytes] | None]


def _nowhere(_: str) -> None:
    return None


class Files(Mapping[str, bytes]):
    """A packet's files before they are written, by name: held packed, since a month's evidence takes a tenth of its length.

    A file whose bytes are ``elsewhere`` is not held at all, and is read from there when it is asked for.
    """

    def __init__(self, elsewhere: Elsewhere = _nowhere) -> None:
        self._elsewhere = elsewhere
        self._held: dict[str, bytes | Callable[[], bytes]] = {}
        self.sums: dict[str, FileSum] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Add a file in pieces, which are never all held at once."""
        packing, digest = zlib.compressobj(1), hashlib.sha256()
        size = 0
        held = bytearray()
        for piece in pieces:
            size += len(piece)
            digest.update(piece)
            held += packing.compress(piece)
        self.sums[name] = FileSum(size, digest.hexdigest())
        self._held[name] = bytes(held + packing.flush())

    def add_whole(self, name: str, data: bytes) -> None:
        """Add a file that may be elsewhere."""
        sha256 = hashlib.sha256(data).hexdigest()
        read = self._elsewhere(sha256)
        if read is None:
            self.add(name, (data,))
        else:
            self.sums[name], self._held[name] = FileSum(len(data), sha256), read

    def update(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Add whole files."""
        for name, data in files:
            self.add(name, (data,))

    def __getitem__(self, name: str) -> bytes:
        held = self._held[name]
        return zlib.decompress(held, bufsize=max(1, self.sums[name].length)) if isinstance(held, bytes) else held()

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


def sealed_numbers(store: Store, month: ServiceMonth) -> tuple[int, ...]:
    """The numbers of the month's sealed packets, ascending; half-written ones are not packets."""
    root = _root(month)
    numbers = set()
    for found in store.list(root):
        number, _, name = found.key[len(root) :].partition("/")
        if name == MANIFEST and number.isdecimal():
            numbers.add(int(number))
    return tuple(sorted(numbers))


def latest(store: Store, month: ServiceMonth) -> int:
    """The month's newest sealed packet, or 0 where there is none."""
    return max(sealed_numbers(store, month), default=0)


def months_begun(store: Store) -> tuple[ServiceMonth, ...]:
    """The service months that have anything of a packet, sealed or not, ascending."""
    found = []
    for name in store.folders("packets/"):
        with suppress(ValueError):
            found.append(ServiceMonth.parse(name))
    return tuple(sorted(found))


def newest_manifest(store: Store, month: ServiceMonth) -> bytes | None:
    """The manifest of the month's newest sealed packet, or None; found without listing the packets' files."""
    numbers = sorted((int(name) for name in store.folders(_root(month)) if name.isdecimal()), reverse=True)
    found = (store.find(key_of(month, number, MANIFEST)) for number in numbers)
    return next((manifest for manifest in found if manifest is not None), None)


def publish(store: Store, month: ServiceMonth, number: int, files: Files, manifest: bytes) -> bool:
    """Write packet ``number`` unless it is sealed with these very bytes. Returns whether anything was published.

    Nothing is ever overwritten: what a run that died left behind is completed when it is the same, and its number is passed
    over when it is not, so two runs at the same instant cannot mix their files. Raises PacketDiffers then, and where the
    number is sealed with another manifest.
    """
    home = f"{_root(month)}{number}/"
    sealed = store.find(home + MANIFEST)
    if sealed is not None:
        if sealed == manifest:
            return False
        raise PacketDiffers(number + 1)
    # Another run of this very month may seal while we look: its manifest is not left over, and is compared below.
    left_over = {found.key for found in store.list(home)} - {home + name for name in (*files, MANIFEST)}
    if left_over or not _write_all(store, home, files):
        raise PacketDiffers(number + 1)
    return _write_once(store, home + MANIFEST, manifest, number)


def read_packet(store: Store, month: ServiceMonth, number: int) -> dict[str, bytes]:
    """Every file of a packet, the manifest too, by name."""
    home = f"{_root(month)}{number}/"
    return {found.key[len(home) :]: store.read(found.key, found.version) for found in store.list(home)}


def read_file(store: Store, month: ServiceMonth, number: int, name: str) -> bytes:
    """One file of a packet. Raises StoreError where the packet has none of that name."""
    return store.read(key_of(month, number, name))


def file_count(store: Store, month: ServiceMonth, number: int) -> int:
    """How many files a packet has, the manifest too."""
    return len(store.list(f"{_root(month)}{number}/"))


def read_files(store: Store, month: ServiceMonth, number: int, names: Sequence[str]) -> dict[str, bytes]:
    """Some files of a packet by name, read at once. Raises StoreError where one is not there."""
    with ThreadPoolExecutor(_WRITERS) as pool:
        return dict(zip(names, pool.map(lambda name: read_file(store, month, number, name), names), strict=True))


def key_of(month: ServiceMonth, number: int, name: str) -> str:
    """Where a file of a packet lies below the practice's prefix."""
    return f"{_root(month)}{number}/{name}"


def _root(month: ServiceMonth) -> str:
    return f"packets/{month}/"


def _write_all(store: Store, home: str, files: Files) -> bool:
    small = [name for name, told in sorted(files.sums.items()) if told.length < _LARGE]
    with ThreadPoolExecutor(_WRITERS) as pool:
        if not all(pool.map(lambda name: _holds(store, home + name, files[name]), small)):
            return False
    return all(_holds(store, home + name, files[name]) for name in sorted(files.sums.keys() - set(small)))


def _holds(store: Store, key: str, data: bytes) -> bool:
    """Whether the object holds ``data``, written now or found so."""
    try:
        store.put_new(key, data)
    except AlreadyThere:
        return store.find(key) == data
    return True


def _write_once(store: Store, key: str, manifest: bytes, number: int) -> bool:
    try:
        store.put_new(key, manifest)
    except AlreadyThere:
        # Another run of the same month sealed in between: the same bytes are the same packet.
        if store.find(key) == manifest:
            return False
        raise PacketDiffers(number + 1) from None
    return True
