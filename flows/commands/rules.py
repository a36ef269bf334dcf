"""``ccm cases``, ``ccm explain``, ``ccm rules``: what the rules say, and why a month came out as it did."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows import settings
from flows.commands.exits import UsageProblem
from flows.commands.month_arguments import service_month
from flows.store import Store
from flows.tenancy import load_practice


def cases(files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="TOML files of cases.")]) -> int:
    """Run rule cases through the code that bills real months; one line a case, exit code 1 where one does not hold."""
    for path in files:
        if not path.is_file():
            raise UsageProblem(f"{path}: no such file; name a TOML file of cases")
    from flows.cases import run_files

    return int(run_files(files))


def explain(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice's name, as its folder.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="The patient's key in the packet, or record number.")],
) -> None:
    """Say in words how one patient's month was decided: minutes and their sources, requirements, codes chosen and not."""
    own = settings.from_environment(os.environ)
    who, when = load_practice(own.tenants, practice), service_month(month)
    from flows.explain import explain as explained

    store = Store(own, practice)
    store.check()
    Console(soft_wrap=True).print(explained(store, who, when, patient), markup=False, highlight=False)


def rules(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
    practice: Annotated[str | None, typer.Option("--practice", help="With this practice's own recorded choices.")] = None,
    mac: Annotated[str | None, typer.Option("--mac", help="For this MAC jurisdiction, like JE.")] = None,
) -> None:
    """Print the rules in force in a month, each with its citation."""
    when = service_month(month)
    who = load_practice(settings.tenants_folder(os.environ), practice) if practice else None
    from flows.rulebook.table import rules_table

    Console(soft_wrap=True).print(rules_table(when, who, mac), markup=False, highlight=False)
