"""Runs the flows over stand-in steps, as a process of its own: Prefect reads its environment once, when it is imported.

Usage: prefect_run.py SCENARIO REPORT, where SCENARIO is JSON {practice: what its read stage does}. Writes what came of it.
"""

from __future__ import annotations

import base64
import json
import os
import sqlite3
import sys
import types
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from pathlib import Path

from flows import outcome, packets, prefect_environment, settings
from flows.ccm.citation import Citation
from flows.ccm.decision import DecisionLine
from flows.ccm.month_figures import MonthFigures
from flows.ccm.month_result import MonthResult
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stop_rules import StopRules
from flows.store import Store, StoreError
from flows.tenancy import load_practice
from tests.stops.sealed_months import seal_months

CANARY = "Canary Zebedee 1EG4TE5MK73"
scenario = json.loads(sys.argv[1])
attempts: dict[str, int] = {}


@dataclass(frozen=True)
class Sealed:
    packet: int
    files: int
    unchanged: bool


@dataclass(frozen=True)
class Decided:
    outcome: str
    seconds: dict[str, int]
    lines: tuple[DecisionLine, ...]


class Imbalance(Exception):
    pass


def read_month(store, practice, month):
    attempts[practice.slug] = attempts.get(practice.slug, 0) + 1
    what = scenario[practice.slug]
    if what == "bug":
        raise ValueError(f"bad row for {CANARY}")
    if what == "storage once" and attempts[practice.slug] == 1:
        try:
            raise OSError(CANARY)
        except OSError as error:
            raise StoreError("storage not reachable") from error
    return CANARY


def decide_month(intake, practice, month):
    billed = Decided("bill", {"staff": 1259}, (DecisionLine("99490", 1, None, Decimal("60.49")),))
    values = {field.name: () for field in fields(MonthResult)} | {"practice": practice, "month": month}
    rules = types.SimpleNamespace(stops=StopRules(0.01, 6, 12, 3, 1.3, 0.1, 0.05, 0.1, Citation("", "")))
    return MonthResult(**values | {"decisions": (billed, Decided("hold", {"staff": 60}, ())), "rules": rules, "correction": None})


def make_packet(result, packet, processes, rendered):
    return held({"index.html": f"{CANARY} {packet}".encode()})


def seal(store, result, files, packet):
    published = packets.publish(store, result.month, packet, files, b"manifest")
    return Sealed(packet, len(files), not published)


def correct_month(store, result, packet):
    return Sealed(1, 2, True) if packets.latest(store, result.month) else result


def renders(store, month):
    return None


def claim_month(registry, result):
    return result


def confirm_claims(registry, result):
    return result


def remember_claims(store, registry, result):
    if (scenario[result.practice.slug], str(result.month)) == ("overtaken", "2025-11") and not packets.latest(
        store, result.month
    ):
        packets.publish(store, result.month, 1, held({"index.html": b"another run's"}), b"another run's manifest")


def give_up_claims(store, registry, result):
    pass


def settle_registry(store, registry, result, packet):
    pass


steps, month_claims = types.ModuleType("flows.steps"), types.ModuleType("flows.month_claims")
for part in (Imbalance, read_month, decide_month, renders, correct_month, make_packet, seal):
    setattr(steps, part.__name__, part)
for part in (remember_claims, claim_month, confirm_claims, give_up_claims, settle_registry):
    setattr(month_claims, part.__name__, part)
sys.modules["flows.month_claims"] = month_claims
sys.modules["flows.steps"] = steps

own = settings.from_environment(os.environ)
home = Path(os.environ["EDGE_HOME"])
prefect_environment.prepare(os.environ, embedded_home=home)
from flows import monthly  # noqa: E402
from flows.monthly.newest_runs import newest_runs  # noqa: E402
from tests.packet.files import held  # noqa: E402

runs = []
for _ in range(2):
    try:
        outcomes = monthly.bill_all("2025-11")
        failed = ""
    except monthly.PracticesFailed as error:
        outcomes, failed = error.outcomes, str(error)
    runs.append({"failed": failed, "outcomes": [[getattr(o, f.name) for f in fields(o)] for o in outcomes]})

# A practice that used to bill seventy patients a month bills one.
usual = MonthFigures(ServiceMonth(2026, 1), 100, 70, 20, 10, 1400, 14, 500, 90_000, Decimal("4900.00"))
far = load_practice(own.tenants, "gulfside-hospital")
store = Store(own, far.slug)
seal_months(store, far.slug, [replace(usual, month=ServiceMonth(2026, n)) for n in (1, 2, 3)], far.test)
stopped = monthly.bill_tagged(far.slug, "2026-04")

STATES = "select name, state_type, state_name from flow_run where name like '%2026-04'"
database = sqlite3.connect(home / "prefect.db")
names = [list(row) for row in database.execute("select name, tags, state_type from flow_run order by start_time")]
stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
# Prefect keeps the exception of a failed flow as a pickle in base64.
kept = b"".join(base64.b64decode(path.read_bytes()) for path in home.glob("storage/*"))
report = {
    "runs": runs,
    "flow_runs": names,
    "attempts": attempts,
    "stopped": [outcome.state(stopped), stopped.stopped, packets.latest(store, ServiceMonth(2026, 4))],
    "states": [list(row) for row in database.execute(STATES)],
    "newest": [[run.state, run.why] for run in newest_runs("2026-04").values()],
    "canary_stored": b"Zebedee" in stored + kept or "Zebedee" in "\n".join(database.iterdump()),
    "kept_kinds": sorted({kind for kind in ("StageFailed", "PracticesFailed", "Decided") if kind.encode() in kept}),
}
Path(sys.argv[2]).write_text(json.dumps(report, default=str), encoding="utf-8")
