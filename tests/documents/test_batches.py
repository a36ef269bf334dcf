"""A month's documents pass through in batches: their texts and PDFs are never all held at once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.outbox import batches as batching
from flows.outbox import documents, pdf
from flows.outbox.batches import batches
from flows.outbox.documents import KEYS, write_documents
from flows.outbox.pdf import Document
from tests.documents.examples import crowded_month
from tests.documents.written import documents_of

PATIENTS, BATCH = 60, 5


class Live:
    """How many of each kind were there at once, at most. Of sets, since threads count too: adding to one is a single step."""

    def __init__(self) -> None:
        self.now: dict[str, set[int]] = {"text": set(), "pdf": set()}
        self.most: Counter[str] = Counter()
        self._numbers = count()

    def add(self, kind: str) -> int:
        number = next(self._numbers)
        self.now[kind].add(number)
        self.most[kind] = max(self.most[kind], len(self.now[kind]))
        return number


@pytest.fixture
def live(monkeypatch: pytest.MonkeyPatch) -> Live:
    """Texts and PDFs that are counted while they live; threads stand in for the renderer's processes."""
    counted = Live()

    class Text(str):
        def __del__(self):
            counted.now["text"].discard(self.number)

    class Pdf(bytes):
        def __del__(self):
            counted.now["pdf"].discard(self.number)

    def text(_result, month, _decision):
        made = Text(f"<p>{month.patient.key}</p>")
        made.number = counted.add("text")
        return made

    def pdf_of(data):
        made = Pdf(data)
        made.number = counted.add("pdf")
        return made

    def render(document):
        return pdf_of(document.xhtml.encode())

    monkeypatch.setattr(batching, "BATCH", BATCH)
    monkeypatch.setattr(documents, "care_plan_summary", text)
    monkeypatch.setattr(pdf, "render", render)
    monkeypatch.setattr(pdf, "ProcessPoolExecutor", lambda processes, **_: ThreadPoolExecutor(processes))
    counted.pdf_of = pdf_of
    return counted


@pytest.mark.parametrize("processes", [1, 2])
def test_a_few_batches_are_held_and_every_document_is_given_once(live, processes):
    given, kept = Counter(), []

    def take(name, data):
        given[name, len(data)] += 1

    write_documents(crowded_month(PATIENTS), take, processes, keep=lambda batch: kept.append(len(batch)))
    assert sum(name.startswith("care-plans/") for name, _ in given) == PATIENTS
    assert set(given.values()) == {1}
    assert max(kept) <= BATCH
    assert sum(kept) == len(given) - 1
    # One batch is rendered, one waits, one is gathered.
    assert 0 < live.most["text"] <= 3 * BATCH
    assert 0 < live.most["pdf"] <= 3 * BATCH


def test_of_documents_that_are_all_kept_one_batch_is_held(live):
    first = documents_of(crowded_month(PATIENTS))
    kept = {pdf.key_of(Document(name, data.decode())): bytes(data) for name, data in first.items() if "care" in name}
    sizes, rendered = {}, []
    live.most.clear()

    def keep(batch):
        rendered.extend(batch)

    def found(keys):
        return {key: live.pdf_of(kept[key]) for key in keys & kept.keys()}

    def take(name, data):
        sizes[name] = len(data)

    del first[KEYS]
    write_documents(crowded_month(PATIENTS), take, 1, found, keep)
    assert len(rendered) == len(first) - PATIENTS
    assert sizes.keys() == {*first, KEYS}
    assert 0 < live.most["text"] <= 3 * BATCH


def test_a_run_that_fails_does_not_wait_for_what_was_begun(live):
    begun = []

    def keep(_):
        begun.append(True)
        raise RuntimeError("storage")

    with pytest.raises(RuntimeError, match="storage"):
        write_documents(crowded_month(PATIENTS), lambda *_: None, 2, keep=keep)
    assert len(begun) == 1
    assert live.most["pdf"] <= 3 * BATCH


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 7), st.integers(1, 30))
def test_batches_lose_nothing_and_each_is_closed_by_the_document_that_fills_it(lengths, most, text):
    given_ = [Document(str(n), "x" * length) for n, length in enumerate(lengths)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batching, "BATCH", most)
        patch.setattr(batching, "TEXT", text)
        made = list(batches(given_))

    def full(batch):
        return len(batch) >= most or sum(len(document.xhtml) for document in batch) >= text

    assert [document for batch in made for document in batch] == given_
    assert all(full(batch) for batch in made[:-1])
    assert not any(full(batch[:-1]) for batch in made)
    assert all(made)
