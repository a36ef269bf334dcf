"""What is kept beside a sealed packet for the board: never another rate than the earlier months' packets give."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from statistics import median

import pytest

from flows import packets, stops
from flows.ccm.month_figures import MonthFigures
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stops import judge
from flows.history import earlier_months
from flows.settings import Settings
from flows.status import Status, statuses
from flows.stops import LastRun, StopUnreadable, stop_for
from flows.store import Store, client
from tests.stops.invented import SLUG, invented
from tests.stops.sealed_months import seal_months
from tests.stops.test_judge import RULES, USUAL

NOW = datetime(2025, 12, 2, 9, 30, tzinfo=UTC)
NOVEMBER = ServiceMonth(2025, 11)


class Practice:
    """A practice's months billed one way or another, each as a run leaves it in the storage."""

    def __init__(self, own: Settings) -> None:
        self.own, self.store = own, Store(own, SLUG)

    def bill(self, number: int, held: int = 20, packet: int = 1, dies: str = "") -> None:
        """Month ``number`` of 2025 sealed. The run dies ``before`` or ``after`` the manifest is written; an ``old`` program's
        keeps nothing."""
        figures: MonthFigures = replace(USUAL, month=ServiceMonth(2025, number), held=held)
        if dies != "old":
            stops.before_sealing(self.store, figures.month)
        if dies != "before":
            seal_months(self.store, SLUG, [figures], True, packet)
        if not dies:
            stops.over(self.store, replace(invented(11), month=figures.month), packet)

    def stop(self, after: int = 0) -> None:
        """November stopped before it was sealed."""
        far = replace(USUAL, held=90, billed=0)
        stops.keep(self.store, stop_for(far, judge(far, self.earlier(), RULES), "d" * 64, after))

    def earlier(self) -> tuple[MonthFigures, ...]:
        return earlier_months(self.store, NOVEMBER, True, RULES)

    def status(self) -> Status:
        (found,) = statuses(self.own, [SLUG], NOVEMBER, {}, NOW)
        return found


@pytest.fixture
def practice(own: Settings) -> Practice:
    """Three months before November, all with the same hold rate."""
    practice = Practice(own)
    for number in (8, 9, 10):
        practice.bill(number)
    return practice


def read_from(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The months whose packets a status reads."""
    months: set[str] = set()
    read = Store.read

    def seen(store: Store, key: str, version: str = "") -> bytes:
        months.update(key.split("/")[1:2] if key.startswith("packets/") else ())
        return read(store, key, version)

    monkeypatch.setattr(Store, "read", seen)
    practice.status()
    monkeypatch.undo()
    return months


@pytest.mark.parametrize(
    ("then", "kept"),
    [
        ([], True),
        ([(11, 30, 2, "")], True),
        ([(12, 70, 1, "")], True),
        ([(10, 70, 2, "")], False),
        ([(9, 70, 2, ""), (10, 70, 2, "")], False),
        ([(10, 70, 2, ""), (11, 20, 2, "")], True),
        ([(7, 90, 1, "")], False),
        ([(10, 70, 2, "before")], False),
        ([(10, 70, 2, "after")], False),
        ([(11, 30, 2, "after")], False),
        ([(11, 30, 2, "old")], False),
    ],
)
def test_the_usual_hold_rate_is_that_of_the_earlier_packets_whatever_was_sealed_since(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, then: list[tuple[int, int, int, str]], kept: bool
):
    practice.bill(11)
    for number, held, packet, dies in then:
        practice.bill(number, held, packet, dies)
    found = practice.status()
    assert found.figures is not None
    assert found.usual_hold_rate == median(month.hold_rate for month in practice.earlier())
    assert (read_from(practice, monkeypatch) == {"2025-11"}) is kept


def test_a_packet_of_an_older_program_and_one_that_awaits_release_are_held_against_the_packets(practice: Practice):
    practice.bill(11, dies="old")
    assert practice.status().usual_hold_rate == 0.2
    practice.store.put("stops/2025-11/current.json", b'{"after": 0, "digest": ""}\n')
    assert practice.status().usual_hold_rate == 0.2
    practice.stop(after=1)
    practice.bill(10, 70, 2)
    found = practice.status()
    assert (found.state, found.usual_hold_rate) == ("awaiting release", 0.2)
    practice.bill(9, 70, 2)
    assert practice.status().usual_hold_rate == 0.7


def test_a_month_that_is_not_begun_costs_no_look_at_others(practice: Practice, monkeypatch: pytest.MonkeyPatch):
    assert practice.status().usual_hold_rate is None
    assert read_from(practice, monkeypatch) == set()


def test_a_first_month_has_no_usual_hold_rate_and_is_not_asked_for_one_again(own: Settings, monkeypatch: pytest.MonkeyPatch):
    practice = Practice(own)
    practice.bill(11)
    assert practice.status().usual_hold_rate is None
    assert stops.last_run(practice.store, NOVEMBER) == LastRun(packet=1, sealed=1)


def test_nothing_is_written_where_nothing_changed(practice: Practice):
    practice.bill(11)
    before = practice.store.list("stops/")
    stops.over(practice.store, replace(invented(11), month=NOVEMBER), 1)
    assert practice.store.list("stops/") == before


def test_a_month_is_over_once_a_run_came_to_its_end_with_the_newest_packet(practice: Practice):
    assert not stops.is_over(practice.store, NOVEMBER)
    practice.bill(11, dies="after")  # sealed, and not settled
    assert not stops.is_over(practice.store, NOVEMBER)
    practice.bill(11)
    assert stops.is_over(practice.store, NOVEMBER)
    practice.bill(10, 70, 2)  # an earlier month again
    assert stops.is_over(practice.store, NOVEMBER)
    practice.bill(11, packet=2, dies="after")
    assert not stops.is_over(practice.store, NOVEMBER)
    practice.bill(11, packet=2)
    practice.stop(after=2)
    assert stops.is_over(practice.store, NOVEMBER), "a correction that waits for a person is not begun again"


def test_a_sealed_packet_whose_manifest_is_gone_is_said_and_never_sealed_over(practice: Practice):
    practice.bill(11)
    assert stops.newest_packet(practice.store, NOVEMBER) == 1
    practice.bill(10, 70, 2)  # an earlier month again: what November keeps of it is dropped, and not that it was sealed
    client(practice.own).delete_object(Bucket=practice.own.bucket, Key=f"{SLUG}/packets/2025-11/1/manifest.json")
    with pytest.raises(packets.PacketGone, match=r"packets/2025-11/1/manifest.json: packet 1 was sealed and this is gone"):
        stops.newest_packet(practice.store, NOVEMBER)
    assert (practice.status().state, practice.status().needs_person) == ("unreadable", True)


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"\xff", b'{"digest": 1}', b'{"after": "0"}', b'{"packet": true}', b'{"usual_hold_rate": "0.2"}']
)
def test_what_is_damaged_is_told_and_the_next_run_mends_it(practice: Practice, text: bytes):
    practice.bill(11)
    practice.store.put("stops/2025-11/current.json", text)
    found = practice.status()
    assert (found.state, found.needs_person) == ("unreadable", True)
    with pytest.raises(StopUnreadable):
        stops.last_run(practice.store, NOVEMBER)
    practice.bill(10, 70, 2)  # another month's run is not stopped by it
    practice.bill(11, packet=2)
    assert practice.status().usual_hold_rate == median(month.hold_rate for month in practice.earlier())
