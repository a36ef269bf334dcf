"""A month and its correction killed at a few requests; the whole: ``python -m tests.soak.kills --runs 0 [--correction]``."""

from __future__ import annotations

import pytest

from tests.soak.kills.sweep import sweep


@pytest.mark.parametrize("correction", [False, True])
def test_a_month_killed_at_any_request_is_finished_by_the_next_run(correction: bool):
    found = sweep(runs=2 if correction else 3, seed=3, correction=correction)
    assert found.wrong == []
    assert found.kills >= 1, "threads answer in another order from run to run: a run may end before its point"
    assert sum(found.recovered.values()) == found.kills
