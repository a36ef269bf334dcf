"""A packet exists when its manifest does, is never altered, and is completed or passed over after a run that died."""

from __future__ import annotations

import hashlib
import tracemalloc
from concurrent.futures import ThreadPoolExecutor

import pytest

from flows import packets
from flows.ccm.file_sum import FileSum
from flows.ccm.service_month import ServiceMonth
from flows.packets import MANIFEST, Files, PacketDiffers, latest, publish, read_packet, sealed_numbers
from flows.settings import Settings
from flows.store import Store, StoreError
from tests.packet.files import held

MONTH = ServiceMonth(2025, 11)
FILES = {"claims/professional.837": b"ISA", "index.html": b"<p>", "decisions.jsonl": b"{}\n"}


@pytest.fixture
def store(own: Settings) -> Store:
    return Store(own, "north")


class Dying(Store):
    """A store whose process dies at the n-th write."""

    def __init__(self, own: Settings, practice: str, writes: int) -> None:
        super().__init__(own, practice)
        self.left = writes

    def put_new(self, key: str, data: bytes) -> None:
        self.left -= 1
        if self.left < 0:
            raise StoreError("died")
        super().put_new(key, data)


def test_a_packet_is_published_once_and_then_unchanged(store: Store):
    assert latest(store, MONTH) == 0
    assert publish(store, MONTH, 1, held(FILES), b"manifest") is True
    assert publish(store, MONTH, 1, held(FILES), b"manifest") is False
    assert sealed_numbers(store, MONTH) == (1,)
    assert read_packet(store, MONTH, 1) == {**FILES, MANIFEST: b"manifest"}


def test_another_result_never_touches_a_sealed_packet(store: Store):
    publish(store, MONTH, 1, held(FILES), b"manifest")
    with pytest.raises(PacketDiffers) as raised:
        publish(store, MONTH, 1, held({**FILES, "index.html": b"other"}), b"other manifest")
    assert raised.value.next == 2
    assert publish(store, MONTH, 2, held({"index.html": b"other"}), b"other manifest")
    assert sealed_numbers(store, MONTH) == (1, 2)
    assert read_packet(store, MONTH, 1)["index.html"] == b"<p>"


@pytest.mark.parametrize("writes", range(4))
def test_a_run_that_died_left_no_packet_and_the_next_completes_it(own: Settings, store: Store, writes: int):
    with pytest.raises(StoreError):
        publish(Dying(own, "north", writes), MONTH, 1, held(FILES), b"manifest")
    assert sealed_numbers(store, MONTH) == ()
    assert publish(store, MONTH, 1, held(FILES), b"manifest")
    assert read_packet(store, MONTH, 1) == {**FILES, MANIFEST: b"manifest"}


@pytest.mark.parametrize("then", [{"index.html": b"<p>late row"}, {"index.html": b"<p>", "claims/professional.837": b"ISA"}])
def test_what_a_dead_run_left_is_never_mixed_with_another_result(own: Settings, store: Store, then: dict[str, bytes]):
    with pytest.raises(StoreError):
        publish(Dying(own, "north", 3), MONTH, 1, held(FILES), b"manifest")
    with pytest.raises(PacketDiffers) as raised:
        publish(store, MONTH, 1, held(then), b"then")
    assert publish(store, MONTH, raised.value.next, held(then), b"then")
    assert sealed_numbers(store, MONTH) == (2,)
    assert read_packet(store, MONTH, 2) == {**then, MANIFEST: b"then"}


def test_two_runs_with_different_results_never_share_a_packet(own: Settings):
    def run(tag: int) -> int:
        store, number = Store(own, "north"), 1
        files = {f"{place}.txt": f"{tag}".encode() for place in range(12)}
        while True:
            try:
                publish(store, MONTH, number, held(files), f"manifest {tag}".encode())
                return number
            except PacketDiffers as differs:
                number = differs.next

    with ThreadPoolExecutor(3) as pool:
        numbers = list(pool.map(run, range(3)))
    store = Store(own, "north")
    assert len(set(numbers)) == 3
    for tag, number in enumerate(numbers):
        packet = read_packet(store, MONTH, number)
        assert packet.pop(MANIFEST) == f"manifest {tag}".encode()
        assert set(packet.values()) == {str(tag).encode()}
        assert len(packet) == 12


def test_a_manifest_written_while_we_look_is_the_same_packet_not_a_left_over(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Two runs of one month at the same instant: the other seals between our look for a manifest and our list of files."""
    files, look = {"a": b"1"}, store.list

    def other_run_seals_first(self: Store, prefix: str):
        monkeypatch.undo()
        publish(store, MONTH, 1, held(files), b"manifest")
        return look(prefix)

    monkeypatch.setattr(Store, "list", other_run_seals_first)
    assert publish(store, MONTH, 1, held(files), b"manifest") is False
    assert sealed_numbers(store, MONTH) == (1,)


def test_files_are_held_packed_and_told_by_length_and_hash():
    tracemalloc.start()
    try:
        files = Files()
        for number in range(64):
            files.add(f"{number:02d}", (bytes([number]) * (1 << 19) for _ in range(2)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    whole = dict(files)
    assert whole == {f"{n:02d}": bytes([n]) * (1 << 20) for n in range(64)}
    assert files.sums == {name: FileSum(1 << 20, hashlib.sha256(data).hexdigest()) for name, data in whole.items()}
    assert peak < 24 << 20  # whole they are 64 MB; the test server in this process takes some too


class OneLarge(Store):
    """A store that counts how many large objects are being written at once."""

    def __init__(self, own: Settings) -> None:
        super().__init__(own, "north")
        self.now, self.most = 0, 0

    def put_new(self, key: str, data: bytes) -> None:
        self.now += len(data) >= 8
        self.most = max(self.most, self.now)
        super().put_new(key, data)
        self.now -= len(data) >= 8


def test_large_files_are_written_one_at_a_time(own: Settings, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packets, "_LARGE", 8)
    store = OneLarge(own)
    files = {f"large-{n}": bytes(8 + n) for n in range(6)} | {f"small-{n}": bytes(7) for n in range(6)}
    assert publish(store, MONTH, 1, held(files), b"manifest")
    assert read_packet(store, MONTH, 1) == {**files, MANIFEST: b"manifest"}
    assert store.most == 1
