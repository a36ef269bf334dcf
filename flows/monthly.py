"""The month as Prefect runs it: read, decide, documents, seal. The only room that knows Prefect.

Nothing of a patient reaches Prefect: parameters are a practice and a month, results are not persisted, and an exception
leaves a task only as a type and a neutral reference. Call ``flows.prefect_environment.prepare`` before importing this.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, tags, task
from prefect.artifacts import create_table_artifact
from prefect.cache_policies import NO_CACHE

from flows import incident, packets, settings, steps
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.registry import Registry, open_registry
from flows.store import Store, StoreError
from flows.tenancy import SetupError, load_practice, practice_slugs

INCIDENTS = Path("out/incidents")
_SUMMED = ("patients", "billed", "held", "not_billable", "rejected_rows")


class StageFailed(Exception):
    """A stage of a month failed. The text is the stage and a neutral reference, safe for logs and for Prefect's database."""


class PracticesFailed(Exception):
    """Some practices of a parent run failed; ``outcomes`` has every practice's, the good ones too."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        super().__init__(outcomes)
        self.outcomes = outcomes

    def __str__(self) -> str:
        failed = [outcome.practice for outcome in self.outcomes if outcome.failure]
        return f"{len(failed)} of {len(self.outcomes)} practices failed: {', '.join(failed)}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A practice's month in numbers without PHI: patients by outcome, counted minutes, estimated amount in dollars.

    ``failure`` is empty, or the one line that says why there are no numbers.
    """

    practice: str
    month: str
    patients: int = 0
    billed: int = 0
    held: int = 0
    not_billable: int = 0
    rejected_rows: int = 0
    minutes: int = 0
    amount: Decimal = Decimal(0)
    packet: int = 0
    unchanged: bool = False
    failure: str = ""


def _stage(name: str) -> Callable[[Callable[..., Any]], Any]:
    """A task that retries on storage alone, keeps no result, and lets no exception text of ours into Prefect."""

    def decorate(work: Callable[..., Any]) -> Any:
        @wraps(work)
        def guarded(*args: Any) -> Any:
            try:
                return work(*args)
            except StoreError as error:
                raise StoreError(str(error)) from None  # without its cause, whose text is not ours
            except steps.Imbalance as error:
                raise StageFailed(f"{name}: {error}; nothing was sealed") from None
            except Exception as error:
                if is_setup_error(error):
                    raise SetupError(error.problems) from None
                raise StageFailed(f"{name}: {incident.record(error, INCIDENTS)}") from None

        return task(
            guarded,
            name=name,
            retries=3,
            retry_delay_seconds=[1, 5, 20],
            retry_condition_fn=_storage_failed,
            persist_result=False,
            cache_policy=NO_CACHE,
            log_prints=False,
        )

    return decorate


def is_setup_error(error: BaseException) -> bool:
    """Whether an exception tells set-up problems: each room's own type carries them as ``problems``, lines without PHI."""
    return isinstance(getattr(error, "problems", None), tuple | list)


def _storage_failed(_task: Any, _run: Any, state: Any) -> bool:
    # The state of a failed attempt holds the exception itself while it is in this process.
    return isinstance(state.result(raise_on_failure=False), StoreError)


@_stage("read")
def _read(store: Store, practice: Practice, month: ServiceMonth) -> Any:
    return steps.read_month(store, practice, month)


@_stage("decide")
def _decide(intake: Any, practice: Practice, month: ServiceMonth) -> MonthResult:
    return steps.decide_month(intake, practice, month)


@_stage("claim")
def _claim(registry: Registry, result: MonthResult) -> MonthResult:
    return steps.claim_month(registry, result)


@_stage("correct")
def _correct(store: Store, result: MonthResult, packet: int) -> Any:
    """The month with what to send, or the packet that stands where nothing differs from it."""
    return steps.correct_month(store, result, packet)


@_stage("documents")
def _documents(result: MonthResult, packet: int, processes: int, rendered: Any) -> dict[str, bytes]:
    return steps.make_packet(result, packet, processes, rendered)


@_stage("seal")
def _seal(store: Store, result: MonthResult, files: dict[str, bytes], packet: int) -> Any:
    """What was sealed, or the number that the packet must be made under instead."""
    try:
        return steps.seal(store, result, files, packet)
    except packets.PacketDiffers as differs:
        return differs.next


@_stage("confirm")
def _confirm(registry: Registry, result: MonthResult) -> MonthResult:
    return steps.confirm_claims(registry, result)


@_stage("give up")
def _give_up(registry: Registry, result: MonthResult) -> None:
    steps.give_up_claims(registry, result)


@_stage("settle")
def _settle(store: Store, registry: Registry, result: MonthResult) -> None:
    steps.settle_registry(store, registry, result)


@flow(name="bill-month", flow_run_name="{practice} {month}", persist_result=False, validate_parameters=True)
def bill_month(practice: str, month: str) -> Outcome:
    """One practice's month, from inbox to sealed packet.

    Raises SetupError, StoreError or StageFailed, each with a text free of PHI.
    """
    own = settings.from_environment(os.environ)
    who, when = load_practice(own.tenants, practice), ServiceMonth.parse(month)
    store, registry = Store(own, practice), open_registry(own, who)
    decided = _decide(_read(store, who, when), who, when)
    try:
        result, sealed = _publish(store, registry, _claim(registry, decided), own.processes)
    except BaseException:
        with suppress(Exception):  # the failure itself is what is told
            _give_up(registry, decided)
        raise
    _settle(store, registry, result)
    outcome = _outcome(result, sealed)
    get_run_logger().info("packet %s %s", outcome.packet, "unchanged" if outcome.unchanged else "sealed")
    create_table_artifact(key=f"month-{practice}-{month}", table=[_shown(outcome)], description=f"{practice} {month}")
    return outcome


def _publish(store: Store, registry: Registry, result: MonthResult, processes: int) -> tuple[MonthResult, Any]:
    """Make the packet and seal it: again under the next number where this one is taken, again where a claim was taken over.

    Where nothing differs from the newest sealed packet, that one stands.
    """
    sealed: Any = _latest(store, result.month) + 1
    rendered = steps.renders(store, result.month)
    while isinstance(sealed, int):
        packet, told = sealed, _correct(store, result, sealed)
        files = _documents(told, packet, processes, rendered) if isinstance(told, MonthResult) else {}
        kept = _confirm(registry, result)
        if len(kept.claims) == len(result.claims):
            sealed = _seal(store, told, files, packet) if isinstance(told, MonthResult) else told
        result = kept
    return result, sealed


@_stage("latest packet")
def _latest(store: Store, month: ServiceMonth) -> int:
    return packets.latest(store, month)


@flow(name="bill-all", flow_run_name="all practices {month}", persist_result=False, validate_parameters=True)
def bill_all(month: str) -> tuple[Outcome, ...]:
    """Every practice's month, one after the other; one's failure never stops another's.

    Raises PracticesFailed after the last one where any failed.
    """
    own = settings.from_environment(os.environ)
    outcomes = tuple(run_practice(slug, month) for slug in practice_slugs(own.tenants))
    create_table_artifact(
        key=f"month-{month}", table=[_shown(outcome) for outcome in outcomes], description=f"all practices {month}"
    )
    if any(outcome.failure for outcome in outcomes):
        raise PracticesFailed(outcomes)
    return outcomes


def bill_tagged(practice: str, month: str) -> Outcome:
    """``bill_month`` under tags that an operator can filter by. Raises what it raises."""
    with tags(f"practice:{practice}", f"month:{month}"):
        return bill_month(practice, month)


def run_practice(practice: str, month: str) -> Outcome:
    """``bill_tagged`` with its failure told in the outcome."""
    try:
        return bill_tagged(practice, month)
    except Exception as error:
        told = isinstance(error, StoreError | StageFailed) or is_setup_error(error)
        line = " | ".join(str(error).splitlines()) if told else str(incident.record(error, INCIDENTS))
        return Outcome(practice, month, failure=line)


def _outcome(result: MonthResult, sealed: Any) -> Outcome:
    decided = [decision.outcome for decision in result.decisions]
    return Outcome(
        practice=result.practice.slug,
        month=str(result.month),
        patients=len(decided),
        billed=decided.count("bill"),
        held=decided.count("hold"),
        not_billable=decided.count("not_billable"),
        rejected_rows=len(result.rejects),
        minutes=sum(sum(decision.seconds.values()) // 60 for decision in result.decisions),
        amount=sum((line.expected for decision in result.decisions for line in decision.lines), Decimal(0)),
        packet=sealed.packet,
        unchanged=sealed.unchanged,
    )


def _shown(outcome: Outcome) -> dict[str, Any]:
    """The outcome as an artifact's row."""
    return {
        "practice": outcome.practice,
        **{name.replace("_", " "): getattr(outcome, name) for name in _SUMMED},
        "counted minutes": outcome.minutes,
        "expected amount (estimate, $)": str(outcome.amount),
        "packet": outcome.packet,
        "failure": outcome.failure,
    }
