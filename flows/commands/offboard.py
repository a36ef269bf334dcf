"""``ccm practice offboard``: a practice's data returned, and deleted with a record."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from flows import offboarding, settings
from flows.commands.exits import DONE, NOT_HELD, STOPPED, UsageProblem
from flows.commands.month_arguments import this_instant
from flows.commands.out_folder import writing_to
from flows.practice_versions import PracticeVersions


def offboard(
    name: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice that leaves.")],
    out: Annotated[Path, typer.Option("--out", help="The folder of the export: new for a return, the same for the deletion.")],
    by: Annotated[str, typer.Option("--by", help="Who does it: a person's name, recorded.")],
    delete: Annotated[bool, typer.Option("--delete", help="Delete what the export in --out returned, once it verifies.")] = False,
    why: Annotated[str, typer.Option("--why", help="With --delete: on what ground, recorded. Name no patient.")] = "",
    despite_lock: Annotated[
        bool, typer.Option("--despite-lock", help="With --delete: also what is still locked, for who has the right to.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --delete: do not ask for the practice's name again.")] = False,
) -> int:
    """Return all that is kept of a practice, every version, to a folder that proves itself; with --delete, then delete it.

    Uses the credentials of the environment, never the practice's role, which may neither list versions nor delete.
    Exit code 1 where something is left after a deletion.
    """
    kept = PracticeVersions(settings.from_environment(os.environ), name)
    if not delete:
        with writing_to(out):
            returned = offboarding.export(kept, name, out, by, this_instant())
        offboarding.verify(out, name)
        typer.echo(f"{name}: {returned.versions} versions, {returned.size} bytes returned; export.json is {returned.seal}")
        return DONE
    if not why:
        raise UsageProblem("--delete: say on what ground with --why, like the practice's letter and its date")
    offboarding.verify(out, name)
    if not yes and typer.prompt("This cannot be undone. The practice's name again") != name:
        typer.echo("nothing was deleted")
        return STOPPED
    came = offboarding.delete(kept, name, out, by, why, this_instant(), despite_lock)
    typer.echo(
        f"{name}: {came.deleted} versions deleted, {came.refused} refused, {came.left} left; {out.name}/{offboarding.DELETION}"
    )
    if came.left:
        typer.echo("ccm: what is refused is locked, or beyond these credentials; see infra/RUNBOOK.md, offboarding", err=True)
    return NOT_HELD if came.left else DONE
