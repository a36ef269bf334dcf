"""The retention file: its shape, and the years that one lock for packets of every month is set to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from flows.rulebook.schema import Dated


class RetentionBlock(Dated):
    """How many years a month's evidence is kept, in one version."""

    keep_years: Annotated[int, Field(gt=0, le=100)]


def longest(blocks: Iterable[Dated]) -> int:
    """The most years that any version asks for: one bucket holds the packets of all months. Raises ValueError for none."""
    return max(block.keep_years for block in blocks if isinstance(block, RetentionBlock))
