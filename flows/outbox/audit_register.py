"""The audit tests of the month as a register: each with its statistic and threshold, whether it raised anything or not."""

from __future__ import annotations

from flows.ccm.month_result import MonthResult
from flows.outbox.spreadsheet import csv_bytes

_HEADER = ("test", "about", "measure", "value", "threshold", "cases", "cases_needed", "chance", "chance_held_against", "result")


def audit_tests(result: MonthResult) -> bytes:
    """One row a test. ``chance`` is the exact probability of so much in honest work; empty where none is asked."""
    rows = []
    for test in result.statistics:
        told = "flagged" if test.flagged else "too few cases to test" if test.too_few else "nothing raised"
        chance = ["" if p is None else f"{p:.3g}" for p in (test.p_value, test.level)]
        shown = [f"{value:.4g}" for value in (test.value, test.threshold)]
        rows.append((test.id, test.about, test.measure, *shown, test.n, test.needed, *chance, told))
    return csv_bytes(_HEADER, rows)
