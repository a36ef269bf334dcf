"""A vendor's registry key beside the storage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.settings import Settings


@pytest.fixture
def own(own: Settings) -> Settings:
    return replace(own, registry_key=bytes(range(32)))
