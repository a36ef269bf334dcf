"""The deployments of ``infra/prefect.yaml``, written from the tenant folders: one a practice, each on its own schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from flows.ccm.practice import Practice
from flows.prefect_environment import OF_RUNS
from flows.tenancy import SetupError, load_practices, practice_slugs

# A module's name, not a path: from a path Prefect imports the flow twice, with the flow's folder first on the search path.
ENTRYPOINT = "flows.monthly.bill_month"
FLOW = "bill-month"
POOL = "ccm"
TABLE = "month-table"
# Lower is sooner: a correction waits for nobody's month, and the board's table takes seconds.
QUEUES = {"board": 1, "corrections": 2, "monthly": 3}
PREVIOUS = "previous"
_HEADER = """\
# Written from the tenant folders by `ccm deployments write`; a test fails while it is stale. Edit practice.toml, not this.
# `ccm deployments apply`, then `prefect --no-prompt deploy --all --prefect-file infra/prefect.yaml`.
"""
# Seconds that a run may take from being handed to a worker to its start, before its turn is given to another.
_GRACE = 180


@dataclass(frozen=True, slots=True)
class Folders:
    """The tenant folders below a root: the practices that can be served, and by slug the problems of those that cannot."""

    practices: tuple[Practice, ...]
    broken: Mapping[str, tuple[str, ...]]

    @property
    def problems(self) -> tuple[str, ...]:
        """Every problem of every folder, a line each."""
        return tuple(problem for each in self.broken.values() for problem in each)

    @property
    def slugs(self) -> tuple[str, ...]:
        """Every practice that has a folder, broken or not, in order."""
        return tuple(sorted({practice.slug for practice in self.practices} | self.broken.keys()))


def tenant_folders(root: Path) -> Folders:
    """What the folders below ``root`` say; one at fault keeps no other back. Raises SetupError where there is no such root."""
    found = load_practices(root, practice_slugs(root))
    broken = {slug: each.problems for slug, each in found.items() if isinstance(each, SetupError)}
    return Folders(tuple(each for each in found.values() if not isinstance(each, SetupError)), broken)


def prefect_yaml(folders: Folders, before: str = "") -> str:
    """The file that `prefect deploy` reads: the same folders give the same text.

    A practice whose folder is broken keeps the entry that the file had ``before``, as it stood.
    """
    entries = [_deployment(practice) for practice in folders.practices]
    entries += [entry for entry in _entries(before) if entry.get("name") in folders.broken]
    entries.sort(key=lambda entry: str(entry["name"]))
    whole = {"name": "ccm", "pull": [], "deployments": [*entries, _TABLE_ENTRY]}
    return _HEADER + yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=130)


def _entries(text: str) -> list[dict[str, Any]]:
    """The practices' entries of a file as it stands; none where it is no such file."""
    try:
        entries = yaml.safe_load(text)["deployments"]
    except (yaml.YAMLError, KeyError, TypeError):
        return []
    found = entries if isinstance(entries, list) else []
    return [entry for entry in found if isinstance(entry, dict) and entry.get("entrypoint") == ENTRYPOINT]


def cron(practice: Practice) -> str | None:
    """When the practice's month is due, as minute, hour and day of each month in its own zone; None: by hand alone."""
    if practice.schedule is None:
        return None
    hour, minute = practice.schedule.at.split(":")
    return f"{int(minute)} {int(hour)} {practice.schedule.night} * *"


def _work_pool(queue: str) -> dict[str, Any]:
    # The working directory is where incidents are written; without the variable the line is left out.
    variables = {"env": dict(OF_RUNS), "working_dir": "{{ $CCM_HOME }}"}
    return {"name": POOL, "work_queue_name": queue, "job_variables": variables}


def _deployment(practice: Practice) -> dict[str, Any]:
    when = cron(practice)
    schedule = {"cron": when, "timezone": practice.time_zone, "active": True, "slug": "monthly"}
    return {
        "name": practice.slug,
        "entrypoint": ENTRYPOINT,
        "description": "Bills the month before, from the practice's inbox to its sealed packet.",
        "tags": [f"practice:{practice.slug}"],
        "parameters": {"practice": practice.slug, "month": PREVIOUS},
        "schedules": [schedule] if when else [],
        "concurrency_limit": {"limit": 1, "collision_strategy": "ENQUEUE", "grace_period_seconds": _GRACE},
        "work_pool": _work_pool("monthly"),
    }


_TABLE_ENTRY = {
    "name": TABLE,
    "entrypoint": "flows.monthly.month_table",
    "description": "Writes a month's table on the board: asked for by runs that end, at most once in five minutes.",
    "work_pool": _work_pool("board"),
}
