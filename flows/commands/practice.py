"""``ccm practice``: the tenant folders."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from flows import settings
from flows.commands.exits import DONE, NOT_HELD
from flows.tenancy import SetupError, load_practice, practice_slugs

app = typer.Typer(no_args_is_help=True, help="Practices: their folders below tenants/.")


@app.callback()
def practice() -> None:
    """Practices: their folders below tenants/."""


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(metavar="[PRACTICE]", help="One practice; without it, all.")] = None,
) -> int:
    """Check a practice's folder: numbers, addresses, choices, rosters, charges. Prints every problem with what to do."""
    root = settings.tenants_folder(os.environ)
    if name is not None:
        load_practice(root, name)
        Console().print(f"{name}: complete", highlight=False)
        return DONE
    problems = 0
    for slug in practice_slugs(root):
        try:
            load_practice(root, slug)
            Console().print(f"{slug}: complete", highlight=False)
        except SetupError as error:
            problems += len(error.problems)
            for problem in error.problems:
                typer.echo(f"ccm: {problem}", err=True)
    return NOT_HELD if problems else DONE
