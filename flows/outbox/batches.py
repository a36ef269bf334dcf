"""Documents in batches: as many as are built, rendered and kept together, so that a month's texts are never all in memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

BATCH = 100  # documents: a quarter of a minute's work on two processes
TEXT = 4_000_000  # characters: some hundred care plans, or a few parts of a time log


class _Text(Protocol):
    @property
    def xhtml(self) -> str: ...


_D = TypeVar("_D", bound=_Text)


def batches(documents: Iterable[_D]) -> Iterator[list[_D]]:
    """Lists of documents in the order given, each closed by the document that fills it: by number, or by length of text.

    The documents of a batch are asked for when the batch is.
    """
    batch: list[_D] = []
    length = 0
    for document in documents:
        batch.append(document)
        length += len(document.xhtml)
        if len(batch) >= BATCH or length >= TEXT:
            yield batch
            batch, length = [], 0
    if batch:
        yield batch
