"""No document is rendered in these tests: what is sent does not depend on them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.corrections.practice_shelf import without_documents


@pytest.fixture(scope="module", autouse=True)
def no_documents() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        without_documents(patch)
        yield
