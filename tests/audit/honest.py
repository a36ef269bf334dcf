"""An honest month, made apart from the synthesizer: people work one call at a time and stop some while after a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from flows.ccm.audit import Screening, screen
from flows.ccm.decide import decide
from flows.ccm.patient import Patient
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Terms
from flows.ccm.rules import Rules
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.ccm.time_entry import TimeEntry
from flows.rulebook.resolve import load

ZONE = ZoneInfo("America/Chicago")
MONTH = ServiceMonth(2025, 10)
STAFF = ("rn_1", "rn_2", "lpn_3", "cma_4", "rn_5")
FAMILY_NAME, GIVEN_NAME = "Quillfeather", "Zebedee"
WEEKDAYS = tuple(d for d in range(1, 32) if date(2025, 10, d).weekday() < 5)


def rules() -> Rules:
    """The rulebook's rules of an office practice."""
    return load().in_force(MONTH, Terms("office", "J6", "06102", "15", "America/Chicago", "11", {}, None, {"dr": "MD"}))


RULES = rules()


@dataclass(slots=True)
class Month:
    """Entries by patient number, in the making."""

    time: dict[int, list[TimeEntry]]

    def patient_months(self) -> list[PatientMonth]:
        return [patient_month(n, entries) for n, entries in self.time.items()]

    def screen(self, rules: Rules = RULES) -> Screening:
        months = self.patient_months()
        return screen(months, [decide(m, rules) for m in months], rules)

    def raised(self) -> set[str]:
        """The ids of the month's flags."""
        return {reason.id for reason in self.screen().month}


def patient_month(number: int, entries: list[TimeEntry]) -> PatientMonth:
    # the rest of the chart does not matter: held months are screened as well
    patient = Patient(f"key{number:04d}", f"M{number}", FAMILY_NAME, f"{GIVEN_NAME}{number}", date(1944, 3, 2), "F")
    return PatientMonth(
        practice="p",
        month=MONTH,
        patient=patient,
        practitioner="dr",
        enrolled=date(2025, 1, 6),
        disenrolled=None,
        decision_making=None,
        conditions=(),
        consents=(),
        care_plan=None,
        visits=(),
        coverages=(),
        other_services=(),
        inpatient=(),
        time=tuple(entries),
    )


def entry(
    patient: int,
    number: int,
    started: datetime,
    seconds: int,
    person: str = "rn_1",
    activity: str = "patient_call",
    call: int | None = None,
    text: str = "",
) -> TimeEntry:
    return TimeEntry(
        entry_id=f"E{patient}-{number}",
        started=started,
        seconds=seconds,
        person=person,
        credential="CMA" if person.startswith("cma") else "LPN" if person.startswith("lpn") else "RN",
        activity=activity,
        about="chronic",
        mode="remote",
        description=text,
        call_id=f"C{patient}-{number}" if call is not None else "",
        call_seconds=call,
        source=Source("inbox/calls/a.csv", patient * 100 + number + 2),
    )


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2025, 10, day, hour, minute, second, tzinfo=ZONE)


def draw_total(rng: Random) -> float:
    """Minutes of a patient's month: a threshold that was aimed at, and what the work then took beyond it."""
    if rng.random() < 0.15:
        return rng.uniform(3, 20)
    return rng.choices((20, 40, 60), (6, 3, 1))[0] + min(rng.expovariate(1 / 10), 60)


def split(total: int, unit: int, rng: Random) -> list[int]:
    """Cut a total of seconds into activities, each a multiple of ``unit`` seconds and of at least two minutes."""
    pieces = max(1, min(round(total / rng.uniform(360, 720)), total // 180))
    cuts = sorted(rng.uniform(0, 1) for _ in range(pieces - 1))
    parts = [b - a for a, b in zip([0, *cuts], [*cuts, 1], strict=True)]
    spare = (total - 120 * pieces) // unit
    lengths = [120 // unit + int(spare * part) for part in parts]
    lengths[-1] += total // unit - sum(lengths)
    return [n * unit for n in lengths]


def honest(seed: int, patients: int = 60, unit: int = 1, calls: bool = True) -> Month:
    """A month in which nobody did wrong. ``unit`` 60 is a log of whole minutes; ``calls`` False a log without call records."""
    rng = Random(seed)
    free = {(person, day): 8 * 3600 for person in STAFF for day in WEEKDAYS}
    month = Month({})
    for patient in range(patients):
        total = max(2, round(draw_total(rng) * 60 / unit) * unit // 60) * 60 if unit == 60 else int(draw_total(rng) * 60)
        month.time[patient] = []
        for number, seconds in enumerate(split(total, unit, rng)):
            while True:
                person, day = rng.choice(STAFF), rng.choice(WEEKDAYS)
                if free[person, day] + seconds < 17 * 3600:
                    break
            start = free[person, day] + rng.randrange(0, 900)
            free[person, day] = start + seconds
            started = datetime(2025, 10, day, tzinfo=ZONE) + timedelta(seconds=start)
            activity = rng.choices(("patient_call", "chart_review", "medication_reconciliation"), (7, 2, 1))[0]
            recorded = calls and activity == "patient_call" and rng.random() < 0.9
            call = max(20, seconds - rng.randrange(60)) if recorded else None
            text = f"note {rng.randrange(10**9)} about walking and salt"
            month.time[patient].append(entry(patient, number, started, seconds, person, activity, call, text))
    return month


def set_total(month: Month, patient: int, seconds: int) -> None:
    """Give a patient's first entry what brings the month to this total, in the early morning where nobody else works."""
    first = month.time[patient][0]
    start = at(WEEKDAYS[patient % len(WEEKDAYS)], 6) + timedelta(seconds=37 * patient)
    person = f"rn_{100 + patient}"  # a person of one's own, so that nothing else is planted
    month.time[patient] = [replace(first, seconds=seconds, started=start, person=person, call_seconds=max(1, seconds - 30))]
