"""The dates a claim carries, by the convention in force. One date or range for all lines; none lies after death."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flows.ccm.counting import PRACTITIONER, STAFF, CountedTime
from flows.ccm.decision import COUNTED, TimePiece
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Family, Rules


def period_end(month: PatientMonth) -> date:
    """The last day of the month that the patient lived."""
    last, died = month.month.last_day, month.patient.died
    return min(last, died) if died is not None and died >= month.month.first_day else last


def service_dates(month: PatientMonth, counted: CountedTime, family: Family, rendering: str, rules: Rules) -> tuple[date, date]:
    """From and to, both inclusive, under the convention in force. ``family`` was reached, so time was counted."""
    zone = ZoneInfo(rules.time_zone)
    if rules.service_dates == "full_month":
        return month.month.first_day, period_end(month)
    if rules.service_dates == "first_to_last":
        days = [p.started.astimezone(zone).date() for p in counted.pieces if p.fate == COUNTED]
        return min(days), max(days)
    if rules.service_dates == "threshold_day":
        day = threshold_day(counted, family, rendering, zone)
        return day, day
    return period_end(month), period_end(month)


def threshold_day(counted: CountedTime, family: Family, rendering: str, zone: ZoneInfo) -> date:
    """The local day on which the family's first threshold was met: the day its counted minutes so far first reach it."""
    by_day: dict[date, list[TimePiece]] = {}
    for piece in counted.pieces:
        if piece.fate == COUNTED:
            by_day.setdefault(piece.started.astimezone(zone).date(), []).append(piece)
    so_far: list[TimePiece] = []
    for day in sorted(by_day):
        so_far += by_day[day]
        upto = CountedTime(tuple(so_far))
        if family.pool == PRACTITIONER:
            minutes = upto.minutes(PRACTITIONER, rendering)
        else:
            minutes = upto.minutes(STAFF) + upto.minutes(PRACTITIONER)
        if minutes >= family.minutes:
            return day
    raise ValueError(f"family {family.id} is dated by a threshold that its time does not reach")
