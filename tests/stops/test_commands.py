"""``ccm release`` and ``ccm status`` as an operator types them, over an S3 server on loopback."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from flows import month_claims, steps, stops
from flows.__main__ import main
from flows.ccm.month_figures import MonthFigures
from flows.ccm.practice import due_at
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stops import judge
from flows.registry import FREE, PENDING, open_registry
from flows.settings import Settings
from flows.status import statuses
from flows.stops import Stop, stop_for
from flows.store import Store, client
from flows.synthesize.dials import Dials
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice
from tests.stops.invented import PRACTICE
from tests.stops.sealed_months import seal_months
from tests.stops.test_judge import RULES, USUAL

NOVEMBER, NOW = USUAL.month, datetime(2025, 12, 2, 9, 30, tzinfo=UTC)
HISTORY = [replace(USUAL, month=ServiceMonth(2025, n)) for n in (8, 9, 10)]
FAR = replace(USUAL, held=90, billed=0, amount=Decimal(0))
WORD = ["--by", "Ida Wells", "--why", "The clinic re-consents everybody."]


@pytest.fixture
def asked(own: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in (
        ("CCM_BUCKET", own.bucket),
        ("CCM_S3_ENDPOINT", own.endpoint),
        ("CCM_S3_ACCESS_KEY", own.access_key),
        ("CCM_S3_SECRET_KEY", own.secret_key),
        ("CCM_TENANTS", str(own.tenants)),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return own


@pytest.fixture
def stop(asked: Settings) -> Stop:
    """bayview-family's November, stopped after three usual months."""
    store = Store(asked, "bayview-family")
    seal_months(store, "bayview-family", HISTORY, True)
    stop = stop_for(FAR, judge(FAR, HISTORY, RULES), "d" * 64, 0)
    stops.keep(store, stop)
    return stop


def ccm(*words: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(words))
    assert isinstance(left.value.code, int)
    return left.value.code


def board(capsys: pytest.CaptureFixture[str]) -> dict[str, dict]:
    capsys.readouterr()
    ccm("status", "2025-11", "--json")
    return {row["practice"]: row for row in json.loads(capsys.readouterr().out)}


def test_a_stopped_month_is_released_sealed_and_told(asked: Settings, stop: Stop, capsys: pytest.CaptureFixture[str]):
    assert ccm("status", "2025-11") == 5
    row = board(capsys)["bayview-family"]
    assert (row["state"], row["held"], row["hold_rate"], row["usual_hold_rate"]) == ("awaiting release", 90, 0.9, 0.2)
    assert "hold rate 0.900 (usually 0.200, last month 0.200)" in row["why"]
    assert row["needs_person"] is True

    assert ccm("release", "bayview-family", "2025-11", *WORD, "--yes") == 0
    shown = capsys.readouterr().out
    assert "far off" in shown
    assert "0.900" in shown
    row = board(capsys)["bayview-family"]
    assert (row["state"], row["needs_person"]) == ("released", True)
    assert row["why"].startswith("by Ida Wells on ")
    assert row["why"].endswith("; now `ccm start 2025-11 bayview-family`, or `ccm run bayview-family 2025-11` without workers")
    assert ccm("release", "bayview-family", "2025-11", *WORD, "--yes") == 2
    assert "already released by Ida Wells" in capsys.readouterr().err

    store = Store(asked, "bayview-family")
    word = {"by": "Ida Wells", "at": NOW.isoformat(), "why": "The clinic re-consents everybody."}
    seal_months(store, "bayview-family", [FAR], True, released=word)
    row = board(capsys)["bayview-family"]
    assert (row["state"], row["packet"], row["needs_person"]) == ("sealed packet 1", 1, False)
    assert row["why"] == "released by Ida Wells on 2025-12-02: The clinic re-consents everybody."
    assert ccm("status", "2025-11", PRACTICE.slug) == 0


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("cumberland-rural", "2025-11", *WORD, "--yes"), 2, "not stopped"),
        (("bayview-family", "2025-10", *WORD, "--yes"), 2, "not stopped"),
        (("bayview-family", "2025-11", "--by", " ", "--why", "x", "--yes"), 2, "--by: must be one line"),
        (("bayview-family", "2025-11", "--by", "Ida", "--why", "a\nb", "--yes"), 2, "--why: must be one line"),
        (("bayview-family", "2025-11", "--by", "Ida", "--why", "x" * 301, "--yes"), 2, "--why: must be one line"),
    ],
)
def test_what_is_not_released(stop: Stop, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], code: int, says: str):
    assert ccm("release", *words) == code
    assert says in capsys.readouterr().err


def test_claims_of_a_month_that_will_not_be_billed_are_given_up(asked: Settings):
    store, registry = Store(asked, PRACTICE.slug), open_registry(asked, PRACTICE)
    for key, data in synthesize(PRACTICE, NOVEMBER, 6, 3, Dials.clean(), "csv").objects.items():
        store.put(key, data)
    result = steps.decide_month(steps.read_month(store, PRACTICE, NOVEMBER), PRACTICE, NOVEMBER)
    month_claims.remember_claims(store, registry, result)
    result = month_claims.claim_month(registry, result)
    names = [wish.name for wish in registry.wishes(result)]
    assert {registry.entry(name).state for name in names} == {PENDING}
    assert ccm("registry", "give-up", PRACTICE.slug, str(NOVEMBER)) == 0
    assert {registry.entry(name).state for name in names} == {FREE}
    month_claims.claim_month(registry, result)
    month_claims.confirm_claims(registry, result)  # and killed before its packet was sealed; its inbox is gone since
    for item in store.list("inbox/"):
        client(asked).delete_object(Bucket=asked.bucket, Key=f"{PRACTICE.slug}/{item.key}")
    assert ccm("registry", "give-up", PRACTICE.slug, str(NOVEMBER)) == 0
    assert {registry.entry(name).state for name in names} == {FREE}


def test_a_stopped_month_that_is_given_up_waits_for_nobody(asked: Settings, stop: Stop, capsys: pytest.CaptureFixture[str]):
    assert board(capsys)[PRACTICE.slug]["needs_person"]
    for key, data in synthesize(PRACTICE, NOVEMBER, 6, 3, Dials.clean(), "csv").objects.items():
        Store(asked, PRACTICE.slug).put(key, data)
    assert ccm("registry", "give-up", PRACTICE.slug, str(stop.month)) == 0
    capsys.readouterr()
    told = board(capsys)[PRACTICE.slug]
    assert (told["state"], told["needs_person"]) == ("given up", False)
    store = Store(asked, PRACTICE.slug)
    assert stops.is_over(store, stop.month)
    stops.keep(store, stop)  # the next run is stopped again
    assert board(capsys)[PRACTICE.slug]["state"] == "awaiting release" and not stops.is_over(store, stop.month)


def test_every_practice_is_told_with_sums(asked: Settings, stop: Stop, capsys: pytest.CaptureFixture[str]):
    seal_months(Store(asked, "cumberland-rural"), "cumberland-rural", [USUAL], True)
    assert ccm("status", "2025-11") == 5
    lines = capsys.readouterr().out.splitlines()
    found = {words[0]: words for words in (line.replace("│", " ").split() for line in lines) if words}
    assert found["cumberland-rural"][1:] == ["sealed", "packet", "1", "70", "20", "10", "14", "1,500", "$4,900.00", "20", "%"]
    assert found["gulfside-hospital"][1:3] == ["not", "started"]
    (sums,) = [line.replace("│", " ").split() for line in lines if "for a person" in line]
    assert sums == ["all", "3", "2", "for", "a", "person", "70", "110", "20", "28", "3,000", "$4,900.00"]


@dataclass(frozen=True)
class Run:
    state: str
    why: str = ""
    since: datetime | None = NOW
    lost: bool = False


@pytest.mark.parametrize(
    ("run", "state", "person"),
    [
        (None, "sealed packet 1", False),
        (Run("Completed"), "sealed packet 1", False),
        (Run("Scheduled"), "scheduled", False),
        (Run("Late"), "late", True),
        (Run("Running"), "running", False),
        (Run("Pending"), "pending", False),
        (Run("Running", since=NOW - timedelta(hours=2)), "stuck", True),
        (Run("Pending", since=NOW - timedelta(hours=2)), "stuck", True),
        (Run("Running", since=NOW - timedelta(minutes=6), lost=True), "lost", True),
        (Run("Failed", "read: unexpected ValueError, reference 0123456789"), "failed", True),
        (Run("Crashed", "no sign of life"), "crashed", True),
        (Run("Cancelled"), "cancelled", True),
    ],
)
def test_what_is_under_way_or_failed_comes_before_what_is_stored(own: Settings, run: Run | None, state: str, person: bool):
    seal_months(Store(own, "bayview-family"), "bayview-family", [USUAL], True)
    (found,) = statuses(own, ["bayview-family"], NOVEMBER, {"bayview-family": run} if run else {}, NOW)
    assert (found.state, found.needs_person, found.packet) == (state, person, 1)
    if run and run.why:
        assert found.why.startswith(run.why)
    assert state != "lost" or "`ccm start 2025-11 bayview-family` puts it back" in found.why
    broken_off = state in ("crashed", "cancelled")
    assert found.why.endswith("`ccm start 2025-11 bayview-family`") == broken_off, "what is to be mended first is not run again"


@pytest.mark.parametrize(
    ("run", "state"),
    [
        (Run("Scheduled"), "scheduled, no worker is polling"),
        (Run("AwaitingRetry", "Storage."), "scheduled, no worker is polling"),
        (Run("Late"), "late, no worker is polling"),
        (Run("Running"), "running"),
        (Run("Completed"), "sealed packet 1"),
    ],
)
def test_what_waits_for_a_worker_where_none_polls_waits_for_a_person(own: Settings, run: Run, state: str):
    seal_months(Store(own, "bayview-family"), "bayview-family", [USUAL], True)
    (found,) = statuses(own, ["bayview-family"], NOVEMBER, {"bayview-family": run}, NOW, "no worker is polling")
    waits = ", no worker" in state
    assert (found.state, found.needs_person) == (state, waits)
    assert found.why.startswith(run.why.rstrip(".")) and ("prefect worker start" in found.why) == waits


@pytest.mark.parametrize(("hours", "person"), [(-1, False), (0, False), (2, True), (24 * 300, True)])
def test_a_month_whose_night_has_passed_and_that_nobody_began_is_for_a_person(own: Settings, hours: int, person: bool):
    practice = load_practice(own.tenants, "cumberland-rural")
    due = due_at(practice, NOVEMBER)
    assert due is not None and (due.date(), practice.schedule) == (date(2025, 12, practice.schedule.night), practice.schedule)
    (found,) = statuses(own, [practice.slug], NOVEMBER, {}, due + timedelta(hours=hours))
    assert (found.state, found.needs_person) == ("not started", person)
    assert ("`ccm start 2025-11 cumberland-rural`" in found.why) == person
    (begun,) = statuses(own, [practice.slug], NOVEMBER, {practice.slug: Run("Running", since=None)}, due + timedelta(hours=hours))
    assert (begun.state, begun.needs_person) == ("running", False)


def test_a_folder_or_a_packet_gone_wrong_is_one_practices_state(own: Settings):
    Store(own, "bayview-family").put("packets/2025-11/1/manifest.json", b"{}")
    found = statuses(own, ["bayview-family", "nobody-here", "cumberland-rural"], NOVEMBER, {}, NOW)
    assert [(f.state, f.needs_person) for f in found] == [("unreadable", True), ("unreadable", True), ("not started", True)]
    assert "ccm verify bayview-family 2025-11" in found[0].why


def test_figures_are_those_of_the_newest_packet(own: Settings):
    store = Store(own, "bayview-family")
    seal_months(store, "bayview-family", [USUAL], True)
    later: MonthFigures = replace(USUAL, billed=71, held=19)
    seal_months(store, "bayview-family", [later], True, packet=2)
    (found,) = statuses(own, ["bayview-family"], NOVEMBER, {}, NOW)
    assert (found.packet, found.figures) == (2, later)
