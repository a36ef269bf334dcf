"""The store before each fault of an S3, once and for good; and whole months over storage that fails at random."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from flows.store import AlreadyThere, RegistryStore, Replaced, Store, StoreError, client
from tests.soak import faulty_s3 as s3
from tests.soak.faults import impatient, soak
from tests.soak.small_month import settings

BYTES = bytes(range(256)) * 1000  # more than one piece, and nothing that survives as text
ONCE_READ = [*s3.EVERYWHERE[:3], *s3.OF_A_READ]
ONCE_WRITTEN = [*s3.EVERYWHERE[:3], s3.LOST_ANSWER]


class Spoiled:
    """A practice's store and the registry's behind a proxy, and the practice's store on sound storage."""

    def __init__(self, proxy: s3.FaultyS3, sound: str) -> None:
        own = settings(proxy.endpoint, "spoiled")
        client(settings(sound, "spoiled")).create_bucket(Bucket="spoiled")
        self.proxy, self.sound = proxy, Store(settings(sound, "spoiled"), "north")
        self.store, self.registry = Store(own, "north"), RegistryStore(own)

    def __call__(self, fault: str, kind: str, times: int) -> None:
        """Spoil the first ``times`` requests of a kind from now on."""
        self.proxy.restart_numbers()
        self.proxy.unchecked = False
        self.proxy.injected.clear()
        self.proxy.plan = lambda request: fault if request.kind == kind and request.nth < times else ""

    @property
    def done(self) -> int:
        return sum(self.proxy.injected.values())


@pytest.fixture(scope="module")
def spoiled() -> Iterator[Spoiled]:
    with s3.sound_s3() as sound, impatient(), s3.FaultyS3(sound) as proxy:
        yield Spoiled(proxy, sound)


@pytest.fixture
def key(request: pytest.FixtureRequest) -> str:
    return f"inbox/{hashlib.sha256(request.node.name.encode()).hexdigest()}"


@pytest.mark.parametrize("unchecked", [False, True])
@pytest.mark.parametrize("fault", ONCE_READ)
def test_a_fault_of_one_read_is_read_past(spoiled: Spoiled, key: str, fault: str, unchecked: bool):
    spoiled.sound.put(key, BYTES)
    (listed,) = spoiled.sound.list(key)
    spoiled(fault, "read", 1)
    spoiled.proxy.unchecked = unchecked
    assert spoiled.store.read(listed.key, listed.version) == BYTES
    assert spoiled.done == 1


@pytest.mark.parametrize("fault", [*s3.EVERYWHERE, *s3.OF_A_READ])
def test_a_read_that_never_comes_whole_is_one_clear_line_that_may_pass(spoiled: Spoiled, key: str, fault: str):
    spoiled.sound.put(key, BYTES)
    spoiled(fault, "read", 99)
    with pytest.raises(StoreError) as raised:
        spoiled.store.read(key)
    assert raised.value.passing
    assert "\n" not in str(raised.value)
    assert "; " in str(raised.value)
    assert key not in str(raised.value)
    assert ("clock" in str(raised.value)) == (fault == s3.SKEW)
    assert spoiled.done <= 5, "attempts of ours are not multiplied with the library's"


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.store._PART", 60_000)


@pytest.mark.parametrize("fault", ["", *ONCE_READ])
@pytest.mark.usefixtures("in_parts")
def test_a_long_object_is_read_in_parts_past_a_fault_of_one(spoiled: Spoiled, key: str, fault: str):
    spoiled.sound.put(key, BYTES)
    (listed,) = spoiled.sound.list(key)
    spoiled("", "read", 0)
    spoiled.proxy.plan = lambda request: fault if request.number == 3 else ""
    if fault == s3.FLIPPED:  # a part has no checksum of its own: it shows once all have come
        with pytest.raises(StoreError, match="damaged answer") as raised:
            list(spoiled.store.stream(listed))
        assert raised.value.passing
    else:
        parts = list(spoiled.store.stream(listed))
        assert [len(part) for part in parts] == [60_000, 60_000, 60_000, 60_000, 16_000]
        assert b"".join(parts) == BYTES
    assert spoiled.done == bool(fault)


@pytest.mark.usefixtures("in_parts")
def test_a_long_object_replaced_between_its_parts_is_refused(spoiled: Spoiled, key: str):
    spoiled.sound.put(key, BYTES)
    (listed,) = spoiled.sound.list(key)
    spoiled("", "read", 0)
    coming = spoiled.store.stream(listed)
    next(coming)
    spoiled.sound.put(key, BYTES[::-1])
    with pytest.raises(StoreError, match="replaced"):
        next(coming)


@pytest.mark.parametrize("fault", ONCE_WRITTEN)
def test_a_conditional_write_that_is_sent_twice_knows_its_own_bytes(spoiled: Spoiled, key: str, fault: str):
    spoiled(fault, "write", 1)
    spoiled.store.put_new(key, BYTES)
    assert spoiled.done == 1
    assert spoiled.sound.read(key) == BYTES
    with pytest.raises(AlreadyThere):
        spoiled.store.put_new(key, BYTES)


def test_a_lost_answer_does_not_make_anothers_object_ours(spoiled: Spoiled, key: str):
    spoiled.sound.put(key, b"another's")
    spoiled(s3.HANG, "write", 1)
    with pytest.raises(AlreadyThere):
        spoiled.store.put_new(key, BYTES)
    assert spoiled.done == 1
    assert spoiled.sound.read(key) == b"another's"


@pytest.mark.parametrize("fault", s3.OF_A_READ)
def test_an_entry_of_the_registry_is_read_whole_with_its_tag(spoiled: Spoiled, key: str, fault: str):
    spoiled.registry.put_new(key, b"entry one")
    spoiled(fault, "read", 1)
    data, tag = spoiled.registry.find(key) or (b"", "")
    assert (data, spoiled.done) == (b"entry one", 1)
    spoiled.registry.replace(key, b"entry two", tag)
    with pytest.raises(Replaced):
        spoiled.registry.replace(key, b"entry three", tag)


@pytest.mark.parametrize("times", [1, 99])
def test_a_listing_cut_short_is_asked_for_again_and_never_fewer_objects(spoiled: Spoiled, key: str, times: int):
    for number in range(5):
        spoiled.sound.put(f"{key}/{number}", b"x")
    spoiled(s3.CUT_LISTING, "list", times)
    if times == 1:
        assert len(spoiled.store.list(f"{key}/")) == 5
    else:
        with pytest.raises(StoreError, match="run again") as raised:
            spoiled.store.list(f"{key}/")
        assert raised.value.passing
    assert 1 <= spoiled.done <= 5


def test_an_object_replaced_between_list_and_read_is_refused(spoiled: Spoiled, key: str):
    spoiled.sound.put(key, b"old")
    (listed,) = spoiled.sound.list(key)
    spoiled(s3.REPLACED, "read", 1)
    spoiled.proxy.replace = lambda: spoiled.sound.put(key, b"new")
    with pytest.raises(StoreError, match="replaced") as raised:
        spoiled.store.read(listed.key, listed.version)
    assert raised.value.passing
    assert spoiled.done == 1


def test_what_must_be_mended_first_is_not_tried_again(spoiled: Spoiled):
    spoiled("", "read", 0)
    with pytest.raises(StoreError, match="make the bucket") as raised:
        Store(settings(spoiled.proxy.endpoint, "no-such-bucket"), "north").list("")
    assert not raised.value.passing


def test_months_over_faulty_storage_lose_nothing():
    found = soak(runs=3, seed=2, patients=2)
    assert found.lost == []
    assert sum(found.outcomes.values()) == 3
    assert len(found.injected) > 8, "a soak of few faults proves little"
