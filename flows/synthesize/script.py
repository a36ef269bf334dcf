"""What is planned for each patient: the outcome first, then the chart and the time that must lead to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from flows.ccm.practice import Practice, Practitioner
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.chart import Chart, clean_chart
from flows.synthesize.courses import COURSES, Course, ordinary
from flows.synthesize.dials import COURSE_DIALS, RECORD_DIALS, TIME_DIALS, Dials
from flows.synthesize.people import draw_patients, namesake, plain
from flows.synthesize.record_faults import HOLD, NEVER, RECORD_FAULTS, Setting
from flows.synthesize.tiers import BELOW, PlannedTime, draw_time, tiers_of

BILL = "bill"


@dataclass(frozen=True, slots=True)
class Script:
    """One patient's month as planned. ``planted`` are the dials that apply."""

    chart: Chart
    course: Course
    time: PlannedTime
    outcome: str
    reasons: tuple[str, ...]
    planted: frozenset[str]
    names_are_shared: bool

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines billed."""
        return self.time.lines if self.outcome == BILL else ()

    @property
    def at_stake(self) -> tuple[str, ...]:
        """The lines that a held month would bill once cured."""
        return self.time.lines if self.outcome == HOLD else ()


def quota(share: float, patients: int, rng: Random) -> int:
    """How many of so many patients a share makes: whole, and right on average when the patients are few."""
    return min(patients, int(share * patients + rng.random())) if share else 0


def write_scripts(
    practice: Practice,
    practitioners: Sequence[Practitioner],
    month: ServiceMonth,
    fhir: Sequence[bool],
    dials: Dials,
    practitioner_seconds: int,
    rng: Random,
) -> list[Script]:
    """One script a patient, one patient for each of ``fhir`` (whether the records come as a FHIR export).

    ``practitioner_seconds`` bounds what all practitioners together may log. Raises ValueError as ``tiers_of``.
    """
    at = Setting(practice, month, rng)
    number = len(fhir)
    faults = _deal(RECORD_DIALS, dials, range(number), number, rng, skip=_accepted(practice))
    untouched = [n for n in range(number) if n not in faults]
    courses = _deal(COURSE_DIALS, dials, untouched, number, rng, skip=_accepted(practice))
    time_dials = {name: set(rng.sample(range(number), quota(getattr(dials, name), number, rng))) for name in TIME_DIALS}
    billable = [n for n in range(number) if faults.get(n) != "bad_mbi"]
    below = set(rng.sample(billable, min(len(billable), quota(dials.below_threshold, number, rng))))
    pairs = min(number // 2, quota(dials.ambiguous_caller / 2, number, rng))
    shuffled = rng.sample(range(number), 2 * pairs)
    twins = dict(zip(shuffled[:pairs], shuffled[pairs:], strict=True))

    people = list(islice(draw_patients(practice, month, rng), number))
    for one, other in twins.items():
        people[other] = namesake(people[other], people[one])
    shared = {(plain(people[n].family_name), plain(people[n].given_name)) for n in twins}

    tiers = tiers_of(practice, month)
    by_staff = tuple(t for t in tiers if not t.practitioner[1])
    scripts = []
    for n, patient in enumerate(people):
        chart = clean_chart(patient, practice, rng.choice(practitioners), month, fhir[n], rng)
        if n in below:
            time = draw_time(BELOW, rng)
        else:
            time = draw_time(rng.choices(tiers, [t.weight for t in tiers])[0], rng)
            if time.practitioner > practitioner_seconds and by_staff:
                time = draw_time(rng.choices(by_staff, [t.weight for t in by_staff])[0], rng)
            practitioner_seconds -= time.practitioner
        planted = {name for name, chosen in time_dials.items() if n in chosen} | ({"ambiguous_caller"} if n in twins else set())
        outcome, reasons, course = BILL, [], ordinary(at)
        if n in faults:
            for name in _with_second(faults[n], dials, rng):
                fault = RECORD_FAULTS[name]
                chart = fault.apply(chart, at)
                outcome = NEVER if NEVER in (outcome, fault.outcome) else HOLD
                reasons.append(fault.reason)
                planted.add(name)
        if n in courses:
            chart, course = COURSES[courses[n]](chart, at)
            planted.add(courses[n])
        if n in below:
            outcome = NEVER
            reasons.append("time.below_threshold")
            planted.add("below_threshold")
        scripts.append(
            Script(
                chart=chart,
                course=course,
                time=time,
                outcome=outcome,
                reasons=tuple(reasons),
                planted=frozenset(planted),
                names_are_shared=(plain(patient.family_name), plain(patient.given_name)) in shared,
            )
        )
    return scripts


def namesakes_with_row(scripts: Sequence[Script]) -> list[int]:
    """The patients for whom a row is planted that fits a namesake just as well."""
    return [n for n, script in enumerate(scripts) if "ambiguous_caller" in script.planted]


def _accepted(practice: Practice) -> frozenset[str]:
    """The dials that are no fault at this practice, by its own recorded choices."""
    chosen = {name: choice.value for name, choice in practice.choices.items()}
    accepted = set()
    if chosen.get("tcm_same_month") == "allow":
        accepted.add("tcm")
    if chosen.get("staff_time_on_visit_day") == "count":
        accepted.add("visit_day")
    return frozenset(accepted)


def _deal(
    names: Sequence[str], dials: Dials, among: Sequence[int], number: int, rng: Random, skip: frozenset[str]
) -> dict[int, str]:
    """Give each dial its quota (of all the patients) out of ``among``, no patient two of them."""
    deck = list(among)
    rng.shuffle(deck)
    dealt = {}
    for name in names:
        if name not in skip:
            for _ in range(min(len(deck), quota(getattr(dials, name), number, rng))):
                dealt[deck.pop()] = name
    return dealt


def _with_second(name: str, dials: Dials, rng: Random) -> tuple[str, ...]:
    """The fault, and now and then a second one of another part of the chart."""
    if name == "bad_mbi" or rng.random() >= dials.two_at_once:
        return (name,)
    second = "no_consent" if RECORD_FAULTS[name].topic == "care_plan" else "care_plan_missing"
    return (name, second)
