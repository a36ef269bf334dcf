"""What holds of every screening, whatever the month."""

from dataclasses import replace
from random import Random

import pytest

from flows.ccm.audit import screen
from flows.ccm.claims import OTHER_PRACTICE, held
from flows.ccm.decide import decide
from flows.ccm.decision import BILL, Reason
from flows.ccm.practice import Terms
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.resolve import load
from tests.audit.honest import FAMILY_NAME, GIVEN_NAME, RULES, Month, at, entry, honest
from tests.audit.test_planted import PLANTS


def everything_at_once(seed: int) -> Month:
    """A month with a mixture of plants: the patients of each are spread over the month."""
    month = honest(seed, 60)
    for patient in range(0, 60, 4):
        first = month.time[patient][0]
        month.time[patient] = [replace(first, seconds=1200, description="reviewed plan with the patient", call_seconds=None)]
    return month


@pytest.mark.parametrize("make", [everything_at_once, *PLANTS], ids=lambda make: make.__name__)
def test_a_patients_flag_is_the_months_and_no_detail_names_a_patient(make):
    screening = make(4).screen()
    details = {(r.id, r.detail) for r in screening.month}
    assert details
    for key, reasons in screening.by_patient.items():
        assert {(r.id, r.detail) for r in reasons} <= details
        assert key.startswith("key")
    for _, detail in details:
        assert not any(word in detail for word in (FAMILY_NAME, GIVEN_NAME, "key0", "M1", "reviewed plan"))
    assert {r.id for r in screening.month} == {s.id for s in screening.statistics if s.flagged}
    assert all(RULES.reasons[r.id].kind == "flag" for r in screening.month)


def test_neither_order_nor_second_delivery_changes_anything():
    month = everything_at_once(7)
    months = month.patient_months()
    expected = screen(months, [decide(m, RULES) for m in months], RULES)
    again = [
        replace(m, time=(*reversed(m.time), *(replace(e, source=replace(e.source, key="late.csv")) for e in m.time)))
        for m in months
    ]
    Random(1).shuffle(again)
    assert screen(again, [decide(m, RULES) for m in again], RULES) == expected


def test_decisions_are_left_as_they_were():
    month = everything_at_once(7)
    months = month.patient_months()
    decisions = [decide(m, RULES) for m in months]
    screen(months, decisions, RULES)
    assert decisions == [decide(m, RULES) for m in months]


def test_few_totals_are_told_as_too_few_and_raise_nothing():
    month = Month({n: [entry(n, 0, at(3 + n, 9), 1200)] for n in range(9)})
    screening = month.screen()
    assert screening.month == ()
    totals = [s for s in screening.statistics if s.id == "audit.identical_minutes"]
    assert [(s.value, s.n, s.needed, s.too_few, s.p_value) for s in totals] == [(9, 9, 10, True, None)]


def test_logs_without_call_records_are_not_asked_for_them():
    statistics = honest(5, 60, unit=60, calls=False).screen().statistics
    (manual,) = [s for s in statistics if s.id == "audit.manual_time"]
    assert (manual.n, manual.too_few, manual.flagged) == (0, True, False)


def test_thresholds_follow_the_codes_of_the_practice():
    terms = Terms("rhc", "J6", "06102", "15", "America/Chicago", "", {}, None, {"dr": "MD"})
    rules = load().in_force(ServiceMonth(2025, 3), terms)
    measures = [s.measure for s in screen([], [], rules).statistics if s.id == "audit.threshold_heaping"]
    assert len(measures) == 1
    assert "minute of 20" in measures[0]


def test_rules_without_audit_thresholds_are_refused():
    with pytest.raises(ValueError, match=r"audit\.toml"):
        screen([], [], replace(RULES, audit=None))


def test_a_patient_held_after_the_screening_moves_no_flag():
    """The registry holds after the month was screened. What was logged and counted stays, so it need not be screened again."""
    months = everything_at_once(7).patient_months()
    billed = [replace(decide(m, RULES), outcome=BILL) for m in months]
    after = [held(d, [Reason(OTHER_PRACTICE)]) if n % 2 else d for n, d in enumerate(billed)]
    assert screen(months, billed, RULES).month
    assert screen(months, after, RULES) == screen(months, billed, RULES)
