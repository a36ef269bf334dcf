"""Honest months in counts: a practice that grows a little, with workdays, holidays and chance, and nothing wrong."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random

from flows.ccm.month_figures import MonthFigures
from flows.ccm.service_month import ServiceMonth

_AMOUNTS = ((Decimal("60.49"), 60), (Decimal("106.42"), 25), (Decimal("131.65"), 15))


def months(seed: int, count: int, patients: int) -> Iterator[MonthFigures]:
    """``count`` service months from January 2024 of a practice with about ``patients`` patients.

    A month is busier or quieter than usual by 7 %, the panel grows by 0 to 4 % a month, the chance of a hold varies by a fifth.
    """
    chance = Random(seed)
    growth = chance.uniform(0, 0.04)
    hold, enough, rejected = chance.uniform(0.05, 0.3), chance.uniform(0.6, 0.9), chance.uniform(0, 0.03)
    for number in range(count):
        panel = max(1, round(chance.gauss(patients * (1 + growth) ** number, (patients**0.5) / 3)))
        busy = chance.lognormvariate(0, 0.07)
        held = _of(chance, panel, min(0.9, hold * chance.lognormvariate(0, 0.2)))
        billed = _of(chance, panel - held, min(0.98, enough * busy))
        log = sum(_of(chance, 8, min(1, 0.5 * busy)) for _ in range(panel))
        rows = log + 9 * panel
        yield MonthFigures(
            month=ServiceMonth(2024 + number // 12, number % 12 + 1),
            patients=panel,
            billed=billed,
            held=held,
            not_billable=panel - held - billed,
            rows=rows,
            rejected_rows=_of(chance, rows, rejected * chance.lognormvariate(0, 0.3)),
            log_rows=log,
            seconds=log * 420,
            amount=sum(chance.choices([a for a, _ in _AMOUNTS], [w for _, w in _AMOUNTS], k=billed), Decimal(0)),
        )


def _of(chance: Random, n: int, p: float) -> int:
    return sum(chance.random() < p for _ in range(n))
