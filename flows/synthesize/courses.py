"""Courses of a month that shape a chart and the days on which time counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from flows.ccm.patient import InitiatingVisit, InpatientStay
from flows.synthesize.chart import Chart
from flows.synthesize.record_faults import Setting
from flows.synthesize.workdays import workdays


@dataclass(frozen=True, slots=True)
class Course:
    """Day numbers (0 = the month's first day): time counts on ``counts``; an entry on ``excluded_on`` has ``reason``."""

    counts: tuple[int, ...]
    excluded_on: tuple[int, ...] = ()
    reason: str = ""


def ordinary(at: Setting) -> Course:
    """Every working day counts."""
    return Course(workdays(at.month))


def _day(at: Setting, number: int) -> date:
    return at.month.first_day + timedelta(days=number)


def _begun_in_month(chart: Chart, at: Setting, on: date, visit: InitiatingVisit) -> Chart:
    assert chart.care_plan is not None
    plan = replace(chart.care_plan, established=min(on + timedelta(days=at.rng.randrange(3)), at.month.last_day), revised=None)
    consents = tuple(replace(c, on=on) for c in chart.consents)
    return replace(chart, enrolled=on, consents=consents, care_plan=plan, visits=(visit,))


def _consent_late_in_month(chart: Chart, at: Setting) -> tuple[Chart, Course]:
    """Seen some time before, then enrolled with consent on a day of the month: earlier minutes do not count."""
    days = workdays(at.month)
    number = at.rng.choice(days[len(days) // 3 : len(days) // 2])
    on = _day(at, number)
    visit = InitiatingVisit(on - timedelta(days=at.rng.randrange(40, 300)), "99214")
    course = Course(tuple(d for d in days if d >= number), tuple(d for d in days if d < number), "time.before_consent")
    return _begun_in_month(chart, at, on, visit), course


def _visit_day(chart: Chart, at: Setting) -> tuple[Chart, Course]:
    """Enrolled at a visit in the month: staff time on that very day does not count."""
    days = workdays(at.month)
    number = at.rng.choice(days[: len(days) // 3])
    on = _day(at, number)
    visit = InitiatingVisit(on, at.rng.choice(("99204", "99214", "G0439")))
    return _begun_in_month(chart, at, on, visit), Course(tuple(d for d in days if d > number), (number,), "time.visit_day")


def _inpatient(chart: Chart, at: Setting) -> tuple[Chart, Course]:
    """A hospital stay within the month: admitted on a working day, two to six days long, both ends inpatient days."""
    days = workdays(at.month)
    start = at.rng.choice(days[:-5])
    end = start + at.rng.randrange(1, 6)
    inside = tuple(d for d in days if start <= d <= end)
    stayed = replace(chart, inpatient=(InpatientStay(_day(at, start), _day(at, end)),))
    return stayed, Course(tuple(d for d in days if d not in inside), inside, "time.inpatient")


def _died_mid_month(chart: Chart, at: Setting) -> tuple[Chart, Course]:
    """Died on a working day of the month's second half; all time lies before."""
    days = workdays(at.month)
    number = at.rng.choice(days[len(days) // 2 : -2])
    died = replace(chart, patient=replace(chart.patient, died=_day(at, number)))
    return died, Course(tuple(d for d in days if d < number))


COURSES: dict[str, Callable[[Chart, Setting], tuple[Chart, Course]]] = {
    "consent_late_in_month": _consent_late_in_month,
    "visit_day": _visit_day,
    "inpatient": _inpatient,
    "died_mid_month": _died_mid_month,
}
