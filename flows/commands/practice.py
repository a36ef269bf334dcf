"""``ccm practice``: the tenant folders."""

from __future__ import annotations

import os
from typing import Annotated

import typer
from rich.console import Console

from flows import settings
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.commands.exits import DONE, NOT_HELD
from flows.store import Store
from flows.tenancy import SetupError, load_practice, practice_slugs
from flows.tenancy.load import SLUG
from flows.tenancy.new import QUESTIONS, fault, suggestion, write_folder

app = typer.Typer(no_args_is_help=True, help="Practices: their folders below tenants/.")


@app.callback()
def practice() -> None:
    """Practices: their folders below tenants/."""


def _missing(who: Practice, month: str) -> tuple[str, ...]:
    """What a first run of the month would lack. Raises what set-up and storage raise."""
    from flows.readiness import missing

    return missing(Store(settings.from_environment(os.environ), who.slug), who, ServiceMonth.parse(month))


def _told(who: Practice, month: str | None) -> int:
    """Say that a sound folder is complete, or what a run of the month would lack; how much it lacks."""
    missing = _missing(who, month) if month else ()
    for problem in missing:
        typer.echo(f"ccm: {problem}", err=True)
    if not missing:
        Console().print(f"{who.slug}: complete" + (f", ready for {month}" if month else ""), highlight=False)
    return len(missing)


@app.command()
def new(name: Annotated[str, typer.Argument(metavar="PRACTICE", help="Its name: lower-case letters, digits, dashes.")]) -> int:
    """Ask what a practice's folder must say, write it, and name what is left to fill in."""
    root = settings.tenants_folder(os.environ)
    if not SLUG.match(name):
        raise SetupError([f"practice {name!r}: not a practice's name; use 2-40 lower-case letters, digits and dashes"])
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        if not question.concerns(answers):
            continue
        likely = suggestion(question, answers)
        while question.key not in answers:
            answer = typer.prompt(question.text, default=likely or None)
            wrong = fault(question, answer)
            if wrong:
                typer.echo(f"  {wrong}", err=True)
            else:
                answers[question.key] = answer
    folder = write_folder(root, name, answers)
    typer.echo(f"{root.name}/{folder.name} written. Fill in practitioners.csv, staff.csv and charges.csv; what is missing now:")
    try:
        load_practice(root, name)
    except SetupError as error:
        for problem in error.problems:
            typer.echo(f"  {problem}")
    typer.echo(f"Then: ccm practice check {name} --month YYYY-MM")
    return DONE


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(metavar="[PRACTICE]", help="One practice; without it, all.")] = None,
    month: Annotated[
        str | None, typer.Option(help="Also ask whether this service month can be run: inbox, charges, rosters.")
    ] = None,
) -> int:
    """Check a practice's folder: numbers, addresses, choices, rosters, charges. Prints every problem with what to do."""
    root = settings.tenants_folder(os.environ)
    if name is not None:
        return NOT_HELD if _told(load_practice(root, name), month) else DONE
    problems = 0
    for slug in practice_slugs(root):
        try:
            problems += _told(load_practice(root, slug), month)
        except SetupError as error:
            problems += len(error.problems)
            for problem in error.problems:
                typer.echo(f"ccm: {problem}", err=True)
    return NOT_HELD if problems else DONE
