"""``ccm layout``: the export forms that are known, and a file tried against them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows import settings
from flows.commands.exits import DONE, NOT_HELD, UsageProblem
from flows.tenancy import load_practice

app = typer.Typer(no_args_is_help=True, help="Contact-center exports: the layouts that are known.")
SHOWN = ("started", "seconds", "staff_id", "mrn", "activity", "about", "mode", "call_id")


@app.callback()
def layout() -> None:
    """Contact-center exports: the layouts that are known."""


@app.command("list")
def list_layouts() -> None:
    """Name every layout, whether its rows are calls or documented time, and what it is recognised by."""
    from flows.intake.layout import load_layouts

    table = Table("layout", "rows are", "form", "recognised by", "export")
    for known in load_layouts():
        nature = {"call": "call records", "entry": "documented time"}[known.nature]
        form = {"json": "JSON, Parquet", "table": "CSV, Parquet"}[known.container]
        table.add_row(known.name, nature, form, ", ".join(known.present), known.title)
    Console().print(table)


@app.command("try")
def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export, as it was delivered; .gz is fine.")],
    practice: Annotated[str | None, typer.Option("--practice", help="Read local times in this practice's zone.")] = None,
    rows: Annotated[int, typer.Option("--rows", min=1, max=200, help="How many rows to show.")] = 5,
) -> int:
    """Show how an export would be read: its layout and why, its first rows, and what is missing. Nothing is kept or sent.

    The rows are shown as the file has them, patients' facts included: mind who sees the screen. Exit code 1 where no layout
    fits, or a row would be rejected.
    """
    if not file.is_file():
        raise UsageProblem(f"{file}: no such file; name an export")
    zone = load_practice(settings.tenants_folder(os.environ), practice).time_zone if practice else "UTC"
    from flows.intake.layout import load_layouts
    from flows.intake.layout_trial import try_export

    trial = try_export(file.name, file.read_bytes(), ZoneInfo(zone), rows, load_layouts())
    screen = Console(soft_wrap=True, highlight=False)
    say = screen.print
    say(f"layout: {trial.layout or 'none'} - {trial.why}", markup=False)
    say(
        f"rows: {trial.rows_found}; local times in {zone}{'' if practice else ' (say --practice for its own zone)'}", markup=False
    )
    for note in trial.notes:
        say(f"note: {note}", markup=False)
    if trial.rows:
        table = Table("line", *SHOWN, "remarks")
        for row in trial.rows:
            cells = (str(row.line), *(row.values.get(name, "") for name in SHOWN), "; ".join(row.remarks))
            table.add_row(*map(Text, cells))  # as text: a cell like [None] is no markup
        Console().print(table)
    for name, count in trial.aside.items():
        say(f"left aside: {name}: {count} rows", markup=False)
    for name, count in trial.missing.items():
        say(f"missing: {name}: {count} rows", markup=False)
    if trial.faulty:
        say(f"{trial.faulty} rows would be rejected, unless a documented entry names their call", markup=False)
    return NOT_HELD if trial.faulty or not trial.layout else DONE
