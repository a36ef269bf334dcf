"""What rounds of kills came to, in a table."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tests.soak.kills.cluster_kills import BY_HAND, BY_ITSELF, WRONG, Found

_HOW = (BY_ITSELF, BY_HAND, WRONG)


def report(found: Found, console: Console) -> None:
    """Print kills by victim and what the run was doing, how the runs recovered, and what went wrong."""
    runs = sum(found.runs.values())
    table = Table(title=f"Runs of a month that lost a part: {runs}, by {found.parts} parts killed")
    for heading in ("killed", "while the run was", *_HOW):
        table.add_column(heading, justify="right" if heading in _HOW else "left")
    for victim, doing in sorted({(victim, doing) for victim, doing, _ in found.kills}):
        table.add_row(victim, doing, *(str(found.kills[victim, doing, how]) for how in _HOW))
    for victim in sorted({victim for victim, _, _ in found.kills}):
        of_all = ((how, sum(n for (v, _, h), n in found.kills.items() if (v, h) == (victim, how))) for how in _HOW)
        table.add_row(victim, "in all", *(str(count) for _, count in of_all))
    console.print(table)
    console.print("A run under the server or PostgreSQL when it died is counted there, and where it lost a part of its own.")
    console.print("Runs recovered: " + ", ".join(f"{found.runs[how]} {how}" for how in _HOW[:2]))
    console.print(f"Drawn and not struck, as the run came to no such request or had ended: {found.missed}")
    for line in found.wrong:
        console.print(f"WRONG {line}", soft_wrap=True)
    console.print(f"Lost, double or left held: {found.runs[WRONG]} of {runs}")
