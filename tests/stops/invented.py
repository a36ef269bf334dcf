"""Invented months of one practice as the real intake and decisions make them, whole or with something missing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from unittest.mock import patch

from flows import steps
from flows.ccm.month_result import MonthResult
from flows.ccm.service_month import ServiceMonth
from flows.outbox import pyx12_gate
from flows.synthesize.dials import Dials
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice
from tests.corrections.practice_shelf import Shelf

SLUG, PATIENTS = "bayview-family", 40
PRACTICE = load_practice(Path(__file__).parents[2] / "tenants", SLUG)


@cache
def invented(number: int, wrong: str = "") -> MonthResult:
    """Month ``number`` of 2025, decided. ``wrong`` is empty, ``no consents``, ``half log`` or ``log twice``."""
    month = ServiceMonth(2025, number)
    made = dict(synthesize(PRACTICE, month, PATIENTS, number, Dials(), "csv").objects)
    for key in [key for key in made if key.startswith("inbox/calls/") and key.endswith(".csv")]:
        lines = made[key].splitlines(keepends=True)
        if wrong == "half log":
            made[key] = b"".join(lines[: len(lines) // 2])
        elif wrong == "log twice":
            made[key.replace(".csv", "-again.csv")] = made[key]
    if wrong == "no consents":
        key = "inbox/records/consents.csv"
        made[key] = made[key].splitlines(keepends=True)[0]
    shelf = Shelf()
    shelf.objects = made
    # Every claim of these months passes the independent gate, which takes most of the time and is tested elsewhere.
    with patch.object(pyx12_gate, "validate", return_value=()):
        return steps.decide_month(steps.read_month(shelf, PRACTICE, month), PRACTICE, month)
