"""The store against an S3 server: bound to its prefix, conditional, and clear about failures."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.settings import Settings, SettingsError, from_environment
from flows.store import AlreadyThere, Store, StoreError, UnsafeKey, checked_key, client

ESCAPES = ["", "/", "/a", "a/", "a//b", "..", "../b", "a/../b", "a/..", ".", "./a", "a\\b", "a\nb", "a\0b", "a\x7fb", "x" * 901]


def test_what_is_put_is_listed_and_read_relative_to_the_prefix(own: Settings):
    store = Store(own, "north")
    store.put("inbox/calls/2025-11/José's log.csv", b"one")
    store.put("inbox/records/p.csv", b"two")
    client(own).put_object(Bucket=own.bucket, Key="north/inbox/calls/", Body=b"")
    listed = store.list("inbox/")
    assert [(item.key, item.size) for item in listed] == [("inbox/calls/2025-11/José's log.csv", 3), ("inbox/records/p.csv", 3)]
    assert [store.read(item.key, item.version) for item in listed] == [b"one", b"two"]
    assert client(own).get_object(Bucket=own.bucket, Key="north/inbox/records/p.csv")["Body"].read() == b"two"
    assert store.find("inbox/none.csv") is None
    assert store.list("packets/") == ()


def test_transient_work_lies_in_a_bucket_of_its_own_where_one_is_set(own: Settings):
    apart = dataclasses.replace(own, work_bucket=f"{own.bucket}-work")
    store = Store(apart, "north")
    with pytest.raises(StoreError, match="open the prefix"):
        store.check()
    client(own).create_bucket(Bucket=apart.work_bucket)
    store.check()
    store.put_new("work/2025-11/a.pdf", b"made")
    store.put("workplan.csv", b"kept")
    assert [item.key for item in store.list("work/")] == ["work/2025-11/a.pdf"]
    assert store.find("work/2025-11/a.pdf") == b"made"
    there = {b: client(own).list_objects_v2(Bucket=b).get("Contents", []) for b in (own.bucket, apart.work_bucket)}
    assert [[item["Key"] for item in found] for found in there.values()] == [["north/workplan.csv"], ["north/work/2025-11/a.pdf"]]


def test_more_objects_than_one_page_are_all_listed(own: Settings):
    store = Store(own, "north")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.put(f"inbox/{number:04d}", b""), range(1005)))
    assert [item.key for item in store.list("inbox/")] == [f"inbox/{number:04d}" for number in range(1005)]


def test_a_sibling_prefix_is_out_of_sight(own: Settings):
    Store(own, "north-east").put("inbox/secret.csv", b"x")
    store = Store(own, "north")
    assert store.list("") == ()
    assert store.find("inbox/secret.csv") is None


@pytest.mark.parametrize("key", ESCAPES)
def test_keys_that_could_escape_are_refused_without_repeating_them(own: Settings, key: str):
    store = Store(own, "north")
    for attempt in (store.read, store.find, lambda k: store.put(k, b""), lambda k: store.put_new(k, b"")):
        with pytest.raises(UnsafeKey) as raised:
            attempt(key)
        assert len(key) < 3 or key not in str(raised.value)


@pytest.mark.parametrize("slug", ["", "..", "a/b", "North", "n", "north/", "../north", "north\n"])
def test_a_store_is_bound_to_a_slug_only(own: Settings, slug: str):
    with pytest.raises(UnsafeKey):
        Store(own, slug)


@given(st.text(max_size=60))
def test_a_key_that_passes_stays_below_its_prefix(key: str):
    try:
        passed = checked_key(key)
    except UnsafeKey:
        return
    assert passed == key
    depth = 0
    for part in passed.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        assert depth > 0
    assert not key.startswith("/")


def test_of_many_writers_of_a_new_object_one_wins(own: Settings):
    store = Store(own, "north")

    def attempt(number: int) -> int | None:
        try:
            store.put_new("claim", str(number).encode())
        except AlreadyThere:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        winners = [number for number in pool.map(attempt, range(24)) if number is not None]
    assert len(winners) == 1
    assert store.read("claim") == str(winners[0]).encode()


def test_an_object_replaced_after_listing_is_refused_not_mixed_in(own: Settings):
    store = Store(own, "north")
    store.put("inbox/a.csv", b"old")
    (listed,) = store.list("inbox/")
    store.put("inbox/a.csv", b"new")
    with pytest.raises(StoreError, match="replaced while the month was read; run again"):
        store.read(listed.key, listed.version)


@pytest.mark.parametrize("change", [{"endpoint": "http://127.0.0.1:9"}, {"bucket": "no-such-bucket"}])
def test_storage_that_does_not_answer_is_one_line_without_secrets(own: Settings, change: dict[str, str]):
    wrong = dataclasses.replace(own, **change)
    with pytest.raises(StoreError) as raised:
        Store(wrong, "north").check()
    text = str(raised.value)
    assert wrong.endpoint in text
    assert wrong.bucket in text
    assert "\n" not in text
    assert "; check" in text
    assert "test-secret" not in text + repr(wrong)


@pytest.mark.parametrize(
    ("environment", "variable"),
    [
        ({}, "CCM_BUCKET"),
        ({"CCM_BUCKET": " "}, "CCM_BUCKET"),
        ({"CCM_BUCKET": "b", "CCM_S3_ENDPOINT": "localhost:9000"}, "CCM_S3_ENDPOINT"),
        ({"CCM_BUCKET": "b", "CCM_S3_ENDPOINT": "http://user:hunter2@host"}, "CCM_S3_ENDPOINT"),
        ({"CCM_BUCKET": "b", "CCM_S3_ENDPOINT": "http://host:port"}, "CCM_S3_ENDPOINT"),
        ({"CCM_BUCKET": "b", "CCM_S3_ACCESS_KEY": "a"}, "CCM_S3_SECRET_KEY"),
        ({"CCM_BUCKET": "b", "CCM_PROCESSES": "0"}, "CCM_PROCESSES"),
        ({"CCM_BUCKET": "b", "CCM_PROCESSES": "two"}, "CCM_PROCESSES"),
    ],
)
def test_a_wrong_setting_is_named_without_its_value(environment: dict[str, str], variable: str):
    with pytest.raises(SettingsError, match=variable) as raised:
        from_environment(environment)
    assert "hunter2" not in str(raised.value)
