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
    words: Annotated[
        list[str], typer.Argument(metavar="MONTH | diff MONTH MONTH", help="Like: 2025-11, or diff 2025-06 2025-07.")
    ],
    practice: Annotated[str | None, typer.Option("--practice", help="With this practice's own recorded choices.")] = None,
    mac: Annotated[str | None, typer.Option("--mac", help="For this MAC jurisdiction, like JE.")] = None,
) -> None:
    """Print the rules in force in a month, each with its citation; with diff, what changed between two months."""
    if len(words) != (3 if words[0] == "diff" else 1):
        raise UsageProblem("give a month, like `ccm rules 2025-11`, or two to compare, like `ccm rules diff 2025-06 2025-07`")
    months = [service_month(word) for word in (words[1:] if words[0] == "diff" else words)]
    who = load_practice(settings.tenants_folder(os.environ), practice) if practice else None
    screen = Console(soft_wrap=True)
    from flows.rulebook.difference import rules_diff
    from flows.rulebook.table import rules_table

    text = rules_table(months[0], who, mac, width=screen.width) if len(months) == 1 else rules_diff(*months, who, mac)
    screen.print(text, markup=False, highlight=False, end="")
