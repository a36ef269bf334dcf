"""The fuzzer by hand (`python -m tests.intake.fuzz`) runs, and reaches both what is read and what is refused."""

from __future__ import annotations

import pytest

from tests.intake.fuzz import READERS, run


@pytest.mark.parametrize("reader", sorted(READERS))
def test_the_fuzzer_runs(reader):
    came = run(reader, 60, 7)
    assert came["rows"] == came["taken"] + came["excluded"] + came["rejected"]
    assert came["taken"] and came["rejected"]
