"""The deployments of ``infra/prefect.yaml``, written from the tenant folders: one a practice, each on its own schedule."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from flows.ccm.practice import Practice
from flows.prefect_environment import HEARTBEAT
from flows.tenancy import SetupError, load_practice, practice_slugs

# A module's name, not a path: from a path Prefect imports the flow twice, with the flow's folder first on the search path.
ENTRYPOINT = "flows.monthly.bill_month"
FLOW = "bill-month"
POOL = "ccm"
# Lower is sooner: a correction waits for nobody's month.
QUEUES = {"corrections": 1, "monthly": 2}
PREVIOUS = "previous"
_HEADER = """\
# Written from the tenant folders by `ccm deployments write`; a test fails while it is stale. Edit practice.toml, not this.
# `ccm deployments apply`, then `prefect --no-prompt deploy --all --prefect-file infra/prefect.yaml`.
"""
# Seconds that a run may take from being handed to a worker to its start, before its turn is given to another.
_GRACE = 180


def practices(root: Path) -> tuple[Practice, ...]:
    """Every practice below ``root``. Raises SetupError with the problems of all folders."""
    found, problems = [], []
    for slug in practice_slugs(root):
        try:
            found.append(load_practice(root, slug))
        except SetupError as error:
            problems += error.problems
    if problems:
        raise SetupError(problems)
    return tuple(found)


def prefect_yaml(served: Sequence[Practice]) -> str:
    """The file that `prefect deploy` reads: the same practices give the same text."""
    whole = {"name": "ccm", "pull": [], "deployments": [_deployment(practice) for practice in served]}
    return _HEADER + yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=130)


def cron(practice: Practice) -> str | None:
    """When the practice's month is due, as minute, hour and day of each month in its own zone; None: by hand alone."""
    if practice.schedule is None:
        return None
    hour, minute = practice.schedule.at.split(":")
    return f"{int(minute)} {int(hour)} {practice.schedule.night} * *"


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
        "work_pool": {
            "name": POOL,
            "work_queue_name": "monthly",
            "job_variables": {
                "env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": HEARTBEAT},
                # where incidents are written; without the variable the line is left out
                "working_dir": "{{ $CCM_HOME }}",
            },
        },
    }
