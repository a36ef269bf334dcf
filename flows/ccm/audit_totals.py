"""Month totals that look made: the same total for many patients, and totals that heap on a billing threshold.

Both compare a place with its neighbours by exact binomial tests, conditional on how many totals lie there at all. Honest work
may stop once a threshold is reached, so totals may jump at one: equal totals are compared between two thresholds only, and a
threshold's minute must stand out from the minutes before it and from those after it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from flows.ccm.audit_rules import IdenticalMinutes, ThresholdHeaping
from flows.ccm.audit_trial import Group, Trial, binomial_tail, chance
from flows.ccm.counting import PRACTITIONER, STAFF
from flows.ccm.decision import Decision
from flows.ccm.rules import Family
from flows.ccm.source import Source


def thresholds(families: Sequence[Family], pool: str, steps: int) -> tuple[int, ...]:
    """The minutes at which a pool's families bill something more: each base, and its first ``steps`` add-ons."""
    found = set()
    for family in families:
        if family.pool == pool:
            more = min(steps, family.max_units) if family.add_on else 0
            found |= {family.minutes + n * family.add_on_minutes for n in range(more + 1)}
    return tuple(sorted(found))


def _totals(decisions: Sequence[Decision], pool: str) -> dict[str, int]:
    """Counted seconds by patient: a practitioner's own, or the month's whole time."""
    performers = (PRACTITIONER,) if pool == PRACTITIONER else (STAFF, PRACTITIONER)
    totals = {d.patient_key: sum(d.seconds.get(p, 0) for p in performers) for d in decisions}
    return {patient: seconds for patient, seconds in sorted(totals.items()) if seconds}


def _concerned(patients: Sequence[str]) -> dict[str, tuple[Source, ...]]:
    return dict.fromkeys(patients, ())


def identical_minutes(decisions: Sequence[Decision], families: Sequence[Family], rule: IdenticalMinutes) -> Trial:
    """Whether one month total recurs across more patients than totals of that size explain.

    Totals that reach a first threshold are looked at. A total of whole minutes is compared with the other whole-minute
    totals within the window, one with seconds with the other totals with seconds, so that hand-written and recorded logs do
    not make each other look odd. The chance is multiplied by the number of different totals looked at.
    """
    bounds = [0, *thresholds(families, "month", 99)]
    least = min(family.minutes for family in families) * 60
    totals = {patient: seconds for patient, seconds in _totals(decisions, "month").items() if seconds >= least}
    counts = Counter(totals.values())
    # the log's own resolution: a system that logs in steps of 6 or 15 seconds has only so many totals to choose from
    step = math.gcd(60, *(seconds for seconds in counts))
    groups = []
    worst, chances = 0, [1.0]
    for seconds, number in sorted(counts.items()):
        worst = max(worst, number)
        if number < rule.patients:
            continue
        minute = seconds // 60
        low = max([b for b in bounds if b <= minute] + [minute - rule.window_minutes])
        high = min([b - 1 for b in bounds if b > minute] + [minute + rule.window_minutes])
        whole = seconds % 60 == 0
        places = (high - low + 1) * (1 if whole else 60 // step - 1) - 1
        around = sum(n for s, n in counts.items() if low <= s // 60 <= high and (s % 60 == 0) == whole and s != seconds)
        p = rule.ratio / (rule.ratio + places) if places else 1 - 1e-12
        adjusted = min(1.0, binomial_tail(number, number + around, p) * len(counts))
        chances.append(adjusted)
        about = f"{minute} min" + ("" if whole else f" {seconds % 60} s")
        detail = (
            f"{number} of {len(totals)} patients have a month total of exactly {about}; "
            f"{around} lie on the {places} totals around it; chance {chance(adjusted)}"
        )
        groups.append(Group(detail, adjusted, _concerned([p for p, s in totals.items() if s == seconds])))
    enough = len(totals) >= rule.minimum
    return Trial(
        id="audit.identical_minutes",
        about="month",
        measure="most patients with one and the same month total",
        value=worst,
        threshold=rule.patients,
        n=len(totals),
        needed=rule.minimum,
        p_value=min(chances) if enough else None,
        groups=tuple(groups) if enough else (),
    )


def threshold_heaping(decisions: Sequence[Decision], families: Sequence[Family], rule: ThresholdHeaping) -> list[Trial]:
    """For each threshold of each pool of minutes: whether its own minute stands out from the minutes on both sides of it."""
    trials = []
    for pool in sorted({family.pool for family in families}):
        totals = _totals(decisions, pool)
        of_whom = "practitioners' own time" if pool == PRACTITIONER else "month total"
        counts = Counter(seconds // 60 for seconds in totals.values())
        for minute in thresholds(families, pool, rule.add_on_steps):
            at = counts[minute]
            before = sum(counts[m] for m in range(minute - rule.window_minutes, minute))
            after = sum(counts[m] for m in range(minute + 1, minute + 1 + rule.window_minutes))
            even = rule.ratio / (rule.ratio + rule.window_minutes)
            p_value = max(binomial_tail(at, at + before, even), binomial_tail(at, at + after, even))
            n = at + before + after
            enough = n >= rule.minimum
            detail = (
                f"{of_whom}: {at} patients in the minute of {minute}, {before} in the {rule.window_minutes} before and "
                f"{after} in the {rule.window_minutes} after; chance {chance(p_value)}"
            )
            hit = Group(detail, p_value, _concerned([p for p, s in totals.items() if s // 60 == minute]))
            trials.append(
                Trial(
                    id="audit.threshold_heaping",
                    about="month",
                    measure=f"{of_whom}: share in the minute of {minute}, against the minutes before and after",
                    value=at / (at + max(before, after)) if at else 0.0,
                    threshold=even,
                    n=n,
                    needed=rule.minimum,
                    p_value=p_value if enough else None,
                    groups=(hit,) if enough and at else (),
                )
            )
    return trials
