"""A month decided again: only those whom the altered rule touches change, by the amounts a biller would expect."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rich.console import Console

from flows import ledger
from flows.ccm.claim import ClaimFault
from flows.ccm.claims import held_for
from flows.ccm.service_month import ServiceMonth
from flows.commands.replay import print_replay
from flows.replay import Replay, ReplayError, replay
from flows.rulebook.elsewhere import NoSuchRulebook, rulebook_from
from flows.rulebook.read import HOME, RulebookError
from flows.rulebook.resolve import Rulebook, load
from tests.rulebook_reference.examples import NOVEMBER, altered, decided, evidence, packet_lines, practice

BAYVIEW = practice("bayview-family")


def again(rulebook: Rulebook, month: ServiceMonth = NOVEMBER) -> Replay:
    return replay(*packet_lines(), BAYVIEW, month, rulebook)


def test_the_same_rules_change_nothing():
    found = again(load())
    assert (found.patients, found.changes, found.other_grounds) == (5, (), 0)
    assert found.before == found.after
    assert (found.before.billed, found.before.held, found.before.not_billable) == (3, 1, 1)
    assert found.rules_before == (found.rules_after,)


def test_a_lower_limit_changes_those_who_reach_it(tmp_path: Path):
    old = 'add_on         = { code = "99439", minutes = 20, max_units = 2 }'
    found = again(load(altered(tmp_path, "families.toml", old, old.replace("= 2 }", "= 1 }"))))
    told = {c.patient_key: (c.before.lines, c.after.lines, c.before.expected - c.after.expected) for c in found.changes}
    unit = (
        next(line.expected for d in decided(evidence()) if d.patient_key == "pt-60" for line in d.lines if line.code == "99439")
        / 2
    )
    both = (("99490 x1", "99439 x2"), ("99490 x1", "99439 x1"))
    assert told == {"pt-60": (*both, unit), "pt-60-held": (*both, unit)}
    assert found.before.expected - found.after.expected == unit
    assert found.before.at_stake - found.after.at_stake == unit
    assert found.rules_before != (found.rules_after,)


def test_a_higher_threshold_takes_a_month_away(tmp_path: Path):
    old = 'base           = { code = "99490", minutes = 20 }'
    found = again(load(altered(tmp_path, "families.toml", old, old.replace("= 20 }", "= 21 }"))))
    outcomes = {c.patient_key: (c.before.outcome, c.after.outcome, c.after.reasons) for c in found.changes}
    assert outcomes["pt-20"] == ("bill", "not_billable", ("time.below_threshold",))
    assert "pt-19" not in outcomes
    assert (found.after.billed, found.after.not_billable) == (2, 2)


def test_a_rate_changes_amounts_alone(tmp_path: Path):
    old = '99487 = { work = "1.81", pe_nonfacility = "2.13"'
    found = again(load(altered(tmp_path, "rates.toml", old, old.replace("2.13", "2.23"))))
    (change,) = found.changes
    assert (change.patient_key, change.before.lines) == ("pt-61-complex", change.after.lines)
    assert change.after.expected > change.before.expected


def test_reasons_alone_are_counted_apart(tmp_path: Path):
    old = 'elements  = ["availability", "cost_share", "revocation", "one_practitioner"]'
    months = tuple(
        replace(m, consents=(replace(m.consents[0], explained=frozenset({"availability"})),))
        if m.patient.key == "pt-60-held"
        else m
        for m in evidence()
    )
    lines = ledger.to_lines(months), ledger.to_lines(decided(months))
    found = replay(*lines, BAYVIEW, NOVEMBER, load(altered(tmp_path, "consent.toml", old, 'elements  = ["availability"]')))
    assert (found.changes, found.other_grounds) == ((), 1)


def test_a_hold_that_came_after_the_decision_stays():
    months = evidence()
    fault = ClaimFault("c1", "MBI", "is missing", "Add it.")
    late = [held_for(d, m, [fault]) if d.patient_key == "pt-20" else d for m, d in zip(months, decided(months), strict=True)]
    found = replay(ledger.to_lines(months), ledger.to_lines(late), BAYVIEW, NOVEMBER, load())
    assert (found.changes, found.other_grounds) == ((), 0)
    assert found.before.held == found.after.held == 2


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda m, d: (m[1:], d), "not the same patients in the same order; take both from one packet"),
        (lambda m, d: (m[::-1], d), "not the same patients in the same order; take both from one packet"),
        (
            lambda m, d: ([replace(x, practice="other") for x in m], d),
            "patient-months.jsonl: holds another practice or month than bayview-family 2025-11",
        ),
        (
            lambda m, d: (m, [replace(x, month=ServiceMonth(2025, 10)) for x in d]),
            "decisions.jsonl: holds another practice or month than bayview-family 2025-11",
        ),
    ],
)
def test_evidence_that_does_not_fit_is_one_line(spoil, line: str):
    months, decisions = spoil(list(evidence()), list(decided(evidence())))
    with pytest.raises(ReplayError, match=line):
        replay(ledger.to_lines(months), ledger.to_lines(decisions), BAYVIEW, NOVEMBER, load())


def test_a_spoilt_line_is_named_without_its_content():
    months, decisions = packet_lines()
    with pytest.raises(ReplayError) as refused:
        replay(months.replace(b"Quillfeather", b"Quillfeather\x00", 1), decisions, BAYVIEW, NOVEMBER, load())
    (problem,) = refused.value.problems
    assert problem.startswith("patient-months.jsonl: line 1: ")
    assert "Quillfeather" not in problem


def test_what_is_printed_names_keys_only(tmp_path: Path):
    old = 'base           = { code = "99490", minutes = 20 }'
    found = again(load(altered(tmp_path, "families.toml", old, old.replace("= 20 }", "= 21 }"))))
    screen = Console(file=io.StringIO(), width=100)
    print_replay(found, "bayview-family", screen)
    text = screen.file.getvalue()  # type: ignore[attr-defined]
    assert "pt-20" in text and "Quillfeather" not in text and "1948" not in text
    assert "billed: 3 -> 2" in text and "not billable: 1 -> 2" in text
    assert f"{len(found.changes)} of 5 patients change" in text
    lost = sum((c.before.expected - c.after.expected for c in found.changes if c.before.outcome == "bill"), Decimal(0))
    assert found.before.expected - found.after.expected == lost


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository: a commit without a rulebook (tag empty), one with (tag older), and a work tree since broken."""
    folder = tmp_path / "repository"
    home = folder / "flows" / "rulebook"
    home.mkdir(parents=True)
    git(folder, "init", "-q")
    (folder / "README.md").write_text("x", encoding="utf-8")
    git(folder, "add", "README.md")
    git(folder, "commit", "-qm", "one")
    git(folder, "tag", "empty")
    for path in HOME.glob("*.toml"):
        (home / path.name).write_bytes(path.read_bytes())
    git(folder, "add", "flows")
    git(folder, "commit", "-qm", "two")
    git(folder, "tag", "older")
    (home / "time.toml").write_text("broken [", encoding="utf-8")
    return folder


def test_a_rulebook_of_a_commit_or_a_folder(repository: Path):
    assert rulebook_from("older", repository).version == load().version
    assert rulebook_from(str(HOME)).version == load().version
    with pytest.raises(RulebookError) as refused:
        rulebook_from(str(repository / "flows" / "rulebook"))
    assert refused.value.problems[0].startswith(f"{repository}/flows/rulebook: time.toml: not TOML")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("no-such-place", "no-such-place: neither a folder nor a commit"),
        ("--all", "--all: neither a folder nor a commit"),
        ("empty", "empty: that commit has no flows/rulebook"),
        ("tests", "tests: no rulebook files"),
    ],
)
def test_what_is_no_rulebook_is_one_line(repository: Path, place: str, line: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(HOME.parent.parent)
    with pytest.raises(NoSuchRulebook) as refused:
        rulebook_from(place, repository)
    assert refused.value.problems[0].startswith(line)
