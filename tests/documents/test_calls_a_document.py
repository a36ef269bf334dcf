"""The gate on the documents' speed: function calls, which no load on the machine can change. Time is told by ``make bench``."""

from __future__ import annotations

import cProfile
import pstats

from flows.outbox.care_plan_summary import care_plan_summary
from flows.outbox.pdf import Document, render
from tests.documents.examples import month_result

# Measured with WeasyPrint 70.0 on Python 3.11. A document that holds more may cost more: then the figure is raised on purpose.
CALLS, SLACK = 280_800, 1.03


def test_a_care_plan_costs_no_more_calls_than_it_did():
    month = month_result()
    plan = Document("plan.pdf", care_plan_summary(month, month.patient_months[2], month.decisions[2]))
    # What is read once a process is read, and layout knows what other patients' plans have in common with this one.
    for other in (1, 3):
        render(Document("other.pdf", care_plan_summary(month, month.patient_months[other], month.decisions[other])))
    profile = cProfile.Profile()
    profile.runcall(render, plan)
    calls = pstats.Stats(profile).total_calls
    assert calls <= CALLS * SLACK, f"{calls} calls, {CALLS} expected"
