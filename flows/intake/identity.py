"""Which patient a call-log row is about: exact rules only, each only when it names one patient; never a likeness.

A row whose other facts contradict the patient it names is not attached: its minutes would be billed to the wrong person.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from flows.ccm.patient import Patient

_NOT_WORD = re.compile(r"[\W_]+")
# The card number's positions: C digit 1-9, A letter, N digit, X either. The letters S L O I B Z never occur on a real card,
# but they do in CMS's synthetic data; whether those may be billed is the claim's question, not identity's.
_MBI = re.compile(r"[1-9][A-Z][A-Z0-9]\d[A-Z][A-Z0-9]\d[A-Z]{2}\d{2}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identity:
    """What a row says of who the patient is; every field may be empty."""

    mrn: str = ""
    mbi: str = ""
    family_name: str = ""
    given_name: str = ""
    born: date | None = None
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """One patient's MRN, or the reason for none (``patient.unmatched``, ``patient.ambiguous``) with the MRNs it may be."""

    mrn: str = ""
    reason: str = ""
    detail: str = ""
    candidates: tuple[str, ...] = ()


@lru_cache(maxsize=1 << 16)
def name_key(text: str) -> str:
    """A name without case, accents, punctuation and space: O'Brien-Núñez and obrien nunez are one."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub("", "".join(c for c in plain if not unicodedata.combining(c)))


def phone_key(text: str) -> str:
    """A US phone number's last ten digits; empty where there are fewer."""
    digits = "".join(c for c in text if c in "0123456789")
    return digits[-10:] if len(digits) >= 10 else ""


@lru_cache(maxsize=1 << 16)
def mbi_key(text: str) -> str:
    """A Medicare Beneficiary Identifier without dashes and space, in capitals; empty where it is not of an MBI's form."""
    mbi = re.sub(r"[\s-]", "", text).upper()
    return mbi if _MBI.match(mbi) else ""


def nearly(one: date, two: date) -> bool:
    """Whether two dates differ by day and month swapped, or by one digit: a slip of the pen makes one of the other."""
    if one.year == two.year and (one.month, one.day) == (two.day, two.month):
        return True
    return sum(a != b for a, b in zip(f"{one:%Y%m%d}", f"{two:%Y%m%d}", strict=True)) == 1


class Roster:
    """The patients by each exact rule."""

    def __init__(self, patients: Iterable[Patient]) -> None:
        self._patients: dict[str, Patient] = {}
        self._index: dict[tuple[object, ...], set[str]] = defaultdict(set)
        for p in patients:
            self._patients[p.mrn] = p
            for keys in _rules(Identity(p.mrn, p.mbi, p.family_name, p.given_name, p.born, p.phone)):
                self._index[keys].add(p.mrn)
            self._index["names", name_key(p.family_name), name_key(p.given_name)].add(p.mrn)

    def match(self, row: Identity) -> Match:
        """The one patient that the row names, or why there is none. An MRN that is not on the roster is a contradiction."""
        possible: set[str] = set()
        for rule in _rules(row):
            hits = self._index.get(rule, set())
            if possible:
                hits = hits & possible
            if len(hits) == 1:
                return self._checked(next(iter(hits)), row)
            possible |= hits
        candidates = tuple(sorted(possible))
        if candidates:
            return Match("", "patient.ambiguous", "these facts fit more than one patient", candidates)
        return Match("", "patient.unmatched", "no patient has these facts")

    def _checked(self, mrn: str, row: Identity) -> Match:
        patient = self._patients[mrn]
        against = [name for name, given, known in _comparable(row, patient) if given and known and given != known]
        if row.mrn and row.mrn != mrn:
            return Match("", "patient.unmatched", "the MRN is not on the roster, though other facts fit a patient", (mrn,))
        # A nickname or a married name differs in one; where both differ and nothing else speaks for the patient, an MRN
        # may simply be mistyped into another's.
        if not row.born and not mbi_key(row.mbi) and _strangers(row, patient):
            against.append("names")
        slip = self._namesake_by_a_slip(mrn, row)
        if slip:
            detail = "a patient of the same names was born on nearly that day; give the MRN or the MBI"
            return Match("", "patient.ambiguous", detail, tuple(sorted((mrn, slip))))
        if against:
            return Match("", "patient.ambiguous", f"the row names this patient, but {', '.join(against)} contradict", (mrn,))
        others = self._named_beside(mrn, row)
        if others:
            detail = "some facts of the row name this patient and others another; correct the one that is wrong"
            return Match("", "patient.ambiguous", detail, (mrn, *sorted(others)))
        return Match(mrn)

    def _named_beside(self, mrn: str, row: Identity) -> set[str]:
        """Whom the row's names mean where they are another patient's own: a twin, a spouse, an MRN that lost its zeros.

        Names that come with a birth date or phone of that patient are an exact rule. Names alone may be a nickname of the
        patient found, and speak for another only where no birth date or MBI speaks against it.
        """
        for rule in _rules(row):
            hits = self._index.get(rule, set())
            if hits and mrn not in hits:
                return hits
        namesakes = self._index.get(("names", name_key(row.family_name), name_key(row.given_name)), set())
        if mrn in namesakes:
            return set()
        return {n for n in namesakes if all(not a or not b or a == b for _, a, b in _comparable(row, self._patients[n]))}

    def _namesake_by_a_slip(self, mrn: str, row: Identity) -> str:
        """Another patient who would be meant if one digit of the date were wrong, where nothing but names and date speaks."""
        patient = self._patients[mrn]
        surer = row.mrn or mbi_key(row.mbi) or (row.phone and phone_key(row.phone) == phone_key(patient.phone))
        if surer or not row.born:
            return ""
        namesakes = self._index.get(("names", name_key(row.family_name), name_key(row.given_name)), set()) - {mrn}
        return min((n for n in namesakes if nearly(row.born, self._patients[n].born)), default="")


def _comparable(row: Identity, patient: Patient) -> tuple[tuple[str, object, object], ...]:
    return (("born", row.born, patient.born), ("mbi", mbi_key(row.mbi), mbi_key(patient.mbi)))


def _strangers(row: Identity, patient: Patient) -> bool:
    names = {name_key(row.family_name), name_key(row.given_name)}
    return "" not in names and not names & {name_key(patient.family_name), name_key(patient.given_name)}


def _rules(row: Identity) -> Iterable[tuple[object, ...]]:
    """The keys a row can be found by, in the rules' order; a rule with an empty part is left out."""
    names = (name_key(row.family_name), name_key(row.given_name))
    if row.mrn:
        yield ("mrn", row.mrn)
    if mbi_key(row.mbi) and row.born:
        yield ("mbi", mbi_key(row.mbi), row.born)
    if all(names) and row.born:
        yield ("names, born", *names, row.born)
    if all(names) and phone_key(row.phone):
        yield ("names, phone", *names, phone_key(row.phone))
