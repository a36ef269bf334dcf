"""``ccm synthesize``: an invented month of a practice, with what must come of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from flows import settings
from flows.commands.exits import UsageProblem
from flows.commands.month_arguments import service_month
from flows.commands.out_folder import write_files
from flows.tenancy import load_practice


def synthesize(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice's name; it must be a test practice.")],
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
    patients: Annotated[int, typer.Option("--patients", min=1, max=200_000, help="How many patients.")] = 25,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same bytes.")] = 1,
    records: Annotated[Literal["csv", "fhir", "mixed"], typer.Option("--records", help="The form of the records.")] = "mixed",
    clean: Annotated[bool, typer.Option("--clean", help="Nothing goes wrong.")] = False,
    dial: Annotated[list[str] | None, typer.Option("--dial", metavar="NAME=SHARE", help="A share from 0 to 1.")] = None,
    exports: Annotated[bool, typer.Option("--exports", help="Calls as contact centers export them, in every layout.")] = False,
    out: Annotated[Path, typer.Option("--out", help="The folder written to.")] = Path("out/synthetic"),
) -> None:
    """Invent a practice's month, inbox and all, and write expected.json beside it: what was planted and what must come of it."""
    who, when = load_practice(settings.tenants_folder(os.environ), practice), service_month(month)
    if not who.test:
        raise UsageProblem(
            f"{practice} is not a test practice (test = true in practice.toml); invented records stay out of real ones"
        )
    from flows.synthesize.generate import synthesize as invent
    from flows.synthesize.vendor_forms import write_as

    folder = out / practice / str(when)
    with Console().status(f"inventing {patients:,} patients"):
        made = invent(who, when, patients, seed, _dials(clean, dial or []), records)
        if exports:
            made = write_as(made, who)
        expected = json.dumps(made.expected, ensure_ascii=False, indent=1, sort_keys=True, default=str) + "\n"
        write_files(folder, {**made.objects, "expected.json": expected.encode()})
    Console().print(f"{len(made.objects)} objects and expected.json in {folder}", highlight=False)


def _dials(clean: bool, settings_of_dials: list[str]) -> object:
    from dataclasses import fields, replace

    from flows.synthesize.generate import Dials

    dials = Dials.clean() if clean else Dials()
    names = [field.name for field in fields(Dials)]
    for text in settings_of_dials:
        name, _, share = text.partition("=")
        if name not in names:
            raise UsageProblem(f"--dial {name}: no such dial; the dials are {', '.join(names)}")
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise UsageProblem(f"--dial {name}: must be a share from 0 to 1, like {name}=0.1")
        dials = replace(dials, **{name: value})
    return dials
