"""Case files: read, run, and say which hold, in the words of the case."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from flows.cases.build import patient_month, terms
from flows.cases.schema import Case
from flows.ccm.decide import decide
from flows.ccm.decision import Decision
from flows.ccm.eligibility import plain_code
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.read import RulebookError
from flows.rulebook.resolve import Rulebook, load

HELD, BROKEN, REFUSED = 0, 1, 2


class CaseFileError(Exception):
    """A case file that does not follow the format. ``problems`` holds one line a fault: file, case, key."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A case and what did not hold of it, each line as ``key: expected …, got …``; empty when all held."""

    case: Case
    differences: tuple[str, ...]
    undecidable: bool = False  # no rules are in force in the case's month: a set-up fault, not a wrong rule


def read_cases(path: Path) -> list[Case]:
    """The cases of a file. Raises CaseFileError naming every fault."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CaseFileError([f"{path}: cannot be read: {error.strerror}; check the path"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CaseFileError([f"{path}: not TOML: {error}; mend the text at that place"]) from None
    problems = [
        f"{path}: key '{key}': no such key at the top; a file holds only [[case]] tables" for key in data if key != "case"
    ]
    tables = data.get("case", [])
    if not isinstance(tables, list) or not tables:
        raise CaseFileError([*problems, f"{path}: no [[case]] in it; write at least one"])
    cases = []
    for number, table in enumerate(tables, 1):
        name = table.get("name", f"case {number}") if isinstance(table, dict) else f"case {number}"
        try:
            cases.append(Case.model_validate(table))
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                # Union members show up in the location under their class's name, which says nothing to a reader.
                key = ".".join(str(part) for part in fault["loc"] if not str(part)[:1].isupper() and "[" not in str(part))
                problems.append(f"{path}: case '{name}': key '{key}': {fault['msg']}")
    if problems:
        raise CaseFileError(problems)
    return cases


def run_case(case: Case, rulebook: Rulebook) -> CaseResult:
    """Decide the case as a real month is decided, and compare. A month without rules is what does not hold of the case."""
    try:
        rules = rulebook.in_force(ServiceMonth.parse(case.month), terms(case))
    except RulebookError as error:
        return CaseResult(case, error.problems, undecidable=True)
    unknown = sorted(set(case.expect.reasons or ()) - set(rules.reasons))
    differences = [f"reasons: the rulebook has no reason '{name}'" for name in unknown]
    return CaseResult(case, (*differences, *_differences(case, decide(patient_month(case), rules))))


def _differences(case: Case, decision: Decision) -> Iterator[str]:
    expect = case.expect
    lines = [str(line) for line in decision.lines]
    told = [("outcome", expect.outcome, decision.outcome), ("lines", expect.lines, lines)]
    if expect.reasons is not None:
        # A flag does not change what is billed: it is compared only where the case names it.
        flags = {r.id for r in decision.flags} & set(expect.reasons)
        told.append(("reasons", sorted(expect.reasons), sorted({r.id for r in decision.reasons} | flags)))
    if expect.dates is not None:
        dates = [str(d) for d in (decision.service_from, decision.service_to) if d]
        told.append(("dates", [str(d) for d in expect.dates], dates))
    if expect.diagnoses is not None:
        told.append(("diagnoses", [plain_code(code) for code in expect.diagnoses], list(decision.diagnoses)))
    if expect.place_of_service is not None:
        told.append(("place_of_service", expect.place_of_service, decision.place_of_service))
    if expect.claim is not None:
        told.append(("claim", expect.claim, decision.claim_form))
    if expect.minutes is not None:
        for performer in ("staff", "practitioner"):
            wanted = getattr(expect.minutes, performer)
            if wanted is not None:
                told.append((f"minutes.{performer}", wanted, decision.seconds[performer] // 60))
        if expect.minutes.excluded is not None:
            excluded = {reason: seconds // 60 for reason, seconds in decision.excluded.items()}
            told.append(("minutes.excluded", dict(sorted(expect.minutes.excluded.items())), excluded))
    for key, wanted, got in told:
        if wanted != got:
            yield f"{key}: expected {_text(wanted)}, got {_text(got)}"


def _text(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(map(str, value)) + "]"
    return str(value)


def run_files(paths: Iterable[Path | str], rules_home: Path | None = None) -> int:
    """Run every case of the files, print a line a case; 0 when all hold, 1 when one does not, 2 when a file or a
    case's month is refused."""
    screen = Console(highlight=False, soft_wrap=True)
    try:
        rulebook = load(rules_home) if rules_home else load()
        cases = [(path, case) for path in paths for case in read_cases(Path(path))]
        broken, undecidable = 0, False
        for path, case in cases:
            result = run_case(case, rulebook)
            undecidable = undecidable or result.undecidable
            if result.differences:
                broken += 1
                screen.print(f"FAILS  {case.name}  ({path})", style="bold red", markup=False)
                for line in result.differences:
                    screen.print(f"       {line}", markup=False)
            else:
                screen.print(f"holds  {case.name}", markup=False)
    except (CaseFileError, RulebookError) as error:
        for line in error.problems:
            screen.print(line, style="red", markup=False)
        return REFUSED
    screen.print(f"{len(cases)} cases, {len(cases) - broken} hold, {broken} do not", style="bold", markup=False)
    return REFUSED if undecidable else BROKEN if broken else HELD
