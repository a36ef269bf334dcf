"""The command line ``ccm``."""

from __future__ import annotations

import sys

import typer

from flows.commands import (
    binder,
    deployments,
    layout,
    offboard,
    practice,
    registry,
    release,
    replay,
    rules,
    run,
    start,
    status,
    synthesize,
    verify,
    worklist,
)
from flows.commands.exits import DONE, MEANINGS, guarded

app = typer.Typer(
    name="ccm",
    help="Chronic Care Management billing: from call logs and records to a month's packet of claims and documents.",
    epilog=MEANINGS,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)


@app.command()
def demo() -> int:
    """Bill an invented month for three practices on this machine, with no outside connection. Start here."""
    from flows.demo import run_demo

    return run_demo()


app.command()(run.run)
app.command()(start.start)
app.command()(release.release)
app.command()(status.status)
app.command()(rules.cases)
app.command()(rules.explain)
app.command()(rules.rules)
app.command()(replay.replay)
app.command()(verify.verify)
app.command()(binder.binder)
app.command()(worklist.worklist)
app.command()(synthesize.synthesize)
practice.app.command()(offboard.offboard)
app.add_typer(practice.app, name="practice")
app.add_typer(deployments.app, name="deployments")
app.add_typer(layout.app, name="layout")
app.add_typer(registry.app, name="registry")
app.add_typer(verify.attest, name="attest")


def main(arguments: list[str] | None = None) -> None:
    """Run a command and leave with its exit code."""
    given = sys.argv[1:] if arguments is None else arguments
    if not given:
        given = ["--help"]
    command = typer.main.get_command(app)
    sys.exit(guarded(lambda: command.main(given, prog_name="ccm", standalone_mode=False)) or DONE)


if __name__ == "__main__":
    main()
