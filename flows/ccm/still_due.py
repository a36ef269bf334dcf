"""What is still expected of a patient-month once the first of two plans has paid: the estimate less that, never below 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from flows.ccm.decision import DecisionLine
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import answers_of, coverage_on, first_payer


def paid_first(month: PatientMonth, day: date) -> Decimal:
    """Dollars that the first plan paid for the month, where a claim of that day goes to the second; else 0."""
    first = first_payer(month, day)
    if first is None or first == coverage_on(month, day):
        return Decimal(0)
    return sum((answer.paid for answer in answers_of(month, first)), Decimal(0))


def less_paid(lines: Sequence[DecisionLine], paid: Decimal) -> tuple[DecisionLine, ...]:
    """The lines with what was paid taken off their estimates, the first line's first: together the estimate less ``paid``."""
    left = []
    for line in lines:
        part = min(line.expected, paid)
        paid -= part
        left.append(replace(line, expected=line.expected - part, paid_first=part))
    return tuple(left)
