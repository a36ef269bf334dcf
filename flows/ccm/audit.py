"""The screening of a practice's month before release: what an auditor would ask about, found first.

Each test is a stated statistic with a threshold from the rulebook. Those that rest on chance give exact p-values; a flag needs
one at or below the month's level divided by the number of p-values computed (Bonferroni), so that an honest month raises any
at most that often. Sample sizes below the rulebook's minimum are told as too few. A flag never blocks and never vanishes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flows.ccm.audit_calls import manual_time
from flows.ccm.audit_entries import cloned_description, rounded_minutes
from flows.ccm.audit_staff import impossible_day
from flows.ccm.audit_totals import identical_minutes, threshold_heaping
from flows.ccm.audit_trial import Group, Trial, logged
from flows.ccm.decision import Decision, Reason
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Rules
from flows.ccm.source import Source


@dataclass(frozen=True, slots=True)
class Statistic:
    """One test as it came out, raised or not. ``id`` is the flag that it raises; ``about`` is month, staff, or a person's id.

    ``value`` is told against ``threshold``. ``p_value`` is the exact chance of so much in honest work, ``level`` what it is
    held against; both None where no chance is asked, or where ``n`` lies below ``needed``: too few to test.
    """

    id: str
    about: str
    measure: str
    value: float
    threshold: float
    n: int
    needed: int
    p_value: float | None
    level: float | None
    flagged: bool

    @property
    def too_few(self) -> bool:
        """Whether the month has too little for the test."""
        return self.n < self.needed


@dataclass(frozen=True, slots=True)
class Screening:
    """Flags by patient key, flags of the month and its staff, and every test with its statistic.

    A patient's flag is always one of the month's too, told with the number of patients concerned.
    """

    by_patient: dict[str, tuple[Reason, ...]]
    month: tuple[Reason, ...]
    statistics: tuple[Statistic, ...]


def screen(patient_months: Sequence[PatientMonth], decisions: Sequence[Decision], rules: Rules) -> Screening:
    """Screen a practice's whole month. The order of patients and entries does not matter.

    Raises ValueError where ``rules`` carry no audit thresholds: the rulebook always gives them.
    """
    audit = rules.audit
    if audit is None:
        raise ValueError("these rules carry no audit thresholds: resolve them from the rulebook, which has them in audit.toml")
    entries = logged(patient_months, decisions)
    patients = [month.patient for month in patient_months]
    trials = [
        identical_minutes(decisions, rules.families, audit.identical_minutes),
        *threshold_heaping(decisions, rules.families, audit.threshold_heaping),
        *rounded_minutes(entries, audit.rounded_minutes),
        cloned_description(entries, patients, audit.cloned_description),
        *impossible_day(entries, rules.month, ZoneInfo(rules.time_zone), audit.impossible_day),
        *manual_time(entries, audit.manual_time),
    ]
    tested = sum(trial.p_value is not None for trial in trials)
    level = audit.level / max(1, tested)
    raised = [(trial, [g for g in trial.groups if g.p_value is None or g.p_value <= level]) for trial in trials]
    by_patient: dict[str, list[Reason]] = {}
    month: list[Reason] = []
    for trial, groups in raised:
        for group in groups:
            month.append(Reason(trial.id, group.detail, _all_sources(group)))
            for patient, sources in group.patients.items():
                by_patient.setdefault(patient, []).append(Reason(trial.id, group.detail, sources))
    return Screening(
        by_patient={patient: tuple(reasons) for patient, reasons in sorted(by_patient.items())},
        month=tuple(month),
        statistics=tuple(_statistic(trial, level, bool(groups)) for trial, groups in raised),
    )


def _all_sources(group: Group) -> tuple[Source, ...]:
    return tuple(sorted({source for sources in group.patients.values() for source in sources}))


def _statistic(trial: Trial, level: float, flagged: bool) -> Statistic:
    return Statistic(
        id=trial.id,
        about=trial.about,
        measure=trial.measure,
        value=trial.value,
        threshold=trial.threshold,
        n=trial.n,
        needed=trial.needed,
        p_value=trial.p_value,
        level=level if trial.p_value is not None else None,
        flagged=flagged,
    )
