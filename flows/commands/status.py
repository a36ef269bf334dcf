"""``ccm status``: how every practice stands with a service month, in one look."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from flows import settings
from flows.commands import prefect_server
from flows.commands.exits import AWAITING, DONE
from flows.commands.month_arguments import service_month, this_instant
from flows.tenancy import practice_slugs

if TYPE_CHECKING:
    from flows.status import Run, Status


def status(
    month: Annotated[str, typer.Argument(metavar="MONTH", help="The service month, like 2025-11.")],
    practices: Annotated[list[str] | None, typer.Argument(metavar="[PRACTICE]...", help="Without any, every practice.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="For machines: one JSON array, counts as numbers, money as text.")
    ] = False,
) -> int:
    """Say which practices are done, held up, failed, and why. Exit code 5 where ops staff must do something.

    The storage is asked, and with PREFECT_API_URL also the newest run of each practice. No patient is named.
    """
    from flows.status import statuses

    when = service_month(month)
    own = settings.from_environment(os.environ)
    runs, idle = _runs(str(when))
    found = statuses(own, practices or practice_slugs(own.tenants), when, runs, this_instant(), idle)
    if as_json:
        typer.echo(json.dumps([_told(each) for each in found], indent=1))
    else:
        wide = Console(width=None if Console().is_terminal else 200)
        wide.print(_table(found, f"Service month {when}"))
        for each in found:
            if each.why:
                typer.echo(f"{each.practice}: {each.state}: {each.why}")
    return AWAITING if any(each.needs_person for each in found) else DONE


def _runs(month: str) -> tuple[Mapping[str, Run], str]:
    """The newest runs and why none is begun, where a Prefect server is named; the storage alone answers where none is."""
    if not prefect_server.named():
        return {}, ""
    with prefect_server.asked("or unset it to ask the storage alone"):
        from flows.monthly.newest_runs import idle, newest_runs  # slow to import, and only after its environment is prepared

        return newest_runs(month), idle()


def _table(found: Sequence[Status], title: str) -> Table:
    from flows.status import hold_rate_told

    table = Table(
        title=title, caption="Hold rate: points above or below the median of the practice's last months. Amounts are estimates."
    )
    table.add_column("practice", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for name in ("billed", "held", "not billable", "rejected rows", "minutes", "expected", "hold rate"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in found:
        state = f"{each.state}, {each.attestation}" if each.attestation else each.state
        counts = _counts([each]) if each.figures else ["-"] * 6
        table.add_row(each.practice, state, *counts, hold_rate_told(each.figures, each.usual_hold_rate))
    waiting = sum(each.needs_person for each in found)
    table.add_section()
    table.add_row(f"all {len(found)}", f"{waiting} for a person", *_counts(found), "")
    return table


def _counts(found: Sequence[Status]) -> list[str]:
    figures = [each.figures for each in found if each.figures]
    counts = [sum(getattr(f, name) for f in figures) for name in ("billed", "held", "not_billable", "rejected_rows")]
    minutes = sum(f.seconds // 60 for f in figures)
    return [*(f"{n:,}" for n in (*counts, minutes)), f"${sum((f.amount for f in figures), Decimal(0)):,.2f}"]


def _told(each: Status) -> dict[str, Any]:
    told: dict[str, Any] = {
        "practice": each.practice,
        "state": each.state,
        "why": each.why,
        "packet": each.packet,
        "attestation": each.attestation,
        "needs_person": each.needs_person,
        "usual_hold_rate": None if each.usual_hold_rate is None else round(each.usual_hold_rate, 4),
    }
    if each.figures is None:
        return told
    f = each.figures
    counts = {name: getattr(f, name) for name in ("patients", "billed", "held", "not_billable", "rejected_rows")}
    return told | counts | {"minutes": f.seconds // 60, "amount": str(f.amount), "hold_rate": round(f.hold_rate, 4)}
