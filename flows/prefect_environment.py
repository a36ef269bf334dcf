"""Prefect's own settings, which it reads when it is first imported: a front door calls ``prepare`` before that."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

# With the first alone, the embedded server still tries to send telemetry.
_QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
}
# Seconds between a run's signs of life.
HEARTBEAT = "30"
# What a run that a worker begins has. A server whose database is away for a moment answers 500: asked again for a minute, as
# where it does not answer, a run tells its end after all.
OF_RUNS = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": HEARTBEAT, "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500,504"}
_EMBEDDED = {
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    # The default of 20 seconds is too short for a cold start on a small machine.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
}


def prepare(environment: MutableMapping[str, str], embedded_home: Path | None = None) -> None:
    """Turn telemetry off; where no server is named, have Prefect start its embedded one.

    With ``embedded_home`` the embedded server is used whatever the user's Prefect profile says, with its files in that folder.
    """
    environment.update(_QUIET)
    # The automation for lost runs waits for three of these; Prefect's own 180 seconds would make it end a run that lives.
    environment.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", HEARTBEAT)
    # The screen shows what the command says, and Prefect's own record keeps the runs' log.
    environment.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    if embedded_home is not None:
        for name in ("PREFECT_API_URL", "PREFECT_API_KEY", "PREFECT_PROFILE", "PREFECT_API_DATABASE_CONNECTION_URL"):
            environment.pop(name, None)
        environment["PREFECT_HOME"] = str(embedded_home)
    if "PREFECT_API_URL" not in environment:
        for name, value in _EMBEDDED.items():
            environment.setdefault(name, value)
