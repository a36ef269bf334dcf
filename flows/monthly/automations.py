"""The server's automations, from ``automations.toml``: put there as often as one likes, with the same result."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient
from prefect.events.schemas.automations import AutomationCore

_FILE = Path(__file__).with_name("automations.toml")
# The run's name is its practice and month. A state's message is left out: it is for the run's own page.
_SUBJECT = "CCM: {{ flow_run.name }}: {{ flow_run.state.name }}"
_BODY = "{{ flow_run.name }} is {{ flow_run.state.name }}; times begun: {{ flow_run.run_count }}. Its page: {{ flow_run|ui_url }}"


def automations(told: UUID | None) -> tuple[AutomationCore, ...]:
    """Every automation of the file. ``told`` is the block that carries messages; None: they show on the board alone."""
    found = tomllib.loads(_FILE.read_text(encoding="utf-8"))["automation"]
    return tuple(
        AutomationCore.model_validate({**item, "actions": [_action(action, told) for action in item["actions"]]})
        for item in found
    )


def apply_automations(client: SyncPrefectClient, told: UUID | None) -> int:
    """Make each automation, or make the one of its name what the file says. Returns how many there are."""
    wanted = automations(told)
    for automation in wanted:
        there = client.read_automations_by_name(automation.name)
        if there:
            client.update_automation(there[0].id, automation)
        else:
            client.create_automation(automation)
    return len(wanted)


def _action(action: dict[str, Any], told: UUID | None) -> dict[str, Any]:
    if action["type"] != "tell":
        return action
    if told is None:
        return {"type": "do-nothing"}
    return {"type": "send-notification", "block_document_id": told, "subject": _SUBJECT, "body": _BODY}
