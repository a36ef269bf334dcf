"""One run of a practice at a time, whoever starts it: a scheduled one, an operator, a correction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prefect import get_run_logger
from prefect.concurrency.sync import concurrency

# Seconds after which a dead run's turn is over; a living one renews it. Prefect allows no less.
_LEASE = 60


def limit_name(practice: str) -> str:
    """The name of the practice's concurrency limit; `ccm deployments apply` makes it."""
    return f"practice:{practice}"


@contextmanager
def turn(practice: str) -> Iterator[None]:
    """Wait until no other run of the practice is at work, then hold the turn while the context lasts.

    Where the server knows no such limit (the embedded one of a single machine) nobody waits. A server that does not answer
    stops no month either: should two run at once, the conditional writes of the packet and of the registry let one of them
    seal, and the other finds its month unchanged. A turn that could not be given back ends with its lease.
    """
    held = concurrency(limit_name(practice), lease_duration=_LEASE, strict=False)
    try:
        held.__enter__()
    except Exception as error:
        get_run_logger().warning("no turn was to be had: %s", type(error).__name__)
        yield
        return
    try:
        yield
    finally:
        try:
            held.__exit__(None, None, None)
        except Exception as error:
            get_run_logger().warning("the turn was not given back: %s", type(error).__name__)
