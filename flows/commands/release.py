"""``ccm release``: a person's word that a month stopped before sealing may be sealed."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from flows import packets, stops
from flows.commands.exits import DONE, STOPPED, UsageProblem
from flows.commands.month_arguments import this_instant
from flows.commands.sealed_packet import month_of, store_of
from flows.stops import Stop

_LONGEST = 300


def release(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice whose month is stopped.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
    by: Annotated[str, typer.Option("--by", help="Who releases it: a person's name.", prompt="Released by (your name)")],
    why: Annotated[
        str,
        typer.Option(
            "--why",
            help="Why it is right, in a sentence. It is shown to the practice: name no patient.",
            prompt="Why is it right (name no patient: no name, number or date of birth)",
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
) -> int:
    """Let a month be sealed that was stopped for its distance from the practice's own months. Then run it again.

    The word holds for the figures shown: another result of the month must be released anew. It is kept in the packet.
    """
    when, store = month_of(month), store_of(practice)
    said = [_one_line("--by", by), _one_line("--why", why)]
    stop = stops.waiting(store, when, packets.latest(store, when))
    if stop is None:
        raise UsageProblem(f"{practice} {when}: not stopped, so there is nothing to release; see `ccm status {when}`")
    before = stops.release_of(store, when, stop.digest)
    if before is not None:
        told = f"already released by {before.by} on {before.at.date()}; now {stops.commands_to_seal(practice, when)}"
        raise UsageProblem(f"{practice} {when}: {told}")
    Console().print(figures_table(practice, stop))
    if not yes and not typer.confirm(f"Release {practice} {when} with these figures?"):
        typer.echo("nothing was released")
        return STOPPED
    kept = stops.write_release(store, stop, said[0], this_instant(), said[1])
    typer.echo(f"{practice} {when}: released by {kept.by} on {kept.at.date()}; now {stops.commands_to_seal(practice, when)}")
    return DONE


def figures_table(practice: str, stop: Stop) -> Table:
    """What a month was stopped for, beside the practice's own months. Fits 80 columns."""
    now = stop.figures
    table = Table(
        title=f"{practice} {stop.month}: stopped before sealing",
        caption=f"{now.billed:,} billed, {now.held:,} held, {now.not_billable:,} not billable; "
        f"compared with {', '.join(stop.compared) or 'what the packet before it billed'}. Amounts are estimates.",
    )
    table.add_column("measure", no_wrap=True)
    for name in ("this month", "usually", "last month"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    for figure in stop.beside:
        table.add_row(figure.measure.replace("_", " "), figure.value, figure.usual, figure.last, "far off" if figure.out else "")
    return table


def _one_line(option: str, text: str) -> str:
    text = text.strip()
    if not text or len(text) > _LONGEST or not text.isprintable():
        raise UsageProblem(f"{option}: must be one line of 1 to {_LONGEST} printable characters; say it in a sentence")
    return text
