"""A month killed at a few of its requests; the whole sweep is ``python -m tests.soak.kills --runs 0``."""

from __future__ import annotations

from tests.soak.kills.sweep import sweep


def test_a_month_killed_at_any_request_is_finished_by_the_next_run():
    found = sweep(runs=3, seed=3)
    assert found.wrong == []
    assert found.kills >= 2, "threads answer in another order from run to run: a run may end before its point"
    assert sum(found.recovered.values()) == found.kills
