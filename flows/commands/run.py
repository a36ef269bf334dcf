"""``ccm run``: bill a finished month of one practice, or of all."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows import packets, prefect_environment, settings
from flows.ccm.service_month import ServiceMonth
from flows.commands import prefect_server
from flows.commands.exits import AWAITING, DONE, SETUP, SOME_FAILED, UsageProblem
from flows.commands.month_arguments import refuse_unfinished, service_month
from flows.commands.out_folder import check, take_away_copy, write_files
from flows.commands.outcome_table import outcome_table
from flows.outbox.manifest import read_manifest
from flows.registry import open_registry
from flows.store import Store
from flows.tenancy import load_practice, practice_slugs
from flows.verify.packet import file_faults


def run(
    words: Annotated[list[str], typer.Argument(metavar="[PRACTICE] MONTH", help="Like: bayview-family 2025-11.")],
    all_practices: Annotated[bool, typer.Option("--all", help="Every practice; give the month alone.")] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Copy each packet to this folder, as FOLDER/PRACTICE/MONTH/.")] = None,
) -> int:
    """Bill a finished month: read the inbox, decide, write the packet and seal it.

    A month far from the practice's own is stopped before sealing, for `ccm release` (exit code 5).
    Nothing changes when the same inputs are run again. Late or corrected inputs make a new packet; a sealed one is never altered.
    """
    if len(words) != (1 if all_practices else 2):
        raise UsageProblem("give a practice and a month, like `ccm run bayview-family 2025-11`, or `ccm run --all 2025-11`")
    month = service_month(words[-1])
    own = settings.from_environment(os.environ)
    if all_practices:
        for slug in practice_slugs(own.tenants):
            _check(own, slug, month, strict=False)
    else:
        _check(own, words[0], month, strict=True)
    if out:
        check(out)
    prefect_environment.prepare(os.environ)
    console = Console()
    # Where a server is named it must answer; else Prefect starts one of its own.
    server = prefect_server.asked("or unset it") if prefect_server.named() else nullcontext()
    with server, console.status("starting Prefect (a quarter of a minute where it has no server yet), then billing the month"):
        from flows import monthly  # slow to import, and only after its environment is prepared

        if all_practices:
            try:
                outcomes = monthly.bill_all(str(month))
            except monthly.PracticesFailed as failed:
                outcomes = failed.outcomes
        else:
            outcomes = (monthly.bill_tagged(words[0], str(month)),)
        sealed = [outcome for outcome in outcomes if not outcome.failure and not outcome.stopped]
        not_copied = []
        for outcome in sealed if out else ():
            try:
                mirror(Store(own, outcome.practice), month, outcome.packet, out / outcome.practice / str(month))
            except UsageProblem as problem:
                not_copied.append(f"{outcome.practice}: sealed, and not copied: {problem}")
    console.print(outcome_table(outcomes, f"Service month {month}"))
    for outcome in outcomes:
        if outcome.failure:
            typer.echo(f"ccm: {outcome.practice}: {outcome.failure}", err=True)
        elif outcome.stopped:
            typer.echo(f"ccm: {outcome.practice}: stopped before sealing: {outcome.stopped}", err=True)
            typer.echo(f"ccm: {outcome.practice}: look, then `ccm release {outcome.practice} {month}` and run again", err=True)
    for problem in not_copied:
        typer.echo(f"ccm: {problem}", err=True)
    if any(outcome.failure for outcome in outcomes):
        return SOME_FAILED
    if not_copied:
        return SETUP
    return DONE if len(sealed) == len(outcomes) else AWAITING


def mirror(store: Store, month: ServiceMonth, number: int, folder: Path) -> None:
    """Copy a sealed packet to ``folder``, in place of the packet copied there before, if any. Raises UsageProblem."""
    files = packets.read_packet(store, month, number)
    manifest = read_manifest(files[packets.MANIFEST])
    if manifest is None or any(file_faults(files, manifest)):
        raise UsageProblem(f"packet {number} is not in the storage as it was sealed; `ccm verify` names what differs")
    take_away_copy(folder)
    write_files(folder, files)


def _check(own: settings.Settings, slug: str, month: ServiceMonth, strict: bool) -> None:
    """Refuse what is known to fail before anything is started. A malformed folder among many fails in its own run instead."""
    try:
        practice = load_practice(own.tenants, slug)
    except Exception as error:
        if strict or not hasattr(error, "problems"):
            raise
        return
    refuse_unfinished(month, practice)
    open_registry(own, practice)
    Store(own, slug).check()
