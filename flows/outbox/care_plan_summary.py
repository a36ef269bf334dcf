"""The care-plan summary that a patient takes home: the seven elements of the plan, and the month's services."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flows.ccm.decision import COUNTED, Decision, TimePiece
from flows.ccm.month_result import MonthResult
from flows.ccm.patient import CarePlan, PlanItem
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice
from flows.outbox import wording
from flows.outbox.bar_chart import BarChart, bar_chart
from flows.outbox.letterhead import letterhead
from flows.outbox.roster import performer
from flows.outbox.templates import fill, words

TYPE_SIZE, LARGE = "care_plan_type_size", "large"
_PORTION = 160  # characters to a row, some six lines: a row goes to the next page whole, and leaves no more than that blank
_WEEKS = ((1, 7), (8, 14), (15, 21), (22, 31))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of the plan: what it says, and the detail beside it."""

    text: str
    detail: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One element of the plan. ``rows`` may be empty: then the document says that nothing is written."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """One counted piece of the month's care, as the patient may remember it."""

    day: str
    person: str
    what: str
    time: str


def care_plan_name(patient_key: str) -> str:
    """Where a billed patient's care-plan summary lies in the packet."""
    return f"care-plans/{quote(patient_key, safe='')}.pdf"


def care_plan_summary(result: MonthResult, patient_month: PatientMonth, decision: Decision) -> str:
    """The summary for one patient as XHTML, in the patient's language where there is wording for it, else in English."""
    say, patient, plan = words(patient_month.patient.language), patient_month.patient, patient_month.care_plan
    counted = sorted((p for p in decision.pieces if p.fate == COUNTED), key=lambda p: (p.started, p.entry_id))
    practitioner = result.practice.practitioner(decision.rendering or patient_month.practitioner)
    return fill(
        "care-plan.html",
        say=say,
        practice=letterhead(result.practice),
        patient=wording.spoken_name(patient),
        born=_day(patient.born, say),
        practitioner=wording.practitioner_name(practitioner) if practitioner else "",
        month=say["month"].format(month=say["months"][result.month.month - 1], year=result.month.year),
        established=_day(plan.established, say) if plan else "",
        revised=_day(plan.revised, say) if plan and plan.revised else "",
        sections=_sections(patient_month, decision, plan, say),
        self_management=tuple(Row(i.text, i.detail) for i in plan.self_management) if plan else (),
        services=tuple(_service(piece, result.practice, say) for piece in counted),
        total=_minutes(sum(p.seconds for p in counted), say),
        large=large_type(result.practice),
        chart=_weeks(counted, result.practice, say),
    )


def large_type(practice: Practice) -> bool:
    """Whether the practice recorded that its patients' care plans are printed large: no text below 14 points."""
    choice = practice.choices.get(TYPE_SIZE)
    return choice is not None and choice.value == LARGE


def _sections(patient_month: PatientMonth, decision: Decision, plan: CarePlan | None, say: dict[str, Any]) -> tuple[Section, ...]:
    sections = [
        Section(
            say["conditions"]["heading"], tuple(say["conditions"]["columns"]), _conditions(patient_month, decision, plan, say)
        )
    ]
    for element in ("goals", "medications", "care_team", "specialists", "monitoring"):
        items: tuple[PlanItem, ...] = getattr(plan, element) if plan else ()
        rows = tuple(row for item in items for row in _rows(item.text, item.detail))
        sections.append(Section(say[element]["heading"], tuple(say[element]["columns"]), rows))
    return tuple(sections)


def _rows(text: str, detail: str, since: str = "") -> list[Row]:
    """A line of the plan, continued in further rows where its texts are very long."""
    first, *more = zip_longest(*(wording.portions(part, _PORTION) for part in (text, detail)), fillvalue="")
    return [Row(*first, since), *(Row(*pair) for pair in more)]


def _conditions(patient_month: PatientMonth, decision: Decision, plan: CarePlan | None, say: dict[str, Any]) -> tuple[Row, ...]:
    """The problem list still open, billed diagnoses first, then what the plan names in other words."""
    rank = {code: position for position, code in enumerate(decision.diagnoses)}
    month_end = patient_month.month.last_day
    rows, named = [], set()
    listed = [c for c in patient_month.conditions if c.resolved is None or c.resolved > month_end]
    for condition in sorted(listed, key=lambda c: rank.get(c.icd10.replace(".", ""), len(rank))):
        code = wording.icd10(condition.icd10)
        if (key := (code, condition.description)) in named:
            continue
        named |= {key, code.casefold(), condition.description.casefold()}
        since = str(condition.since.year) if condition.since else ""
        rows += _rows(condition.description or say["no_description"], code, since)
    for item in plan.conditions if plan else ():
        if item.text.casefold() not in named and wording.icd10(item.detail).casefold() not in named:
            rows += _rows(item.text, item.detail)
    return tuple(rows)


def _service(piece: TimePiece, practice: Practice, say: dict[str, Any]) -> Service:
    local = piece.started.astimezone(ZoneInfo(practice.time_zone))
    return Service(
        day=wording.long_date(local.date(), say["months"], say["day"]),
        person=performer(practice, piece).title,
        what=say["activities"].get(piece.activity, piece.activity.replace("_", " ")),
        time=_minutes(piece.seconds, say),
    )


def _weeks(counted: list[TimePiece], practice: Practice, say: dict[str, Any]) -> BarChart:
    zone = ZoneInfo(practice.time_zone)
    values = []
    for first, final in _WEEKS:
        inside = [p.seconds for p in counted if first <= p.started.astimezone(zone).day <= final]
        label = say["chart"]["week"].format(first=first, last=final if final < 31 else say["chart"]["month_end"])
        values.append((label, float(sum(inside)), _minutes(sum(inside), say) if inside else ""))
    return bar_chart("weeks", say["chart"]["title"], values, 400 if large_type(practice) else 480, 98, centred=False)


def _day(day: date, say: dict[str, Any]) -> str:
    return wording.long_date(day, say["months"], say["date"])


def _minutes(seconds: int, say: dict[str, Any]) -> str:
    whole, rest = divmod(seconds, 60)
    pattern = say["minutes_and_seconds"] if rest else say["minutes"]
    return pattern.format(minutes=whole, seconds=rest)
