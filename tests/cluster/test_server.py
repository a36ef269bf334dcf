"""A distributed month on a Prefect server of this test's own: set up twice, started twice at once, turns, names."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolUpdate
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectNotFound
from prefect.runtime import flow_run
from prefect.states import Cancelled, Crashed, Pending, Running
from prefect.testing.utilities import prefect_test_harness

from flows.ccm.service_month import ServiceMonth
from flows.deployments import FLOW, POOL, QUEUES
from flows.monthly import bill_month, sign_of_life
from flows.monthly.apply import apply
from flows.monthly.asked import asked_month, month_before
from flows.monthly.newest_runs import idle
from flows.monthly.start import start
from flows.monthly.turn import turn
from flows.tenancy import SetupError

MONTH = ServiceMonth(2025, 11)
PRACTICES = ("bayview-family", "gulfside-hospital")
slow = pytest.mark.skipif(os.environ.get("CCM_CLUSTER") != "1", reason="set CCM_CLUSTER=1: automations take a minute")


@pytest.fixture(scope="module")
def server() -> Iterator[SyncPrefectClient]:
    with prefect_test_harness(server_startup_timeout=120):
        apply(PRACTICES, PRACTICES, 3, "")
        with get_client(sync_client=True) as client:
            of = client.create_flow(bill_month)
            for slug in PRACTICES:
                client.create_deployment(of, slug, work_pool_name=POOL, work_queue_name="monthly")
            yield client


def test_set_up_twice_is_set_up_once(server: SyncPrefectClient):
    def held():
        automations = {item.name: item.id for item in server.read_automations()}
        limits = {limit.name: limit.limit for limit in server.read_global_concurrency_limits()}
        queues = {queue.name: queue.priority for queue in server.read_work_queues(work_pool_name=POOL)}
        return automations, limits, queues

    before = held()
    assert apply(PRACTICES, PRACTICES, 3, "").practices == 2
    assert held() == before
    assert before[1] == {"practice:bayview-family": 1, "practice:gulfside-hospital": 1}
    assert {name: before[2][name] for name in QUEUES} == QUEUES
    assert server.read_work_pool(POOL).concurrency_limit == 3


def test_why_no_run_is_begun_is_told(server: SyncPrefectClient):
    assert idle() == "no worker is polling"
    server.send_worker_heartbeat(POOL, "worker-1", 30)
    assert idle() == ""
    server.update_work_pool(POOL, WorkPoolUpdate(is_paused=True))
    assert idle() == "the work pool is paused"
    server.update_work_pool(POOL, WorkPoolUpdate(is_paused=False))
    assert idle() == ""


def test_a_practice_that_left_is_started_no_more_and_a_broken_one_stays(server: SyncPrefectClient):
    left, broken = "left-in-october", "broken-folder"
    of = server.create_flow(bill_month)
    for slug in (left, broken):
        server.create_deployment(of, slug, work_pool_name=POOL, work_queue_name="monthly")
    apply((*PRACTICES, left, broken), (*PRACTICES, left, broken), 3, "")
    (waits,) = start((left,), ServiceMonth(2025, 8), "monthly")
    applied = apply(PRACTICES, (*PRACTICES, broken), 3, "")
    assert applied.removed == (left,)
    for slug in (broken, *PRACTICES):
        assert server.read_deployment_by_name(f"{FLOW}/{slug}")
    limits = {limit.name for limit in server.read_global_concurrency_limits()}
    assert f"practice:{broken}" in limits
    assert f"practice:{left}" not in limits
    with pytest.raises(ObjectNotFound):
        server.read_flow_run(waits.run)
    with pytest.raises(SetupError, match=f"{left}: has no deployment"):
        start((left,), ServiceMonth(2025, 8), "monthly")
    assert apply(PRACTICES, (*PRACTICES, broken), 3, "").removed == ()
    assert apply(PRACTICES, PRACTICES, 3, "").removed == (broken,)


def test_two_who_start_a_month_at_one_instant_start_it_once(server: SyncPrefectClient):
    together = threading.Barrier(2)

    def begin(_):
        together.wait()
        return start(PRACTICES, MONTH, "corrections")

    with ThreadPoolExecutor(2) as hands:
        first, second = hands.map(begin, range(2))
    assert [item.run for item in first] == [item.run for item in second]
    run = server.read_flow_run(first[0].run)
    assert (run.name, sorted(run.tags), run.work_queue_name) == (
        "bayview-family 2025-11",
        ["month:2025-11", "practice:bayview-family"],
        "corrections",
    )
    assert run.parameters == {"practice": "bayview-family", "month": "2025-11"}


def test_a_month_that_waits_is_not_started_again_and_one_that_ended_is(server: SyncPrefectClient):
    month = ServiceMonth(2025, 10)
    (first,) = start(PRACTICES[:1], month, "monthly")
    (again,) = start(PRACTICES[:1], month, "monthly")
    assert (first.new, again.new, again.run) == (True, False, first.run)
    server.set_flow_run_state(first.run, Cancelled(), force=True)
    (third,) = start(PRACTICES[:1], month, "monthly")
    assert third.new
    assert third.run != first.run
    server.set_flow_run_state(third.run, Crashed(), force=True)
    (fourth,) = start(PRACTICES[:1], month, "monthly")
    assert (fourth.run, fourth.state) == (third.run, "Scheduled"), "it may be put back by itself, and two would be at work"


def crash(server: SyncPrefectClient, run: str, begun: bool = False) -> None:
    """As a worker does whose flow's process ended."""
    for state in (Pending(), Running(), Crashed()) if begun else (Pending(), Crashed()):
        server.set_flow_run_state(run, state, force=True)


def after_a_crash(server: SyncPrefectClient, run: str) -> tuple[str, int]:
    """The state that follows upon Crashed, and how often the run has begun."""
    until = time.monotonic() + 60
    while (found := server.read_flow_run(run)).state_name == "Crashed" and time.monotonic() < until:
        time.sleep(0.1)
    return str(found.state_name), found.run_count


@slow
def test_a_run_that_crashes_again_and_again_without_beginning_ends_as_failed(server: SyncPrefectClient):
    (item,) = start(PRACTICES[:1], ServiceMonth(2025, 8), "monthly")
    until, begun = time.monotonic() + 60, True
    while server.read_flow_run(item.run).state_name != "Failed" and time.monotonic() < until:
        crash(server, item.run, begun)
        begun = False
        time.sleep(1)  # SQLite is locked by each event's counting, and an event that is refused is not counted
    run = server.read_flow_run(item.run)
    assert (run.state_name, run.run_count) == ("Failed", 1)


@slow
def test_a_crashed_run_is_put_back_before_it_began_and_after(server: SyncPrefectClient):
    (item,) = start(PRACTICES[:1], ServiceMonth(2025, 7), "monthly")
    for begun in (False, True):
        crash(server, item.run, begun)
        assert after_a_crash(server, item.run) == ("Scheduled", int(begun))


def test_a_run_that_shows_no_sign_of_life_is_put_back_and_one_that_does_is_not(
    server: SyncPrefectClient, monkeypatch: pytest.MonkeyPatch
):
    month = ServiceMonth(2025, 6)
    (first,) = start(PRACTICES[:1], month, "monthly")
    for state in (Pending(), Running()):
        server.set_flow_run_state(first.run, state, force=True)
    (again,) = start(PRACTICES[:1], month, "monthly")
    assert (again.new, again.run, again.state) == (False, first.run, "Running")
    monkeypatch.setattr(sign_of_life, "_SILENCE", timedelta(seconds=2))
    until = time.monotonic() + 30
    while not again.new and time.monotonic() < until:
        (again,) = start(PRACTICES[:1], month, "monthly")
    assert (again.new, again.run, again.state) == (True, first.run, "Scheduled")
    run = server.read_flow_run(first.run)
    assert (run.state_name, run.run_count) == ("Scheduled", 1)


def test_a_schedule_makes_runs(server: SyncPrefectClient):
    nightly = CronSchedule(cron="15 22 3 * *", timezone="America/Chicago")
    deployment = server.create_deployment(
        server.create_flow(bill_month),
        "by-schedule",
        work_pool_name=POOL,
        schedules=[DeploymentScheduleCreate(schedule=nightly, active=True)],
    )
    server._client.post(f"/deployments/{deployment}/schedule", json={"min_runs": 3}).raise_for_status()
    found = [run for run in server.read_flow_runs() if run.deployment_id == deployment]
    local = [run.expected_start_time.astimezone(ZoneInfo("America/Chicago")) for run in found]
    assert len(local) == 3
    assert {(each.day, each.hour, each.minute) for each in local} == {(3, 22, 15)}


def test_nothing_is_started_where_a_practice_has_no_deployment(server: SyncPrefectClient):
    month = ServiceMonth(2025, 9)
    with pytest.raises(SetupError, match="harbor-light: has no deployment on this server"):
        start((*PRACTICES, "harbor-light"), month, "monthly")
    assert not [run for run in server.read_flow_runs() if "month:2025-09" in run.tags]
    assert server.read_deployment_by_name(f"{FLOW}/{PRACTICES[0]}")


def test_two_runs_of_a_practice_take_turns_and_those_of_two_practices_do_not(server: SyncPrefectClient):
    order: list[str] = []

    @flow
    def other(slug: str) -> None:
        with turn(slug):
            order.append(slug)

    @flow
    def first() -> None:
        with turn(PRACTICES[0]):
            begun.set()
            hands.submit(other, PRACTICES[1]).result(90)
            order.append("first")

    begun = threading.Event()
    with ThreadPoolExecutor(3) as hands:
        holding = hands.submit(first)
        assert begun.wait(60)
        waiting = hands.submit(other, PRACTICES[0])
        holding.result(120)
        waiting.result(120)
    assert order == [PRACTICES[1], "first", PRACTICES[0]]


def test_a_run_by_schedule_is_named_and_tagged_by_the_month_it_bills(server: SyncPrefectClient):
    @flow
    def scheduled() -> tuple[str, str, str]:
        found = asked_month("bayview-family", "previous", "America/Los_Angeles")
        return str(found), str(month_before(flow_run.scheduled_start_time, "America/Los_Angeles")), flow_run.id

    found, expected, run = scheduled()
    assert found == expected
    told = server.read_flow_run(run)
    assert told.name == f"bayview-family {found}"
    assert {f"month:{found}", "practice:bayview-family"} <= set(told.tags)


@pytest.mark.parametrize(("month", "told"), [("2099-01", "was not over at this run's scheduled start"), ("2025-13", "YYYY-MM")])
def test_a_month_that_is_not_over_or_none_at_all_is_refused(server: SyncPrefectClient, month: str, told: str):
    @flow
    def asked() -> str:
        return str(asked_month("bayview-family", month, "America/Los_Angeles"))

    with pytest.raises(SetupError, match=told):
        asked()
