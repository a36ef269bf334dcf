"""The rules in force as a table for a reader, and the reference page of every version (RULES.md).

``python -m flows.rulebook.table --write`` writes the page again; without ``--write`` it says whether the page is stale.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.ccm.citation import Citation
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.read import HOME, read
from flows.rulebook.reasons import Reasons
from flows.rulebook.statement import Statement, all_versions, in_force

PAGE = HOME / "RULES.md"
UNVERIFIED = "[unverified]"
_KINDS = {
    "hold": "Held: curable",
    "never": "Not billable",
    "excluded": "Minutes excluded",
    "reject": "Input rows rejected",
    "flag": "Flags: billed, but look at it",
}


class Sources:
    """The citations of a text, each numbered where it is first used, to be listed once at the end."""

    def __init__(self) -> None:
        self._numbers: dict[Citation, int] = {}

    def mark(self, citation: Citation) -> str:
        """Its number in brackets, and whether its source was not seen in print."""
        number = self._numbers.setdefault(citation, len(self._numbers) + 1)
        return f"[{number}]" + ("" if citation.verified else f" {UNVERIFIED}")

    def lines(self) -> list[str]:
        """Every source used, a line each, in order."""
        return [f"[{number}] {citation}" for citation, number in self._numbers.items()]


def rules_table(
    month: ServiceMonth, practice: Practice | None = None, mac: str | None = None, home: Path = HOME, width: int = 120
) -> str:
    """The rules in force in a service month, by topic, each with its source; ``width`` in characters.

    With a practice: the rules that concern it, its recorded choices with who made them, when and on what source, and the
    amounts it may expect. Raises RulebookError with one line a problem.
    """
    files = read(home)
    sources = Sources()
    console = Console(file=io.StringIO(), width=width, color_system=None, _environ={})
    console.print(Text(_title(month, practice, mac, files.version)))
    for topic, statements in _by_topic(in_force(files, month, practice, mac)):
        console.print(_topic_table(topic, statements, sources, width))
    console.print(Text("Sources"))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    # A source stands on one line, however long, so that its address can be followed.
    return "\n".join(line.rstrip() for line in [*text.splitlines(), *sources.lines()]) + "\n"


def rules_markdown(month: ServiceMonth, practice: Practice | None = None, mac: str | None = None, home: Path = HOME) -> str:
    """What ``rules_table`` says, as Markdown. Raises what it raises."""
    files = read(home)
    heading = f"# {_title(month, practice, mac, files.version)}\n"
    return "\n".join([heading, *_markdown(in_force(files, month, practice, mac))])


def reference_page(home: Path = HOME) -> str:
    """Every version of every rule, and every reason, as Markdown. The same rulebook gives the same text."""
    files = read(home)
    lines = [
        "# Rules of every service month",
        "",
        "Written from the rulebook's files by `python -m flows.rulebook.table --write`; edit those, never this page.",
        "A rule holds from its first service month until a later version of the same rule, or to the month named.",
        f"Service months before {files.first_month} are refused.",
        f"**{UNVERIFIED}** marks a rule whose source was not seen in print.",
        "",
        *_markdown(all_versions(files)),
        *_reasons(files.reasons),
    ]
    return "\n".join(lines)


def _title(month: ServiceMonth, practice: Practice | None, mac: str | None, version: str) -> str:
    about = [
        f"Rules in force in service month {month}",
        f"practice {practice.slug}" if practice else "",
        f"MAC {mac}" if mac else "",
    ]
    return ", ".join(filter(None, about)) + f" (rulebook {version})"


def _by_topic(statements: Iterable[Statement]) -> Iterable[tuple[str, list[Statement]]]:
    for topic, group in groupby(statements, key=lambda s: s.topic):
        yield topic, list(group)


def _topic_table(topic: str, statements: Sequence[Statement], sources: Sources, width: int) -> Table:
    table = Table(title=Text(topic), title_justify="left", box=box.SIMPLE_HEAD, expand=True, pad_edge=False)
    table.add_column("rule", width=min(28, width // 4), overflow="fold")  # 28: the longest reason id unbroken
    table.add_column("in force", width=10)
    table.add_column("says", ratio=1, overflow="fold")
    table.add_column("source", width=len(UNVERIFIED))
    for statement in statements:
        says = "\n".join(f"{name}: {text}" for name, text in statement.fields)
        since = _since(statement, "\n")
        table.add_row(*(Text(cell) for cell in (statement.subject, since, says, sources.mark(statement.citation))))
    return table


def _since(statement: Statement, between: str) -> str:
    return statement.effective + (f"{between}to {statement.until}" if statement.until else "")


def _markdown(statements: Iterable[Statement]) -> Iterable[str]:
    for topic, group in _by_topic(statements):
        yield from (f"## {topic}", "", "| rule | in force | says | source |", "|---|---|---|---|")
        for statement in group:
            says = "<br>".join(f"{_cell(name)}: {_cell(text)}" for name, text in statement.fields)
            cited = statement.citation
            source = f"[{_cell(cited.title)}]({cited.url})" + ("" if cited.verified else f" **{UNVERIFIED}**")
            yield f"| {_cell(statement.subject)} | {_since(statement, ' ')} | {says} | {source} |"
        yield ""


def _reasons(reasons: Reasons) -> Iterable[str]:
    yield from ("## Reasons", "", "| reason | kind | message | to cure it |", "|---|---|---|---|")
    for kind, title in _KINDS.items():
        for reason, said in getattr(reasons, kind).items():
            yield f"| `{reason}` | {title} | {_cell(said.message)} | {_cell(getattr(said, 'remedy', ''))} |"
    for name, own in reasons.remedy_in.items():
        for reason, remedy in own.items():
            yield f"| `{reason}` | Input rows rejected, in {name} | | {_cell(remedy)} |"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: Sequence[str]) -> int:
    """Write the reference page, or say whether it is stale. 0 done or fresh, 1 stale, 2 not asked rightly."""
    if list(arguments) not in ([], ["--write"]):
        print("usage: python -m flows.rulebook.table [--write]", file=sys.stderr)
        return 2
    page = reference_page()
    if arguments:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    print(f"{PAGE.name} is stale; write it again with `python -m flows.rulebook.table --write`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
