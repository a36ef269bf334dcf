"""Logged activity for a patient. Durations are whole seconds; every instant has its zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flows.ccm.source import Source

ACTIVITIES = (
    "patient_call",
    "chart_review",
    "care_plan_update",
    "medication_reconciliation",
    "specialist_coordination",
    "transportation",
    "community_resources",
)
ABOUT = ("chronic", "acute", "preventive")
MODES = ("remote", "face_to_face")


@dataclass(frozen=True, slots=True)
class TimeEntry:
    """One logged activity for one patient.

    ``person`` is the roster id of who did it; ``credential`` is that person's credential on the day by the practice's
    roster, empty where the roster has none (such time is excluded, never guessed). ``call_seconds`` is the talk time a
    contact center recorded for the same ``call_id``, None where there is no call record.
    """

    entry_id: str
    started: datetime
    seconds: int
    person: str
    credential: str
    activity: str
    about: str
    mode: str
    description: str = ""
    call_id: str = ""
    call_seconds: int | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class BusyTime:
    """Time that a person logged for another patient: where it overlaps, neither minute counts."""

    person: str
    started: datetime
    seconds: int
