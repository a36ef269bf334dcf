"""A document is rendered again only when what it is made from has changed; what comes of it has the same bytes."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from flows.outbox import batches as batching
from flows.outbox import documents
from flows.outbox.documents import KEYS, write_documents
from flows.outbox.pdf import Document, key_of
from flows.outbox.render_key import render_key
from flows.packets import Files
from flows.renders import Renders
from flows.store import StoreError
from tests.documents.examples import MONTH, month_result, piece
from tests.documents.written import documents_of
from tests.packet.files import held

LATE = piece("late", 28, 420, line=30)


class Shelf:
    """Objects by key, listed and read as a store's are."""

    def __init__(self, objects):
        self.objects = objects

    def list(self, prefix):
        from flows.store import Listed

        return tuple(Listed(key, "1", len(data)) for key, data in sorted(self.objects.items()) if key.startswith(prefix))

    def read(self, key, version=""):
        return self.objects[key]

    def put(self, key, data):
        self.objects[key] = data


@pytest.fixture(scope="module")
def first():
    return documents_of(month_result(), 1)


@pytest.fixture
def rendered_now(monkeypatch):
    """The names given to the renderer."""
    names = []
    real = documents.render_all

    def counted(given, processes):
        def told():
            for batch in given:
                names.extend(document.name for document in batch)
                yield batch

        return real(told(), processes)

    monkeypatch.setattr(documents, "render_all", counted)
    return names


def by_key(files):
    kept = {key: files[name] for name, key in json.loads(files[KEYS]).items()}
    return lambda keys: {key: kept[key] for key in keys if key in kept}


def with_a_late_entry():
    """The month after one more counted entry of the third patient, Carl, billed under dr_a."""
    month = month_result()
    carl = replace(month.decisions[2], pieces=(*month.decisions[2].pieces, LATE))
    return replace(month, decisions=(*month.decisions[:2], carl, *month.decisions[3:]))


def test_the_same_month_again_renders_nothing(first, rendered_now):
    assert documents_of(month_result(), 1, by_key(first)) == first
    assert rendered_now == []


def test_a_late_entry_renders_the_patients_plan_the_practitioners_list_and_the_log(first, rendered_now):
    again = documents_of(with_a_late_entry(), 1, by_key(first))
    assert sorted(rendered_now) == ["attestations/dr_a.pdf", "care-plans/p003.pdf", "time-log.pdf"]
    assert again == documents_of(with_a_late_entry(), 1)


@pytest.mark.parametrize("change", ["xhtml", "signature", "look", "plain", "engine"])
def test_each_thing_that_a_document_is_made_from_changes_its_key(change):
    parts = {"xhtml": "<p/>", "signature": "s", "look": "p {}", "plain": "q {}"}
    key = render_key(parts.values(), "a")
    changed = {name: text + (" " if name == change else "") for name, text in parts.items()}
    assert render_key(changed.values(), "b" if change == "engine" else "a") != key


def test_text_moved_from_one_part_to_the_next_is_another_document():
    assert render_key(("ab", "c"), "e") != render_key(("a", "bc"), "e")


def test_the_name_is_no_part_of_the_key():
    assert key_of(Document("a.pdf", "<p/>")) == key_of(Document("b.pdf", "<p/>")) != key_of(Document("a.pdf", "<p/>", "sign"))


def sealed(files):
    from flows.outbox.manifest import write_manifest

    home = f"packets/{MONTH}/1/"
    return {home + name: data for name, data in files.items()} | {
        home + "manifest.json": write_manifest(month_result(), 1, 0, held(files).sums)
    }


def test_a_sealed_packets_documents_are_found_by_key(first):
    store = Shelf(sealed(first))
    keys = json.loads(first[KEYS])
    asked = frozenset({keys["time-log.pdf"], "0" * 64})
    assert Renders(store, MONTH, KEYS)(asked) == {keys["time-log.pdf"]: first["time-log.pdf"]}


def test_a_document_that_is_not_as_its_manifest_says_is_not_taken(first):
    objects = sealed(first)
    objects[f"packets/{MONTH}/1/time-log.pdf"] += b"\n"
    keys = json.loads(first[KEYS])
    assert Renders(Shelf(objects), MONTH, KEYS)(frozenset({keys["time-log.pdf"]})) == {}


def test_a_packet_without_keys_and_a_month_without_packet_give_nothing(first):
    old = {name: data for name, data in first.items() if name != KEYS}
    for objects in ({}, sealed(old)):
        assert Renders(Shelf(objects), MONTH, KEYS)(frozenset(json.loads(first[KEYS]).values())) == {}


def test_what_was_just_made_is_kept_for_the_next_number(first):
    renders, keys = Renders(Shelf({}), MONTH, KEYS), frozenset(json.loads(first[KEYS]).values())
    documents_of(month_result(), 1, keep=renders.keep)
    assert set(renders(keys)) == keys


class Died(Exception):
    pass


def test_what_a_run_that_died_had_rendered_is_not_rendered_again(first, rendered_now, monkeypatch):
    monkeypatch.setattr(batching, "BATCH", 2)
    shelf, batches = Shelf({}), []

    def keep(batch):
        Renders(shelf, MONTH, KEYS).keep(batch)
        batches.append(len(batch))
        if len(batches) == 2:
            raise Died

    with pytest.raises(Died):
        documents_of(month_result(), 1, keep=keep)
    assert batches == [2, 2]
    rendered_now.clear()
    next_run = Renders(shelf, MONTH, KEYS)
    assert documents_of(month_result(), 1, next_run, next_run.keep) == first
    assert len(rendered_now) == len(first) - 1 - 4 > 0


def test_kept_work_whose_bytes_are_not_as_its_name_says_is_not_taken(first):
    shelf, keys = Shelf({}), json.loads(first[KEYS])
    Renders(shelf, MONTH, KEYS).keep({keys["time-log.pdf"]: first["time-log.pdf"]})
    (name,) = shelf.objects
    assert Renders(shelf, MONTH, KEYS)(frozenset(keys.values())) == {keys["time-log.pdf"]: first["time-log.pdf"]}
    shelf.objects[name] = first["time-log.pdf"] + b"\n"
    assert Renders(shelf, MONTH, KEYS)(frozenset(keys.values())) == {}


def test_kept_work_is_named_by_hashes_alone(first):
    shelf = Shelf({})
    Renders(shelf, MONTH, KEYS).keep({key: first[name] for name, key in json.loads(first[KEYS]).items()})
    assert len(shelf.objects) == len(first) - 1
    assert not [name for name in shelf.objects if not re.fullmatch(rf"work/{MONTH}/[0-9a-f]{{64}}\.[0-9a-f]{{64}}\.pdf", name)]


def test_what_is_kept_in_storage_is_not_held_by_the_packet_and_read_back_the_same(first):
    shelf = Shelf({})
    for _ in ("rendered", "found kept"):
        renders = Renders(shelf, MONTH, KEYS)
        files = Files(renders.holding)
        write_documents(month_result(), files.add_whole, 1, renders, renders.keep)
        assert dict(files) == first
        assert files.sums == held(first).sums
        shelf.read, reading = (lambda *_: pytest.fail("read")), shelf.read
        assert files[KEYS] == first[KEYS]
        with pytest.raises(pytest.fail.Exception):
            files["time-log.pdf"]
        shelf.read = reading


def test_kept_work_that_changes_before_the_packet_is_written_fails_clearly(first):
    shelf = Shelf({})
    renders = Renders(shelf, MONTH, KEYS)
    renders.keep({"0" * 64: first["time-log.pdf"]})
    files = Files(renders.holding)
    files.add_whole("time-log.pdf", first["time-log.pdf"])
    (name,) = shelf.objects
    shelf.objects[name] += b"\n"
    with pytest.raises(StoreError, match="run again"):
        files["time-log.pdf"]
