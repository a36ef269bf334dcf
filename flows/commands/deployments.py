"""``ccm deployments``: what Prefect's server must know of the practices."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows import deployments, settings
from flows.commands import prefect_server
from flows.commands.exits import DONE, NOT_HELD, SOME_FAILED, UsageProblem

app = typer.Typer(no_args_is_help=True, help="Deployments: one a practice, and what they stand on.")
File = Annotated[Path, typer.Option("--file", help="The file that `prefect deploy` reads.")]
_FILE = Path("infra/prefect.yaml")


@app.callback()
def deployment() -> None:
    """Deployments: one a practice, and what they stand on."""


@app.command()
def write(file: File = _FILE) -> int:
    """Write the deployments' file from the tenant folders. A practice whose folder is broken keeps its entry as it stood."""
    folders = _folders()
    file.write_text(deployments.prefect_yaml(folders, _text(file)), encoding="utf-8")
    Console().print(f"{file}: {len(folders.practices)} deployments", highlight=False)
    return _told(folders, DONE)


@app.command()
def check(file: File = _FILE) -> int:
    """Say whether the deployments' file is what the tenant folders ask for."""
    folders, text = _folders(), _text(file)
    if deployments.prefect_yaml(folders, text) != text:
        typer.echo(
            f"ccm: {file}: stale; run `ccm deployments write`, then `prefect deploy --all --prefect-file {file}`", err=True
        )
        return _told(folders, NOT_HELD)
    Console().print(f"{file}: as the tenant folders say", highlight=False)
    return _told(folders, DONE)


@app.command()
def apply(
    at_once: Annotated[int | None, typer.Option("--at-once", min=1, help="How many practices may run together.")] = None,
) -> int:
    """Make the work pool, its queues, each practice's limit of one run, and the automations; what is right already stays.

    The deployment of a practice without a tenant folder is removed, with its limit and the runs that wait; its history stays.
    CCM_OPS_WEBHOOK names the address that messages are posted to; without it they show on the board alone.
    """
    folders = _folders()
    if not folders.slugs:
        raise UsageProblem("CCM_TENANTS: no practice in this folder, so every deployment would be removed; name the right folder")
    with prefect_server.asked("then give the command again"):
        from flows.monthly.apply import apply as put  # slow to import, and only after its environment is prepared

        served = [practice.slug for practice in folders.practices]
        applied = put(served, folders.slugs, at_once, os.environ.get("CCM_OPS_WEBHOOK", "").strip())
    for slug in applied.removed:
        typer.echo(f"{slug}: has no tenant folder; its deployment was removed, nothing of it starts any more")
    messages = "messages go to CCM_OPS_WEBHOOK" if applied.told else "messages show on the board alone"
    Console().print(f"{applied.practices} practices, {applied.automations} automations; {messages}", highlight=False)
    return _told(folders, DONE)


def _folders() -> deployments.Folders:
    return deployments.tenant_folders(settings.tenants_folder(os.environ))


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _told(folders: deployments.Folders, code: int) -> int:
    """The exit code, once the problems of broken folders are told."""
    for problem in folders.problems:
        typer.echo(f"ccm: {problem}; its deployment stays as it is", err=True)
    return SOME_FAILED if folders.broken else code
