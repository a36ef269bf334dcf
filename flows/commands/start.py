"""``ccm start``: have workers bill a month, through the practices' deployments."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Literal

import typer
from rich.console import Console

from flows import settings, stops
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.commands import prefect_server
from flows.commands.exits import DONE
from flows.commands.month_arguments import refuse_unfinished, service_month
from flows.store import Store
from flows.tenancy import SetupError, load_practices, practice_slugs

_READERS = 8


def start(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
    practices: Annotated[list[str] | None, typer.Argument(metavar="[PRACTICE]...", help="Without any, every practice.")] = None,
    queue: Annotated[Literal["monthly", "corrections"], typer.Option(help="Corrections are taken first.")] = "monthly",
    unfinished: Annotated[
        bool, typer.Option("--unfinished", help="Those not done, as after a crash, and runs that were lost.")
    ] = False,
) -> int:
    """Schedule a finished month's runs for the workers. What waits or runs already is not started again; a run without a sign of
    life for five minutes is."""
    with prefect_server.asked("or use `ccm run` on this machine"):
        return _start(month, tuple(practices or ()), queue, unfinished)


def _start(month: str, practices: tuple[str, ...], queue: str, unfinished: bool) -> int:
    when = service_month(month)
    own = settings.from_environment(os.environ)
    chosen = tuple(dict.fromkeys(practices or practice_slugs(own.tenants)))
    for practice in load_practices(own.tenants, chosen).values():
        _refuse_unfinished(practice, when, strict=bool(practices))
    wanted = _not_over(own, chosen, when) if unfinished else chosen
    from flows.monthly.start import start as schedule  # slow to import, and only after its environment is prepared

    console = Console()
    started = schedule(wanted, when, queue, [slug for slug in chosen if slug not in wanted])
    for item in started:
        console.print(f"{item.practice} {when}: {'scheduled' if item.new else f'{item.state.lower()} already'}", highlight=False)
    new = sum(item.new for item in started)
    before = f", {len(chosen) - len(wanted)} sealed or given up before" if unfinished else ""
    console.print(f"{new} scheduled, {len(started) - new} under way{before}", highlight=False)
    return DONE


def _refuse_unfinished(practice: Practice | SetupError, month: ServiceMonth, strict: bool) -> None:
    """A malformed folder among all practices' fails in its own run and stops no other's."""
    if not isinstance(practice, SetupError):
        refuse_unfinished(month, practice)
    elif strict:
        raise SetupError([*practice.problems, "nothing was started: mend this, or name the other practices alone"])


def _not_over(own: settings.Settings, slugs: tuple[str, ...], month: ServiceMonth) -> tuple[str, ...]:
    """The practices whose month is not over: no packet is sealed, or none that a run came to its end with. Raises StoreError."""
    with ThreadPoolExecutor(_READERS) as readers:
        over = list(readers.map(lambda slug: stops.is_over(Store(own, slug), month), slugs))
    return tuple(slug for slug, done in zip(slugs, over, strict=True) if not done)
