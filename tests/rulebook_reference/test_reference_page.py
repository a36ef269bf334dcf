"""The reference page is fresh, and holds everything that the rulebook's text holds, read here without the loader."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flows.rulebook.read import HOME
from flows.rulebook.table import PAGE, main, reference_page
from tests.rulebook_reference.examples import altered


def citations(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if "citation" in node:
            yield node["citation"]
        for value in node.values():
            yield from citations(value)
    elif isinstance(node, list):
        for value in node:
            yield from citations(value)


def rulebook_texts() -> dict[str, dict[str, Any]]:
    # The crosswalk maps codes and has no date; it is no rule of the page.
    names = [path for path in sorted(HOME.glob("*.toml")) if path.name != "snomed_crosswalk.toml"]
    return {path.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in names}


def test_the_page_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == reference_page(), "stale: run `python -m flows.rulebook.table --write`"
    assert main([]) == 0


def test_a_stale_page_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = tmp_path / "RULES.md"
    page.write_text("old", encoding="utf-8")
    monkeypatch.setattr("flows.rulebook.table.PAGE", page)
    assert main([]) == 1
    assert "RULES.md is stale; write it again" in capsys.readouterr().err
    assert main(["--write"]) == 0
    assert page.read_text(encoding="utf-8") == reference_page()
    assert main(["--wirte"]) == 2


@pytest.mark.parametrize("file", sorted(rulebook_texts()))
def test_every_citation_is_on_the_page_and_marked_where_unverified(file: str):
    page = reference_page()
    for citation in citations(rulebook_texts()[file]):
        source = f"[{citation['title']}]({citation['url']})"
        rows = [line for line in page.splitlines() if source in line]
        assert rows, f"{file}: not on the page: {citation['title']}"
        marked = {row.split(source, 1)[1].startswith(" **[unverified]**") for row in rows}
        assert (not citation.get("verified", True)) in marked


def test_every_code_and_reason_of_the_rulebook_is_on_the_page():
    page = reference_page()
    for file, text in rulebook_texts().items():
        if file == "gpci.toml":  # localities are figures by number; the page says how many there are
            continue
        code = re.compile(r"\b(?:\d{5}|G\d{4})\b")
        words = re.sub(r"(title|url) = \"[^\"]*\"", "", (HOME / file).read_text(encoding="utf-8"))
        missing = {found for found in code.findall(re.sub(r"#.*", "", words)) if found not in page}
        assert not missing, f"{file}: {missing}"
        if file == "reasons.toml":
            told = text.pop("remedy_in")
            assert {reason for kind in text.values() for reason in kind} == set(re.findall(r"^\| `([a-z_.]+)` \|", page, re.M))
            assert [remedy for kind in told.values() for remedy in kind.values() if remedy not in page] == []


def test_every_version_has_its_row(tmp_path: Path):
    later = '\n[[version]]\neffective = "2026-03"\ncount = 3\nmonths = 6\n'
    later += 'citation = { title = "A later rule", url = "https://example.org/" }\n'
    old = (HOME / "conditions.toml").read_text(encoding="utf-8")
    page = reference_page(altered(tmp_path, "conditions.toml", old, old + later))
    rows = [line for line in page.splitlines() if line.startswith("| chronic conditions |")]
    assert [row.split(" | ")[1:3] for row in rows] == [
        ["2015-01", "at least: 2<br>each expected to last: 12 months, or until death"],
        ["2026-03", "at least: 3<br>each expected to last: 6 months, or until death"],
    ]
