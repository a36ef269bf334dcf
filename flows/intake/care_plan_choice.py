"""The one care plan of a patient that a month is judged by; plans are chosen between, never stitched together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from flows.ccm.patient import CARE_PLAN_ELEMENTS, CarePlan, PlanItem
from flows.ccm.source import Source
from flows.intake.facts import Fact, PlanItemRow


def choose_care_plan(facts: Sequence[Fact], last_day: date) -> tuple[CarePlan | None, list[tuple[Source, str]]]:
    """The plan, and the rows of the plans left aside with the name that says why.

    The practice's own care_plans rows go before a plan of the export. Of several, the one established last by the month's
    last day; where all are later, the first of them, so that it shows as established after the month.
    """
    written: dict[date, list[Fact]] = defaultdict(list)
    exported: list[Fact] = []
    for fact in facts:
        if isinstance(fact.value, PlanItemRow):
            written[fact.value.established].append(fact)
        elif isinstance(fact.value, CarePlan):
            exported.append(fact)
    if written:
        chosen = _best(list(written), last_day)
        aside = [(f.source, "care plan other than the one used") for day, rows in written.items() if day != chosen for f in rows]
        aside += [(f.source, "CarePlan, since care_plans.csv has the patient's plan") for f in exported]
        return _assembled(chosen, written[chosen]), aside
    if not exported:
        return None, []
    days = {fact.source: fact.value.established for fact in exported if isinstance(fact.value, CarePlan)}
    chosen = _best(list(days.values()), last_day)
    plan = next(fact for fact in exported if days[fact.source] == chosen)
    aside = [(fact.source, "CarePlan other than the one used") for fact in exported if fact is not plan]
    return plan.value if isinstance(plan.value, CarePlan) else None, aside


def _best(days: list[date], last_day: date) -> date:
    by_then = [day for day in days if day <= last_day]
    return max(by_then) if by_then else min(days)


def _assembled(established: date, rows: list[Fact]) -> CarePlan:
    """The items of one plan's rows; the last revision that any of them gives."""
    items: dict[str, list[PlanItem]] = {element: [] for element in CARE_PLAN_ELEMENTS}
    revised: list[date] = []
    for fact in rows:
        row = fact.value
        if not isinstance(row, PlanItemRow):
            continue
        if row.element:
            items[row.element].append(PlanItem(row.text, row.detail))
        if row.revised:
            revised.append(row.revised)
    elements = {element: tuple(dict.fromkeys(found)) for element, found in items.items()}
    return CarePlan(established=established, revised=max(revised, default=None), source=rows[0].source, **elements)
