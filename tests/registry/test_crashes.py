"""A run that dies between any two of its steps: what it left blocks nobody wrongly, and the next run finishes the work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows import month_claims, packets, steps
from flows.registry import FREE, PENDING, SEALED, Registry, RegistryError
from tests.corrections.practice_shelf import Month, without_documents
from tests.registry.test_registry import KEY, InMemory

CLAIM, DOCUMENTS, CONFIRM, SEAL, SETTLE = range(5)


class Died(Exception):
    pass


@pytest.fixture(scope="module", autouse=True)
def no_documents() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        without_documents(patch)
        yield


def run(month: Month, registry: Registry, dies_after: int | None = None) -> steps.Sealed:
    """The flow's steps in its order, dying after one of them."""

    def done(step: int) -> None:
        if step == dies_after:
            raise Died

    result = steps.decide_month(steps.read_month(month.shelf, month.practice, month.month), month.practice, month.month)
    month_claims.remember_claims(month.shelf, registry, result)
    result = month_claims.claim_month(registry, result)
    done(CLAIM)
    number = packets.latest(month.shelf, month.month) + 1
    told = steps.correct_month(month.shelf, result, number)
    if isinstance(told, steps.Sealed):
        sealed, files = told, {}
    else:
        files = steps.make_packet(told, number, 1)
    done(DOCUMENTS)
    assert len(month_claims.confirm_claims(registry, result).claims) == len(result.claims)
    done(CONFIRM)
    if files:
        sealed = steps.seal(month.shelf, told, files, number)
    done(SEAL)
    month_claims.settle_registry(month.shelf, registry, result, sealed.packet)
    done(SETTLE)
    return sealed


def states(registry: Registry, records: InMemory) -> list[str]:
    return [registry.entry(name).state for name in sorted(records.objects)]


def without_consent(month: Month, mrn: str) -> None:
    lines = month.shelf.objects["inbox/records/consents.csv"].decode().splitlines(keepends=True)
    month.shelf.objects["inbox/records/consents.csv"] = "".join(x for x in lines if not x.startswith(mrn)).encode()


@pytest.mark.parametrize("dies_after", [CLAIM, CONFIRM, SEAL])
def test_the_next_run_finishes_what_a_dead_one_began(dies_after: int):
    month, records = Month(), InMemory()
    registry = Registry(records, KEY, month.practice.slug)
    with pytest.raises(Died):
        run(month, registry, dies_after)
    assert set(states(registry, records)) == {PENDING if dies_after < CONFIRM else SEALED}
    assert run(month, registry) == steps.Sealed(1, len(month.shelf.list("packets/")), dies_after >= SEAL)
    assert states(registry, records) == [SEALED] * 5
    assert packets.sealed_numbers(month.shelf, month.month) == (1,)


@pytest.mark.parametrize("dies_after", [CONFIRM, SEAL])
def test_what_is_withdrawn_is_free_once_a_run_came_through(dies_after: int):
    month, records = Month(), InMemory()
    registry = Registry(records, KEY, month.practice.slug)
    run(month, registry)
    without_consent(month, "A1005")
    with pytest.raises(Died):
        run(month, registry, dies_after)
    kept = states(registry, records)
    assert kept.count(FREE) == 0, "until the new packet is sealed the old one bills"
    assert run(month, registry).packet == 2
    assert sorted(states(registry, records)) == sorted([FREE] + [SEALED] * 4)


def test_a_run_that_settles_after_a_newer_packet_frees_nothing_that_it_bills():
    month, records = Month(), InMemory()
    registry = Registry(records, KEY, month.practice.slug)
    decided = steps.decide_month(steps.read_month(month.shelf, month.practice, month.month), month.practice, month.month)
    with pytest.raises(Died):
        run(month, registry, SEAL)  # stands still with its packet sealed
    month.late("x1,2025-11-26T09:00:00,1,rn_tavares,A1003,patient_call,chronic,remote,Late row")
    assert run(month, registry).packet == 2
    before = states(registry, records)
    assert before == [SEALED] * 6
    month_claims.settle_registry(month.shelf, registry, decided, 1)
    assert states(registry, records) == before


@pytest.mark.parametrize("newer", ["is sealed and settled after it", "came in between"])
def test_of_two_runs_at_once_the_later_packets_claims_are_firm_whoever_settles_last(newer: str):
    """One sealed without a consent that came since; the other bills that patient, and has claimed and not sealed yet."""
    month, records = Month(), InMemory()
    registry = Registry(records, KEY, month.practice.slug)
    consents = month.shelf.objects["inbox/records/consents.csv"]
    without_consent(month, "A1005")
    decided = steps.decide_month(steps.read_month(month.shelf, month.practice, month.month), month.practice, month.month)
    with pytest.raises(Died):
        run(month, registry, SEAL)
    month.shelf.objects["inbox/records/consents.csv"] = consents
    if newer == "came in between":
        free, at_once = registry.settle, [lambda: run(month, registry)]

        def settle(billed: set[str], names: set[str]) -> None:
            if at_once:
                at_once.pop()()
                free({wish.name for wish in registry.wishes(decided)}, set(records.objects))  # what the slow one had read
            free(billed, names)

        registry.settle = settle  # type: ignore[assignment,method-assign]
        month_claims.settle_registry(month.shelf, registry, decided, 1)
    else:
        with pytest.raises(Died):
            run(month, registry, CONFIRM)
        month_claims.settle_registry(month.shelf, registry, decided, 1)
        assert states(registry, records).count(FREE) == 1, "no packet bills it yet"
        assert run(month, registry).packet == 2
    assert states(registry, records) == [SEALED] * 5


def test_a_claim_that_another_practice_took_in_between_fails_the_run_and_says_what_to_do():
    month, records = Month(), InMemory()
    registry, other = Registry(records, KEY, month.practice.slug), Registry(records, KEY, "elsewhere")
    decided = steps.decide_month(steps.read_month(month.shelf, month.practice, month.month), month.practice, month.month)
    with pytest.raises(Died):
        run(month, registry, SEAL)
    (first, *_) = registry.wishes(decided)
    registry.settle((), [first.name])
    month_claims.confirm_claims(other, decided)
    with pytest.raises(RegistryError) as told:
        month_claims.settle_registry(month.shelf, registry, decided, 1)
    assert "1 patient-months" in told.value.problems[0] and "run the month again" in told.value.problems[0]


def test_what_a_dead_run_claimed_of_a_patient_who_left_the_roster_is_freed():
    month, records = Month(), InMemory()
    registry = Registry(records, KEY, month.practice.slug)
    with pytest.raises(Died):
        run(month, registry, CLAIM)
    roster = month.shelf.objects["inbox/records/patients.csv"].decode().splitlines(keepends=True)
    month.shelf.objects["inbox/records/patients.csv"] = "".join(x for x in roster if not x.startswith("A1005")).encode()
    assert run(month, registry).packet == 1
    assert sorted(states(registry, records)) == sorted([FREE] + [SEALED] * 4)


def test_what_a_dead_run_claimed_and_the_next_does_not_bill_is_freed():
    month, records = Month(), InMemory()
    registry = Registry(records, KEY, month.practice.slug)
    with pytest.raises(Died):
        run(month, registry, CLAIM)
    without_consent(month, "A1005")
    assert run(month, registry).packet == 1
    assert sorted(states(registry, records)) == sorted([FREE] + [SEALED] * 4)
