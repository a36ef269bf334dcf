"""Whom an unplaced caller may be: candidates for a person to confirm, best first. No minute is billed on a likeness.

Only patients who share a fact with the caller are looked at, so that the roster is never compared as a whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from rapidfuzz.distance import JaroWinkler

from flows.ccm.likeness import Likeness
from flows.ccm.patient import Patient
from flows.intake.identity import Identity, mbi_key, name_key, nearly, phone_key


class Likely:
    """The roster by the facts that a caller may share with a patient."""

    def __init__(self, patients: Iterable[Patient], likeness: Likeness) -> None:
        self._likeness = likeness
        self._patients: dict[str, Patient] = {}
        self._sharing: dict[tuple[object, ...], list[str]] = defaultdict(list)
        self._nicknames = {name: n for n, group in enumerate(likeness.nicknames) for name in group}
        for patient in patients:
            self._patients[patient.mrn] = patient
            told = Identity(patient.mrn, patient.mbi, patient.family_name, patient.given_name, patient.born, patient.phone)
            for key in self._shared(told):
                self._sharing[key].append(patient.mrn)

    def candidates(self, row: Identity) -> tuple[str, ...]:
        """MRNs with enough points, best first, a tie by MRN; empty where nobody is alike enough."""
        return tuple(mrn for mrn, _points in self.ranked(row))[: self._likeness.at_most]

    def ranked(self, row: Identity) -> list[tuple[str, int]]:
        """Every patient with enough points and the points, best first, a tie by MRN."""
        near = {mrn for key in self._shared(row) for mrn in self._sharing.get(key, ())}
        scored = ((mrn, self._points(row, self._patients[mrn])) for mrn in near)
        return sorted((pair for pair in scored if pair[1] >= self._likeness.minimum), key=lambda pair: (-pair[1], pair[0]))

    def _points(self, row: Identity, patient: Patient) -> int:
        rule = self._likeness
        points = rule.same_mbi if mbi_key(row.mbi) and mbi_key(row.mbi) == mbi_key(patient.mbi) else 0
        if row.born:
            points += rule.same_born if row.born == patient.born else rule.near_born if nearly(row.born, patient.born) else 0
        if phone_key(row.phone) and phone_key(row.phone) == phone_key(patient.phone):
            points += rule.same_phone
        straight = self._names(row.family_name, row.given_name, patient)
        swapped = self._names(row.given_name, row.family_name, patient)
        return points + max(straight, swapped)

    def _names(self, family: str, given: str, patient: Patient) -> int:
        rule = self._likeness
        return self._name(family, patient.family_name, rule.same_family_name, rule.near_family_name) + self._name(
            given, patient.given_name, rule.same_given_name, rule.near_given_name
        )

    def _name(self, told: str, known: str, same: int, near: int) -> int:
        one, two = name_key(told), name_key(known)
        if not one or not two:
            return 0
        group = self._nicknames.get(one)
        if one == two or (group is not None and group == self._nicknames.get(two)):
            return same
        # A hyphenated name is often given by half.
        part = min(len(one), len(two)) >= 4 and (one in two or two in one)
        return near if part or JaroWinkler.similarity(one, two) >= self._likeness.near_name else 0

    def _shared(self, row: Identity) -> Iterator[tuple[object, ...]]:
        """The facts by which a caller and a patient are brought together."""
        family, given = name_key(row.family_name), name_key(row.given_name)
        if mbi_key(row.mbi):
            yield ("mbi", mbi_key(row.mbi))
        if row.born:
            yield ("born", row.born)
            yield ("born swapped", *sorted((row.born.month, row.born.day)), row.born.year)
        if phone_key(row.phone):
            yield ("phone", phone_key(row.phone))
        if family and given:
            yield ("names", *sorted((family, given)))
            for one, other in ((family, given), (given, family)):
                yield ("name, initial", self._nicknames.get(one, one), other[0])
        if family and row.born:
            yield ("family, year", family[:4], row.born.year)
