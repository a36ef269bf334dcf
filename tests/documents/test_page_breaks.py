"""Where documents break: no row of a care plan alone, no gap in a long entry, a patient's name at the head of a log's page."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pikepdf
import pytest

from flows.ccm.patient import PlanItem
from flows.outbox.care_plan_summary import care_plan_summary
from flows.outbox.pdf import Document, render
from flows.outbox.time_log import time_log_parts
from tests.documents.examples import LONG_NOTE, month_result
from tests.documents.pdf_text import page_text, squeezed

MONTH = month_result()


def pages(xhtml: str) -> list[str]:
    with pikepdf.open(io.BytesIO(render(Document("document.pdf", xhtml)))) as document:
        return [squeezed(page_text(page)) for page in document.pages]


def plan_pages(**elements: tuple[PlanItem, ...]) -> list[str]:
    months = MONTH.patient_months[0]
    assert months.care_plan
    return pages(care_plan_summary(MONTH, replace(months, care_plan=replace(months.care_plan, **elements)), MONTH.decisions[0]))


@pytest.mark.parametrize(("element", "goals_before"), [("medications", range(1, 7)), ("self_management", range(8, 13))])
def test_no_row_of_a_table_and_no_step_of_a_list_stands_alone_on_a_page(element: str, goals_before: range):
    four = tuple(PlanItem(f"Item{n}x", "one a day") for n in range(4))
    broken = set()
    for before in goals_before:  # so that the page ends at another of the four each time
        goals = tuple(PlanItem(f"Goal {n}", "by spring") for n in range(before))
        found = plan_pages(**{"goals": goals, element: four})
        told = tuple(count for page in found if (count := len(re.findall(r"Item\dx", page))))
        assert sum(told) == 4 and 1 not in told, (before, told)
        broken.add(told)
    assert broken == {(4,), (2, 2)}, "the page's end never fell among the four: nothing was tried"


def test_a_goal_of_4000_characters_leaves_no_page_half_empty():
    found = plan_pages(goals=(PlanItem(LONG_NOTE, "seen each week"), PlanItem("Zebra", "")))
    told = [page.count("sleep.") for page in found]
    assert sum(told) == LONG_NOTE.count("sleep."), "a piece is lost or told twice"
    assert told[0] > 3, "the goal begins on the page of its table's head"
    full = [count for count in told[1:] if count][:-1]
    assert len(full) > 1 and min(full) > 0.8 * max(full), told


def test_a_log_that_runs_over_pages_names_its_patient_at_the_head_of_each():
    long = replace(MONTH.decisions[0], pieces=tuple(replace(p, description=LONG_NOTE) for p in MONTH.decisions[0].pieces))
    ((_, xhtml),) = time_log_parts(replace(MONTH, decisions=(long, *MONTH.decisions[1:])))
    found = pages(xhtml)
    begun, ended = (next(n for n, page in enumerate(found) if name in page) for name in ("Alba,Rosa", "Ekström"))
    assert ended - begun > 3
    assert [page for page in found[begun + 1 : ended] if squeezed("Alba, Rosa · MRN M0001") not in page] == []
    assert "continued" in found[begun + 1]
