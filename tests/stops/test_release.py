"""A stopped month waits for a person, whose word holds for those very decisions and no others."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from flows import packets, stops
from flows.ccm.correction import Correction
from flows.ccm.decision import BILL
from flows.ccm.month_figures import figures_of
from flows.ccm.month_result import MonthResult
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stops import judge
from flows.history import earlier_months
from flows.outbox.manifest import manifest_figures, read_manifest, write_manifest
from flows.outbox.page import write_page
from flows.settings import Settings
from flows.stops import Stop, StopUnreadable
from flows.store import Store
from tests.stops.invented import invented
from tests.stops.sealed_months import seal_months

AT = datetime(2025, 12, 2, 9, 30, tzinfo=UTC)
MONTHS = [ServiceMonth(2025, n) for n in (8, 9, 10)]


@pytest.fixture(scope="module")
def honest() -> MonthResult:
    return invented(11)


@pytest.fixture(scope="module")
def no_consents() -> MonthResult:
    return invented(11, "no consents")


@pytest.fixture
def store(own: Settings, honest: MonthResult) -> Store:
    """The practice's prefix with three sealed months, invented apart from the honest one."""
    store = Store(own, honest.practice.slug)
    seal_months(store, honest.practice.slug, [figures_of(invented(month.month)) for month in MONTHS], honest.practice.test)
    return store


def stopped(store: Store, result: MonthResult) -> Stop:
    stop = stops.stop_month(store, result)
    assert isinstance(stop, Stop)
    return stop


def decided_otherwise(result: MonthResult) -> MonthResult:
    first, *others = result.decisions
    return replace(result, decisions=(replace(first, rules_version="another"), *others))


def test_no_month_of_the_synthesizer_is_stopped(honest: MonthResult):
    rules = honest.rules.stops
    assert rules is not None
    year = [figures_of(invented(n)) for n in range(1, 13)]
    judged = [judge(year[n], year[max(0, n - rules.months) : n], rules) for n in range(12)]
    assert [judgement.out for judgement in judged] == [()] * 12
    assert [bool(judgement.measures) for judgement in judged] == [False] * 3 + [True] * 9


def test_an_honest_month_is_sealed_without_a_word(store: Store, honest: MonthResult):
    assert stops.stop_month(store, honest) is honest
    assert store.list("stops/") == ()


@pytest.mark.parametrize(
    ("wrong", "measures"),
    [("no consents", {"billed", "amount", "hold_rate"}), ("half log", {"log_rows"}), ("log twice", {"log_rows"})],
)
def test_a_month_gone_wrong_at_the_clinic_is_stopped(store: Store, wrong: str, measures: set[str]):
    stop = stopped(store, invented(11, wrong))
    assert {figure.measure for figure in stop.beside if figure.out} >= measures


def test_a_month_whose_consents_are_missing_waits_and_no_patient_is_named(store: Store, no_consents: MonthResult):
    stop = stopped(store, no_consents)
    assert not any(d.outcome == BILL for d in no_consents.decisions)
    assert any(line.startswith("hold rate 0.") for line in stop.out)
    assert stops.waiting(store, no_consents.month, 0) == stop
    kept = b"".join(store.read(found.key) for found in store.list("stops/"))
    for month in no_consents.patient_months:
        for told in (month.patient.family_name, month.patient.mbi, month.patient.key):
            assert told.encode() not in kept


def test_a_release_holds_for_these_decisions_alone(store: Store, no_consents: MonthResult):
    stop = stopped(store, no_consents)
    word = stops.write_release(store, stop, "Ida Wells", AT, "The clinic re-consents everybody.")
    released = stops.stop_month(store, no_consents)
    assert isinstance(released, MonthResult)
    assert released.release == word
    assert (word.by, word.at, word.out) == ("Ida Wells", AT, stop.out)
    other = replace(
        no_consents, decisions=(replace(no_consents.decisions[0], rules_version="another"), *no_consents.decisions[1:])
    )
    assert stops.digest_of(other.decisions) != stop.digest
    assert stopped(store, other).digest == stops.digest_of(other.decisions)


def test_a_release_serves_one_packet_and_not_the_same_result_after_another(store: Store, no_consents: MonthResult):
    """A bad export that a person let through, that was mended and comes again, is stopped again."""

    def correcting(packet: int) -> MonthResult:
        return replace(no_consents, correction=Correction(packet + 1, packet, (), ()))

    stop = stopped(store, correcting(1))
    stops.write_release(store, stop, "Ida Wells", AT, "Why.")
    assert isinstance(stops.stop_month(store, correcting(1)), MonthResult)
    assert stopped(store, correcting(3)).after == 3
    assert stopped(store, no_consents).after == 0


def test_the_packet_says_who_released_it_and_why(store: Store, no_consents: MonthResult):
    stop = stopped(store, no_consents)
    stops.write_release(store, stop, "Ida Wells", AT, "The clinic re-consents <everybody>.")
    released = stops.stop_month(store, no_consents)
    assert isinstance(released, MonthResult)
    manifest = read_manifest(write_manifest(released, 1, 0, {}))
    assert manifest is not None
    assert manifest["released"] == {
        "at": "2025-12-02T09:30:00+00:00",
        "by": "Ida Wells",
        "decisions": stop.digest,
        "out": list(stop.out),
        "why": "The clinic re-consents <everybody>.",
    }
    page = write_page(released, 1, {}).decode()
    assert "Released by Ida Wells" in page
    assert "re-consents &lt;everybody&gt;." in page
    assert manifest_figures(manifest) == figures_of(no_consents)


def test_the_first_word_stays(store: Store, no_consents: MonthResult):
    stop = stopped(store, no_consents)
    first = stops.write_release(store, stop, "Ida Wells", AT, "First.")
    assert stops.write_release(store, stop, "Ada Byron", AT, "Second.") == first


@pytest.mark.parametrize("how", ["sealed since", "a run that was not stopped"])
def test_a_stop_ends(store: Store, no_consents: MonthResult, how: str):
    stop = stopped(store, no_consents)
    if how == "a run that was not stopped":
        stops.over(store, no_consents, 0)
    assert stops.waiting(store, stop.month, 1 if how == "sealed since" else 0) is None


def test_the_newest_stop_waits_where_the_inputs_went_back(store: Store, no_consents: MonthResult):
    other = replace(
        no_consents, decisions=(replace(no_consents.decisions[0], rules_version="another"), *no_consents.decisions[1:])
    )
    first = stopped(store, no_consents)
    stopped(store, other)
    stopped(store, no_consents)
    assert stops.waiting(store, first.month, 0) == first


def test_a_damaged_release_is_told_and_never_taken(store: Store, no_consents: MonthResult):
    stop = stopped(store, no_consents)
    for text in (b"", b"[]", b"{}", b'{"by": 1}', b"\xff"):
        store.put(f"releases/{stop.month}/{stop.digest}.json", text)
        with pytest.raises(StopUnreadable) as told:
            stops.stop_month(store, no_consents)
        assert "\n" not in told.value.problems[0]


def test_history_is_the_newest_packet_of_each_earlier_month(store: Store, honest: MonthResult):
    figures, rules = figures_of(honest), honest.rules.stops
    assert rules is not None
    slug = honest.practice.slug
    seal_months(store, slug, [replace(figures, month=MONTHS[2], billed=99)], True, packet=2)  # corrected
    seal_months(store, slug, [replace(figures, month=ServiceMonth(2025, 7), billed=98)], False)  # not of the same kind
    seal_months(store, slug, [replace(figures, month=ServiceMonth(2024, 10), billed=97)], True)  # too long ago
    seal_months(store, slug, [replace(figures, month=ServiceMonth(2025, 12), billed=96)], True)  # later
    packets.publish(store, ServiceMonth(2025, 6), 1, packets.Files(), json.dumps({"month": "2025-06"}).encode())  # damaged
    store.put("packets/2025-05/1/index.html", b"half-written")
    found = earlier_months(store, honest.month, True, rules)
    assert [(f.month, f.billed) for f in found] == [
        (MONTHS[0], figures_of(invented(8)).billed),
        (MONTHS[1], figures_of(invented(9)).billed),
        (MONTHS[2], 99),
    ]
