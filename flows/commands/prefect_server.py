"""Asking Prefect's server from the command line: where it does not answer, one line says so."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flows import prefect_environment
from flows.commands.exits import UsageProblem


def named() -> bool:
    """Whether a server is named (PREFECT_API_URL)."""
    return bool(os.environ.get("PREFECT_API_URL"))


@contextmanager
def asked(otherwise: str) -> Iterator[None]:
    """Import and ask what needs the server in here. ``otherwise`` says what to do without it.

    Raises UsageProblem where no server is named, none answers, or the one that answers is not Prefect's.
    """
    if not named():
        raise UsageProblem(
            f"PREFECT_API_URL: not set; set it to the server's address, like http://127.0.0.1:4200/api, {otherwise}"
        )
    prefect_environment.prepare(os.environ)
    import httpx  # Prefect's own client, slow to import

    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith("Failed to reach API"):
            raise
        raise UsageProblem(f"PREFECT_API_URL: no server answers there; start it, mend the address, {otherwise}") from None
    except (httpx.HTTPError, httpx.InvalidURL, json.JSONDecodeError) as error:
        status = getattr(getattr(error, "response", None), "status_code", None)
        how = f"answers {status}" if status else f"does not answer ({type(error).__name__})"
        raise UsageProblem(f"PREFECT_API_URL: the server {how} there; start it, mend the address, {otherwise}") from None
