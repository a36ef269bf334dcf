"""The board on a Prefect server of this test's own: rows told by many runs, one table for all that end in an interval."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prefect import flow, tags
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.states import Failed
from prefect.testing.utilities import prefect_test_harness

from flows.ccm.service_month import ServiceMonth
from flows.deployments import POOL, TABLE
from flows.monthly import month_table
from flows.monthly.apply import apply
from flows.monthly.asked import tags_of
from flows.monthly.board import due, tell, tell_month
from flows.outcome import Outcome

PRACTICES = ("bayview-family", "cumberland-rural", "gulfside-hospital")


@flow
def ended(outcome: Outcome) -> None:
    tell(outcome)


@flow
def all_of(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        ended(outcome)
    tell_month(outcomes[0].month)


def outcomes(month: str) -> list[Outcome]:
    first, second, third = PRACTICES
    return [
        Outcome(first, month, billed=7, packet=1),
        Outcome(second, month, failure="tenants/second/practice.toml: key 'npi': is missing; add it"),
        Outcome(third, month, stopped="hold rate 50 %, usual 5 %"),
    ]


@pytest.fixture(scope="module")
def server() -> Iterator[SyncPrefectClient]:
    with prefect_test_harness(server_startup_timeout=120), get_client(sync_client=True) as client:
        yield client


def tables(server: SyncPrefectClient, month: str) -> list[list[dict[str, object]]]:
    """The month's tables, the oldest first."""
    found = server.read_artifacts(artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[f"month-{month}"])))
    return [json.loads(str(item.data)) for item in sorted(found, key=lambda item: str(item.created))]


def told(month: str) -> None:
    for outcome in outcomes(month):
        with tags(*tags_of(outcome.practice, ServiceMonth.parse(month))):
            ended(outcome)


def test_where_the_table_has_no_deployment_each_run_writes_it_and_a_run_of_all_once(server: SyncPrefectClient):
    told("2025-09")
    assert [len(table) for table in tables(server, "2025-09")] == [1, 2, 3]
    all_of(outcomes("2025-08"))
    assert [len(table) for table in tables(server, "2025-08")] == [3]


def test_many_runs_ask_for_one_table_that_tells_who_is_done_held_up_failed_and_why(server: SyncPrefectClient):
    apply(PRACTICES, PRACTICES, None, "")
    server.create_deployment(server.create_flow(month_table), TABLE, work_pool_name=POOL, work_queue_name="board")
    told("2025-11")
    assert tables(server, "2025-11") == [], "no run reads what others told"
    asked = [run for run in server.read_flow_runs() if run.parameters == {"month": "2025-11"}]
    # the three may end on both sides of a whole interval
    assert len(asked) in (1, 2)
    assert {(run.name, run.work_queue_name, tuple(run.tags)) for run in asked} == {("table 2025-11", "board", ())}
    month_table("2025-11")
    (table,) = tables(server, "2025-11")
    assert [(row["practice"], row["state"], row["why"]) for row in table] == [
        ("bayview-family", "packet 1 sealed", ""),
        ("cumberland-rural", "failed", "tenants/second/practice.toml: key 'npi': is missing; add it"),
        ("gulfside-hospital", "awaiting release", "hold rate 50 %, usual 5 %"),
    ]


def test_a_newer_run_that_died_shows_beside_what_was_told_before(server: SyncPrefectClient):
    told("2025-10")

    @flow
    def dies() -> None:
        raise RuntimeError

    with tags(*tags_of(PRACTICES[0], ServiceMonth(2025, 10))):
        assert isinstance(dies(return_state=True), type(Failed()))
    month_table("2025-10")
    assert tables(server, "2025-10")[-1][0]["state"] == "failed, before that packet 1 sealed"


@given(st.integers(0, 10**10))
def test_a_table_is_made_after_what_it_tells_and_once_an_interval(milliseconds: int):
    told = datetime(2025, 12, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)
    assert timedelta(seconds=9) < due(told) - told <= timedelta(minutes=5, seconds=10)
    assert due(told).timestamp() % 300 == 0
    assert due(due(told) - timedelta(seconds=11)) == due(told)
