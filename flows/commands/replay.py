"""``ccm replay``: a month that was billed, decided again under another rulebook."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows import settings
from flows.commands.month_arguments import service_month
from flows.rulebook.elsewhere import rulebook_from
from flows.store import Store
from flows.tenancy import load_practice

if TYPE_CHECKING:  # imported for its names only: the steps bring pandas and WeasyPrint, which are slow to import
    from flows.replay import Replay, Standing


def replay(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice's name, as its folder.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
    rules_from: Annotated[str, typer.Option("--rules-from", metavar="PLACE", help="A rulebook folder, or a git commit.")],
    packet: Annotated[int, typer.Option("--packet", min=0, help="The packet's number; 0 is the month's latest.")] = 0,
) -> None:
    """Say whose outcome, codes or amount would change if the month were decided under other rules. Changes nothing itself."""
    own = settings.from_environment(os.environ)
    who, when = load_practice(own.tenants, practice), service_month(month)
    rulebook = rulebook_from(rules_from)
    store = Store(own, practice)
    store.check()
    screen = Console()
    with screen.status("deciding the month again"):
        from flows.replay import replay_packet

        found = replay_packet(store, who, when, rulebook, packet)
    print_replay(found, practice, screen)


def print_replay(found: Replay, practice: str, screen: Console) -> None:
    """The patients that change, by key, and the month's totals under both rulebooks. No PHI."""
    say = screen.print
    versions = f"rulebook {', '.join(found.rules_before) or 'none'} -> {found.rules_after}"
    say(f"{practice} {found.month}: {found.patients:,} patients, {versions}", highlight=False, soft_wrap=True)
    if found.rules_before == (found.rules_after,):
        say("The same rulebook: what differs comes from the practice's folder or the software.", highlight=False, soft_wrap=True)
    if found.changes:
        table = Table(caption="Lines and amounts of a held month are what is at stake. Amounts are estimates.")
        table.add_column("patient", no_wrap=True)
        for name in ("as decided", "under the other rules"):
            table.add_column(name)
        table.add_column("amount", justify="right")
        for change in found.changes:
            amount = f"${change.before.expected:,.2f}\n-> ${change.after.expected:,.2f}"
            table.add_row(change.patient_key, _told(change.before), _told(change.after), amount)
        say(table, highlight=False)
    lines = [f"{len(found.changes):,} of {found.patients:,} patients change; {found.other_grounds:,} more on other grounds only"]
    for name in ("billed", "held", "not_billable"):
        lines.append(f"{name.replace('_', ' ')}: {getattr(found.before, name):,} -> {getattr(found.after, name):,}")
    for name in ("expected", "at_stake"):
        lines.append(f"{name.replace('_', ' ')} (estimate): ${getattr(found.before, name):,} -> ${getattr(found.after, name):,}")
    say("\n".join(lines), markup=False, highlight=False, soft_wrap=True)


def _told(standing: Standing) -> str:
    return "\n".join([standing.outcome.replace("_", " "), *standing.lines, *standing.reasons])
