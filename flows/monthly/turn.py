"""One run of a practice at a time, whoever starts it: a scheduled one, an operator, a correction."""

from __future__ import annotations

from contextlib import AbstractContextManager

from prefect.concurrency.sync import concurrency

# Seconds after which a dead run's turn is over; a living one renews it. Prefect allows no less.
_LEASE = 60


def limit_name(practice: str) -> str:
    """The name of the practice's concurrency limit; `ccm deployments apply` makes it."""
    return f"practice:{practice}"


def turn(practice: str) -> AbstractContextManager[None]:
    """Wait until no other run of the practice is at work, then hold the turn while the context lasts.

    Where the server knows no such limit (the embedded one of a single machine) nobody waits. Should two run at once all the
    same, the conditional writes of the packet and of the registry let one of them seal, and the other finds it unchanged.
    """
    return concurrency(limit_name(practice), lease_duration=_LEASE, strict=False)
