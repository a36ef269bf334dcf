"""The floor plan, read from every import in the package: arrows point inward, and each library has one room."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "flows"

# A room is a file or a folder directly in flows/. Each line says which other rooms it may import; the core may import none.
ROOMS = frozenset(
    {
        *("store", "packets", "renders", "intake", "outbox", "tenancy", "rulebook", "ledger", "registry", "month_claims"),
        *("earlier_packet", "stops"),
    }
)
ARROWS: dict[str, frozenset[str]] = {
    "ccm": frozenset(),
    "settings": frozenset(),
    "outcome": frozenset({"ccm"}),
    "incident": frozenset(),
    "prefect_environment": frozenset(),
    "intake": frozenset({"ccm"}),
    "outbox": frozenset({"ccm"}),
    "tenancy": frozenset({"ccm"}),
    "rulebook": frozenset({"ccm"}),
    "ledger": frozenset({"ccm"}),
    "synthesize": frozenset({"ccm"}),
    "practice_access": frozenset({"settings"}),
    "storage_answer": frozenset(),
    "store": frozenset({"ccm", "settings", "practice_access", "storage_answer"}),
    "practice_versions": frozenset({"settings", "store", "storage_answer"}),
    "offboarding": frozenset({"practice_versions", "store"}),
    "packets": frozenset({"ccm", "store"}),
    "renders": frozenset({"ccm", "store", "packets"}),
    "registry": frozenset({"ccm", "store", "settings"}),
    "deployments": frozenset({"ccm", "tenancy", "prefect_environment"}),
    "earlier_packet": frozenset({"ccm", "store", "packets", "ledger"}),
    "history": frozenset({"ccm", "store", "packets", "outbox"}),
    "month_claims": frozenset({"ccm", "store", "packets", "ledger", "registry"}),
    "stops": frozenset({"ccm", "store", "packets", "ledger", "history"}),
    "steps": ROOMS | {"ccm"},
    "cases": frozenset({"ccm", "rulebook"}),
    "explain": ROOMS | {"ccm", "steps"},
    "replay": ROOMS | {"ccm", "steps"},
    "readiness": ROOMS | {"ccm", "steps"},
    "worklist": ROOMS | {"ccm", "steps"},
    "collisions": ROOMS | {"ccm", "settings"},
    "verify": frozenset({"ccm", "outbox", "packets", "ledger"}),
    "attest": frozenset({"ccm", "outbox", "packets", "ledger", "store"}),
    "status": ROOMS | {"ccm", "settings", "history", "attest"},
    "binder": frozenset({"ccm", "outbox", "packets", "ledger", "store"}),
}
FRONT_DOORS = frozenset({"__main__", "commands", "monthly", "demo", "expectation"})

LIBRARY_ROOMS = {
    "prefect": {"monthly"},
    "boto3": {"store"},
    "botocore": {"store", "storage_answer", "practice_access"},
    "pandas": {"intake"},
    "pyarrow": {"intake"},
    "weasyprint": {"outbox"},
    "pyhanko": {"attest"},
    "yaml": {"deployments"},
    "typer": {"__main__", "commands"},
}
# The core computes: nothing that reads a clock, a disk, a network or chance.
OUTSIDE_THE_CORE = {
    "os",
    "io",
    "pathlib",
    "random",
    "secrets",
    "uuid",
    "time",
    "socket",
    "subprocess",
    "urllib",
    "shutil",
    "tempfile",
}
CLOCKS = {"now", "utcnow", "today", "localtime", "gmtime", "time_ns"}
# A month must be over; a run that is at work gives signs of life. Neither is part of a result.
CLOCK_ROOMS = {"commands/month_arguments.py", "monthly/sign_of_life.py"}


def imports(tree: ast.AST, module: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every module imported, as parts; ``module`` is the package that a relative import starts from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = module[: len(module) - node.level + 1] if node.level else ()
            named = (*origin, *(node.module or "").split(".")) if node.module else origin
            # `from flows import steps` imports the room steps
            yield from ((*named, alias.name) for alias in node.names)


def clocks(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLOCKS:
            yield node.attr


def breaches(package: Path) -> list[str]:
    """Every import that the floor plan does not allow, one line each."""
    found = []
    for path in sorted(package.rglob("*.py")):
        place = path.relative_to(package)
        tree = ast.parse(path.read_text(encoding="utf-8"))
        room = place.parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        if room not in ARROWS and room not in FRONT_DOORS:
            found.append(f"{place}: the room {room} has no place in the floor plan")
            continue
        for name in imports(tree, ("flows", *place.with_suffix("").parts[:-1])):
            if name[0] == "flows" and len(name) > 1 and name[1] != room and room in ARROWS and name[1] not in ARROWS[room]:
                found.append(f"{place}: {room} imports {'.'.join(name[:2])}")
            if room not in LIBRARY_ROOMS.get(name[0], {room}):
                found.append(f"{place}: {name[0]} belongs in {' and '.join(sorted(LIBRARY_ROOMS[name[0]]))}")
            if name[0] == "importlib" and "import_module" in name:
                found.append(f"{place}: imports by name, which this test cannot read")
            if room == "ccm" and (name[0] not in {"flows", *sys.stdlib_module_names} or name[0] in OUTSIDE_THE_CORE):
                found.append(f"{place}: the core imports {name[0]}")
        if place.as_posix() not in CLOCK_ROOMS:
            found += [f"{place}: reads a clock ({clock})" for clock in clocks(tree)]
    return found


def test_the_arrows_hold():
    assert breaches(PACKAGE) == []


def test_every_room_of_the_plan_is_there():
    there = {
        path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert (ARROWS.keys() | FRONT_DOORS) - there == set()


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("outbox/page.py", "from flows.intake.reading import Intake"),
        ("outbox/page.py", "from flows import intake"),
        ("outbox/page.py", "from ..intake import reading"),
        ("outbox/page.py", "def late():\n    import flows.store"),
        ("ccm/decide.py", "from flows.ledger import to_lines"),
        ("ccm/decide.py", "import pydantic"),
        ("ccm/decide.py", "import random"),
        ("ccm/decide.py", "from datetime import datetime\nON = datetime.now()"),
        ("steps.py", "import boto3"),
        ("steps.py", "from flows.monthly import bill_month"),
        ("rulebook/read.py", "import pandas as pd"),
        ("intake/reading.py", "from prefect import task"),
        ("intake/reading.py", "from importlib import import_module"),
        ("helpers.py", "X = 1"),
    ],
)
def test_a_breach_is_seen(tmp_path: Path, place: str, text: str):
    path = tmp_path / "flows" / place
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    assert len(breaches(tmp_path / "flows")) == 1


def test_tenant_folders_hold_no_code():
    tenants = PACKAGE.parent / "tenants"
    assert sorted({path.suffix for path in tenants.rglob("*") if path.is_file()}) == [".csv", ".toml"]
