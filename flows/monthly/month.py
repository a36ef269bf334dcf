"""One practice's month as Prefect runs it: read, decide, claim, documents, seal, settle."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from prefect import flow, get_run_logger, tags
from prefect.states import Completed

from flows import month_claims, packets, settings, steps, stops
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.monthly.asked import asked_month, tags_of
from flows.monthly.board import tell
from flows.monthly.stage import failure_line, in_neutral_words, stage
from flows.monthly.turn import turn
from flows.outcome import AWAITING_RELEASE, Outcome, outcome_of, state
from flows.registry import Registry, open_registry
from flows.settings import Settings
from flows.stops import Stop
from flows.store import Store
from flows.tenancy import load_practice


@flow(name="bill-month", flow_run_name="{practice} {month}", persist_result=False, validate_parameters=True)
def bill_month(practice: str, month: str) -> Outcome:
    """One practice's month, from inbox to sealed packet. ``month`` is like ``2025-11``, or ``previous``: the one before the
    run's scheduled start, in the practice's zone.

    A month far from the practice's own ends in the state Awaiting release: no failure, as trying again would change nothing.
    Raises SetupError, StoreError or StageFailed, each with a text free of PHI.
    """
    own = settings.from_environment(os.environ)
    who = load_practice(own.tenants, practice)
    when = asked_month(practice, month, who.time_zone)
    try:
        with turn(practice):
            outcome = _billed(own, who, when)
    except Exception as error:
        failure = in_neutral_words(error)
        tell(Outcome(practice, str(when), failure=failure_line(failure)))
        raise failure from None
    get_run_logger().info("%s", state(outcome))
    tell(outcome)
    # Prefect makes the state the run's own, and hands its data to a caller in the same process.
    waits: Any = Completed(name=AWAITING_RELEASE.capitalize(), message=outcome.stopped, data=outcome)
    return waits if outcome.stopped else outcome


def bill_tagged(practice: str, month: str) -> Outcome:
    """``bill_month`` under tags that an operator can filter by. Raises what it raises."""
    with tags(*tags_of(practice, ServiceMonth.parse(month))):
        return bill_month(practice, month)


def _billed(own: Settings, who: Practice, when: ServiceMonth) -> Outcome:
    """Read, decide, claim, publish, settle. Begun again where another run sealed a packet since the inbox was read."""
    store, registry = Store(own, who.slug), open_registry(own, who)
    decided = None
    try:
        while True:
            newest = _latest(store, when)
            decided = _decide(_read(store, who, when), who, when)
            with suppress(_SealedMeanwhile):
                result, sealed = _publish(store, registry, _claim(store, registry, decided), own.processes, newest)
                break
    except BaseException:
        if decided is not None:
            with suppress(Exception):  # the failure itself is what is told
                _give_up(store, registry, decided)
        raise
    if isinstance(sealed, Stop):
        # The claims stay pending: a release seals them, and meanwhile no other practice's earlier consent takes them over.
        return outcome_of(result, 0, False, "; ".join(sealed.out))
    _settle(store, registry, result, sealed.packet)
    return outcome_of(result, sealed.packet, sealed.unchanged)


class _SealedMeanwhile(Exception):
    """Another run of the month sealed a packet since this one read the inbox: what this one decided may be out of date."""


def _publish(store: Store, registry: Registry, result: MonthResult, processes: int, newest: int) -> tuple[MonthResult, Any]:
    """Make the packet and seal it: again under the next number where this one is taken, again where a claim was taken over.

    Where nothing differs from the newest sealed packet, that one stands. Where a person must look first, the stop is returned.
    ``newest`` was the newest packet before the inbox was read. Raises _SealedMeanwhile.
    """
    sealed: Any = newest + 1
    rendered = steps.renders(store, result.month)
    while isinstance(sealed, int):
        if _latest(store, result.month) != newest:
            raise _SealedMeanwhile
        packet, told = sealed, _stop(store, _correct(store, result, sealed))
        if isinstance(told, Stop):
            return result, told
        files = _documents(told, packet, processes, rendered) if isinstance(told, MonthResult) else packets.Files()
        kept = _confirm(registry, result)
        if len(kept.claims) == len(result.claims):
            sealed = _seal(store, told, files, packet) if isinstance(told, MonthResult) else told
        result = kept
    return result, sealed


@stage("read")
def _read(store: Store, practice: Practice, month: ServiceMonth) -> Any:
    return steps.read_month(store, practice, month)


@stage("decide")
def _decide(intake: Any, practice: Practice, month: ServiceMonth) -> MonthResult:
    return steps.decide_month(intake, practice, month)


@stage("claim")
def _claim(store: Store, registry: Registry, result: MonthResult) -> MonthResult:
    month_claims.remember_claims(store, registry, result)
    return month_claims.claim_month(registry, result)


@stage("latest packet")
def _latest(store: Store, month: ServiceMonth) -> int:
    return stops.newest_packet(store, month)


@stage("correct")
def _correct(store: Store, result: MonthResult, packet: int) -> Any:
    """The month with what to send, or the packet that stands where nothing differs from it."""
    return steps.correct_month(store, result, packet)


@stage("stop")
def _stop(store: Store, told: Any) -> Any:
    """What was given where it may be sealed, with its release; the stop where a person must release it first."""
    return stops.stop_month(store, told) if isinstance(told, MonthResult) else told


@stage("documents")
def _documents(result: MonthResult, packet: int, processes: int, rendered: Any) -> packets.Files:
    return steps.make_packet(result, packet, processes, rendered)


@stage("confirm")
def _confirm(registry: Registry, result: MonthResult) -> MonthResult:
    return month_claims.confirm_claims(registry, result)


@stage("seal")
def _seal(store: Store, result: MonthResult, files: packets.Files, packet: int) -> Any:
    """What was sealed, or the number that the packet must be made under instead."""
    stops.before_sealing(store, result.month)
    try:
        return steps.seal(store, result, files, packet)
    except packets.PacketDiffers as differs:
        return differs.next


@stage("give up")
def _give_up(store: Store, registry: Registry, result: MonthResult) -> None:
    month_claims.give_up_claims(store, registry, result)


@stage("settle")
def _settle(store: Store, registry: Registry, result: MonthResult, packet: int) -> None:
    month_claims.settle_registry(store, registry, result, packet)
    stops.over(store, result, packet)
