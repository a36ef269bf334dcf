"""``ccm worklist``: the month so far, and the work that is left in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows import settings
from flows.commands.month_arguments import refuse_future, service_month
from flows.commands.out_folder import write_files
from flows.store import Store
from flows.tenancy import load_practice


def worklist(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice's name, as its folder.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11; it need not be over.")],
    out: Annotated[Path, typer.Option("--out", help="The folder written to, as FOLDER/PRACTICE/MONTH/.")] = Path("out/worklist"),
) -> None:
    """List who is a few minutes short of a further unit, what else is missing, and what is about to lapse. Bills nothing.

    Writes index.html, worklist.csv and lapsing.csv, which hold patients' names: keep them where charts are kept.
    """
    own = settings.from_environment(os.environ)
    who, when = load_practice(own.tenants, practice), service_month(month)
    refuse_future(when, who)
    store = Store(own, practice)
    store.check()
    screen = Console()
    with screen.status("reading the month so far"):
        from flows.worklist import make_worklist

        files, (near, lapsing) = make_worklist(store, who, when)
        folder = out / practice / str(when)
        write_files(folder, files)
    told = f"{practice} {when}: patients near a unit: {near:,}; consents and plans about to lapse: {lapsing:,}"
    screen.print(f"{told}; open {folder / 'index.html'}", highlight=False, soft_wrap=True, markup=False)
