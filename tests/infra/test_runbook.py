"""Every command that the runbook and the README tell is one that the command line has, arguments, options and all."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer

from flows.__main__ import app

ROOT = Path(__file__).parents[2]
PAGES = ("infra/RUNBOOK.md", "README.md", "flows/rulebook/README.md")
VALUES = {"FILE...": "FILE", "N": "1"}


def told(page: str) -> list[str]:
    """Commands in code: those of a fenced block up to their comment, and those between backticks."""
    text = (ROOT / page).read_text(encoding="utf-8")
    fences = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line for fence in fences for line in fence.replace("\\\n", " ").splitlines()]
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    cut = (re.sub(r"\s+#.*", "", line).strip().replace(".venv/bin/", "") for line in (*lines, *inline))
    return sorted({line for line in cut if line.startswith("ccm ") or line.startswith("python -m ")})


def ccm_words() -> list[tuple[str, str]]:
    return [(page, line) for page in PAGES for line in told(page) if line.startswith("ccm ")]


@pytest.mark.parametrize(("page", "line"), ccm_words(), ids=lambda given: given)
def test_a_command_parses(page: str, line: str):
    words = [VALUES.get(word, word) for word in shlex.split(re.sub(r"[\[\]]", "", line))[1:]]
    command = typer.main.get_command(app)
    while hasattr(command, "commands") and words and words[0] in command.commands:
        command = command.commands[words.pop(0)]
    if hasattr(command, "commands"):
        assert words in ([], ["--help"]), f"{page}: no command {line}"
    elif words:  # a command named alone is spoken of, not told
        command.make_context(line, words)


def test_the_runbook_tells_each_thing_that_ops_staff_are_asked_for():
    headings = re.findall(r"^## (.*)$", (ROOT / PAGES[0]).read_text(encoding="utf-8"), re.MULTILINE)
    assert len(headings) >= 12
    commands = {line for line in told(PAGES[0]) if line.startswith("ccm ")}
    for wanted in ("ccm start MONTH --unfinished", "ccm release", "ccm status", "ccm replay", "ccm practice offboard"):
        assert any(line.startswith(wanted) for line in commands), wanted


def test_every_module_that_is_told_is_there():
    modules = {shlex.split(line)[2] for page in PAGES for line in told(page) if line.startswith("python -m ")}
    assert modules >= {"infra.stacks"}
    assert [name for name in modules if importlib.util.find_spec(name) is None] == []


def test_the_alarms_point_at_parts_that_the_runbook_has():
    text = (ROOT / PAGES[0]).read_text(encoding="utf-8")
    alarms = (ROOT / "infra/aws/alarms.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"AlarmName: (\S+)", alarms)) - set(re.findall(r"`(ccm-[a-z0-9-]+)`", text)) == set()
