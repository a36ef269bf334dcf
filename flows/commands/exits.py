"""How a command ends: one clear line and a documented exit code, whatever happened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.exceptions import Abort, TyperException

from flows import incident
from flows.store import StoreError

DONE, NOT_HELD, SETUP, SOME_FAILED, NO_STORAGE, AWAITING, STOPPED = 0, 1, 2, 3, 4, 5, 130
MEANINGS = (
    "Exit codes: 0 done; 1 a case or check did not hold; 2 set-up or usage error; 3 a practice's month or folder failed; "
    "4 storage not reachable; 5 a practice's month awaits release; 130 stopped by you."
)
INCIDENTS = Path("out/incidents")


class UsageProblem(Exception):
    """What was asked for makes no sense; the text is one line that says why and what to ask instead."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The text, as every set-up error gives it."""
        return (str(self),)


def guarded(run: Callable[[], Any]) -> int:
    """Run a command and return its exit code; every failure becomes one line on standard error a problem, never a traceback."""
    try:
        code = run()
    except TyperException as error:
        return _say([f"{error.format_message()} See --help."], SETUP)
    except (Abort, KeyboardInterrupt):
        return _say(["stopped"], STOPPED)
    except StoreError as error:
        return _say([str(error)], NO_STORAGE)
    except Exception as error:
        problems = getattr(error, "problems", None)
        if isinstance(problems, tuple | list):
            return _say([str(problem) for problem in problems], SETUP)
        # A stage's failure was already put in neutral words, with its own reference.
        line = str(error) if type(error).__name__ == "StageFailed" else str(incident.record(error, INCIDENTS))
        return _say([line], SOME_FAILED)
    return code if isinstance(code, int) else DONE


def _say(lines: list[str], code: int) -> int:
    for line in lines:
        print(f"ccm: {line}", file=sys.stderr)
    return code
