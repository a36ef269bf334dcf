"""``ccm registry``: the vendor-wide registry of claimed patient-months, for the vendor's own eyes."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows import settings
from flows.commands.exits import DONE, NOT_HELD
from flows.commands.month_arguments import service_month
from flows.tenancy import load_practice, practice_slugs

app = typer.Typer(no_args_is_help=True, help="The registry of claimed patient-months: one practice bills a patient's month.")


@app.callback()
def registry() -> None:
    """The registry of claimed patient-months: one practice bills a patient's month."""


@app.command()
def conflicts(month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")]) -> int:
    """Show which practices would bill the same patient for a month, from their sealed packets. For the vendor alone.

    Exit code 1 where there is any. Nothing is written: a practice must not learn of the others.
    """
    from flows.collisions import collisions

    own, when = settings.from_environment(os.environ), service_month(month)
    practices = [load_practice(own.tenants, slug) for slug in practice_slugs(own.tenants)]
    screen = Console()
    with screen.status("reading the practices' packets"):
        found = collisions(own, practices, when)
    if not found:
        screen.print(f"{when}: no patient is claimed by two practices", highlight=False)
        return DONE
    table = Table(title=f"Claimed by more than one practice, service month {when}")
    for name in ("practice", "patient", "consent", "decided", "registry"):
        table.add_column(name, overflow="fold")
    for collision in found:
        for claimant in collision:
            table.add_row(
                claimant.practice, claimant.patient_key, str(claimant.consent or "none"), claimant.outcome, claimant.standing
            )
        table.add_section()
    screen.print(table)
    return NOT_HELD


@app.command("give-up")
def give_up(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice whose month will not be billed.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
) -> int:
    """Free what a month's runs hold in the registry, where it will not be billed. What a sealed packet bills stays.

    The month waits for nobody then; its next run begins anew. Not while a run of the month is at work.
    """
    from flows import month_claims, packets, stops
    from flows.registry import open_registry
    from flows.store import Store

    own, when = settings.from_environment(os.environ), service_month(month)
    store, records = Store(own, practice), open_registry(own, load_practice(own.tenants, practice))
    store.check()
    with Console().status("reading what the month's runs claimed"):
        month_claims.give_up_month(store, records, when)
    stops.give_up(store, when)
    newest = packets.latest(store, when)
    told = "nothing of the month is claimed now" + (f" but what packet {newest} bills" if newest else "")
    Console().print(f"{practice} {when}: {told}", highlight=False, soft_wrap=True)
    return DONE
