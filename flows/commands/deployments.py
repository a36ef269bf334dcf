"""``ccm deployments``: what Prefect's server must know of the practices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows import deployments, settings
from flows.commands import prefect_server
from flows.commands.exits import DONE, NOT_HELD

app = typer.Typer(no_args_is_help=True, help="Deployments: one a practice, and what they stand on.")
File = Annotated[Path, typer.Option("--file", help="The file that `prefect deploy` reads.")]
_FILE = Path("infra/prefect.yaml")


@app.callback()
def deployment() -> None:
    """Deployments: one a practice, and what they stand on."""


@app.command()
def write(file: File = _FILE) -> int:
    """Write the deployments' file from the tenant folders."""
    served = deployments.practices(settings.tenants_folder(os.environ))
    file.write_text(deployments.prefect_yaml(served), encoding="utf-8")
    Console().print(f"{file}: {len(served)} deployments", highlight=False)
    return DONE


@app.command()
def check(file: File = _FILE) -> int:
    """Say whether the deployments' file is what the tenant folders ask for."""
    text = deployments.prefect_yaml(deployments.practices(settings.tenants_folder(os.environ)))
    if not file.is_file() or file.read_text(encoding="utf-8") != text:
        typer.echo(f"ccm: {file}: stale; run `ccm deployments write`, then `prefect deploy --all`", err=True)
        return NOT_HELD
    Console().print(f"{file}: as the tenant folders say", highlight=False)
    return DONE


@app.command()
def apply(
    at_once: Annotated[int | None, typer.Option("--at-once", min=1, help="How many practices may run together.")] = None,
) -> int:
    """Make the work pool, its queues, each practice's limit of one run, and the automations; what is right already stays.

    CCM_OPS_WEBHOOK names the address that messages are posted to; without it they show on the board alone.
    """
    served = deployments.practices(settings.tenants_folder(os.environ))
    with prefect_server.asked("then give the command again"):
        from flows.monthly.apply import apply as put  # slow to import, and only after its environment is prepared

        applied = put([practice.slug for practice in served], at_once, os.environ.get("CCM_OPS_WEBHOOK", "").strip())
    messages = "messages go to CCM_OPS_WEBHOOK" if applied.told else "messages show on the board alone"
    Console().print(f"{applied.practices} practices, {applied.automations} automations; {messages}", highlight=False)
    return DONE
