"""A stage of a month as a Prefect task: retried where storage may yet answer, result kept nowhere, failure in neutral words."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from flows import incident, steps
from flows.store import StoreError
from flows.tenancy import SetupError

INCIDENTS = Path("out/incidents")


class StageFailed(Exception):
    """A stage of a month failed. The text is the stage and a neutral reference, safe for logs and for Prefect's database."""


def stage(name: str) -> Callable[[Callable[..., Any]], Any]:
    """A task that retries where storage may yet answer, keeps no result, and lets no exception text of ours into Prefect."""

    def decorate(work: Callable[..., Any]) -> Any:
        @wraps(work)
        def guarded(*args: Any) -> Any:
            try:
                return work(*args)
            except StoreError as error:
                raise StoreError(str(error), error.passing) from None  # without its cause, whose text is not ours
            except steps.Imbalance as error:
                raise StageFailed(f"{name}: {error}; nothing was sealed") from None
            except Exception as error:
                if is_setup_error(error):
                    raise SetupError(error.problems) from None
                raise StageFailed(f"{name}: {incident.record(error, INCIDENTS)}") from None

        return task(
            guarded,
            name=name,
            retries=3,
            retry_delay_seconds=[1, 5, 20],
            retry_condition_fn=_storage_failed,
            persist_result=False,
            cache_policy=NO_CACHE,
            log_prints=False,
        )

    return decorate


def is_setup_error(error: BaseException) -> bool:
    """Whether an exception tells set-up problems: each room's own type carries them as ``problems``, lines without PHI."""
    return isinstance(getattr(error, "problems", None), tuple | list)


def in_neutral_words(error: Exception) -> Exception:
    """The failure of a month as it may be logged and kept: itself where its text is ours, else its type and a reference."""
    if isinstance(error, StoreError | StageFailed) or is_setup_error(error):
        return error
    return StageFailed(str(incident.record(error, INCIDENTS)))


def failure_line(error: Exception) -> str:
    """Why a practice's month has no numbers, in one line without PHI."""
    return " | ".join(str(in_neutral_words(error)).splitlines())


def _storage_failed(_task: Any, _run: Any, state: Any) -> bool:
    # The state of a failed attempt holds the exception itself while it is in this process.
    error = state.result(raise_on_failure=False)
    return isinstance(error, StoreError) and error.passing
