"""Entries that look made: durations on multiples of five minutes, and one description for many patients."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from flows.ccm.audit_rules import ClonedDescription, RoundedMinutes
from flows.ccm.audit_trial import Group, Logged, Trial, binomial_tail, chance, sources_by_patient
from flows.ccm.patient import Patient

_DATES = re.compile(r"\b\d{1,4}[-/.]\d{1,2}([-/.]\d{1,4})?\b")


def rounded_minutes(entries: Sequence[Logged], rule: RoundedMinutes) -> list[Trial]:
    """Whether whole-minute durations heap on multiples of ``rule.multiple``: over the month, and for each person.

    Durations with seconds are not looked at: where a log has them, one whole minute in ``rule.multiple`` is still a
    multiple. Nor are durations too short to be rounded up to the first multiple.
    """
    least = (rule.multiple + 1) // 2 * 60
    whole = [r for r in entries if r.counted and r.entry.seconds % 60 == 0 and r.entry.seconds >= least]
    by_person: dict[str, list[Logged]] = {}
    for row in whole:
        by_person.setdefault(row.entry.person, []).append(row)
    trials = [_rounded("month", whole, rule)]
    # one person's month would only say again what the month says
    if len(by_person) > 1:
        trials += [_rounded(person, rows, rule) for person, rows in sorted(by_person.items()) if len(rows) >= rule.minimum]
    return trials


def _rounded(about: str, rows: Sequence[Logged], rule: RoundedMinutes) -> Trial:
    hits = sum(r.entry.seconds % (rule.multiple * 60) == 0 for r in rows)
    enough = len(rows) >= rule.minimum
    p_value = binomial_tail(hits, len(rows), rule.share)
    whose = "of the month's" if about == "month" else f"of {about}'s"
    detail = (
        f"{hits} {whose} {len(rows)} whole-minute durations are multiples of {rule.multiple} minutes, "
        f"where an even spread has one in {rule.multiple}; chance {chance(p_value)}"
    )
    return Trial(
        id="audit.rounded_minutes",
        about=about,
        measure=f"share of whole-minute durations that are multiples of {rule.multiple} minutes",
        value=hits / len(rows) if rows else 0.0,
        threshold=rule.share,
        n=len(rows),
        needed=rule.minimum,
        p_value=p_value if enough else None,
        groups=(Group(detail, p_value),) if enough else (),
    )


def cloned_description(entries: Sequence[Logged], patients: Sequence[Patient], rule: ClonedDescription) -> Trial:
    """Whether one text stands for many patients, once the patient's own name, dates, punctuation and case are taken out."""
    names = {p.key: _words(f"{p.given_name} {p.family_name}") for p in patients}
    by_text: dict[str, list[Logged]] = {}
    described: set[str] = set()
    for row in entries:
        text = _normal(row.entry.description, names.get(row.patient, frozenset()))
        if len(text) >= rule.characters:
            by_text.setdefault(text, []).append(row)
            described.add(row.patient)
    groups, most = [], 0
    for text, rows in sorted(by_text.items()):
        concerned = sources_by_patient(rows)
        most = max(most, len(concerned))
        if len(concerned) >= rule.patients:
            persons = ", ".join(sorted({r.entry.person for r in rows}))
            detail = f"one description of {len(text)} characters stands in {len(rows)} entries of {len(concerned)} patients"
            groups.append(Group(f"{detail}, logged by {persons}", None, concerned))
    enough = len(described) >= rule.patients
    return Trial(
        id="audit.cloned_description",
        about="month",
        measure="most patients with one and the same description",
        value=most,
        threshold=rule.patients,
        n=len(described),
        needed=rule.patients,
        groups=tuple(groups) if enough else (),
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold()))


def _normal(description: str, names: frozenset[str]) -> str:
    told = _DATES.sub(" ", unicodedata.normalize("NFKC", description).casefold())
    return " ".join(word for word in re.findall(r"\w+", told) if word not in names)
