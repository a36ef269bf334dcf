"""A roster with households, twins and namesakes, and callers whose facts are told with the errors people make.

``python -m tests.intake.planted_callers ROWS`` prints how many were attached, rightly or wrongly, and how the rest rank.
"""

from __future__ import annotations

import random
import sys
from dataclasses import dataclass
from datetime import date, timedelta

from flows.ccm.patient import Patient
from flows.ccm.service_month import ServiceMonth
from flows.intake.confirmed import Confirmed
from flows.intake.identity import Identity, Roster
from flows.intake.likely import Likely
from flows.intake.placement import Placement
from flows.rulebook.resolve import load
from tests.rules.examples import terms_with

_SYLLABLES = (
    "ba",
    "ren",
    "to",
    "mil",
    "sa",
    "vor",
    "ki",
    "dun",
    "el",
    "ar",
    "os",
    "win",
    "ley",
    "man",
    "ski",
    "fer",
    "gus",
    "ho",
)
_NICK = {
    **{"Robert": "Bob", "Margaret": "Peggy", "William": "Bill", "Elizabeth": "Betty", "Richard": "Dick", "Katherine": "Kate"},
    **{"James": "Jim", "Dorothy": "Dot", "Thomas": "Tom", "Patricia": "Pat", "Joseph": "Joe", "Susan": "Sue"},
    **{"Charles": "Chuck", "Frances": "Fran", "Edward": "Ted", "Michael": "Mike", "Daniel": "Dan", "Henry": "Hank"},
}
_GIVEN = (
    *_NICK,
    *("Ruth", "Helen", "Agnes", "Irma", "Alma", "Victor", "Nora", "Otto", "Pearl"),
    *("Simon", "Vera", "Leon", "Clara", "Hugo", "Edith", "Carl", "Doris", "Abel"),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """A caller's facts and whose they are; ``mrn`` empty: a caller on no roster. ``hard`` has fewer facts and more errors."""

    row: Identity
    mrn: str
    hard: bool


def roster(size: int, chance: random.Random) -> list[Patient]:
    """Patients, a fifth of them sharing a household's phone and family name; some twins, some juniors with one full name."""
    patients: list[Patient] = []
    while len(patients) < size:
        family = "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 2, 3)))).title()
        if chance.random() < 0.06:
            family += "-" + "".join(chance.choices(_SYLLABLES, k=2)).title()
        phone = f"{chance.randint(200, 989)}{chance.randint(2_000_000, 9_999_999)}"
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(12_000))
        people = [(chance.choice(_GIVEN), born)]
        if chance.random() < 0.12:  # a couple, a pair of twins, or a parent and a child of one name
            kind = chance.random()
            other = chance.choice([g for g in _GIVEN if g != people[0][0]])
            people.append((other, born) if kind < 0.15 else (people[0][0], born + timedelta(days=9_000)) if kind < 0.3
                          else (other, born + timedelta(days=chance.randrange(-2000, 2000))))  # fmt: skip
        for given, day in people:
            n = len(patients)
            mbi = f"{n % 9 + 1}{'ACDEFGHJKM'[n % 10]}{'NPQRTUVWXY'[n // 10 % 10]}{n // 100 % 10}{'ACDEFGHJKM'[n // 1000 % 10]}"
            mbi += (
                f"{'NPQRTUVWXY'[n // 7 % 10]}{n // 3 % 10}{'ACDEFGHJKM'[n // 11 % 10]}{'NPQRTUVWXY'[n // 13 % 10]}{n % 100:02d}"
            )
            patients.append(Patient(f"k{n}", f"M{n:06d}", family, given, day, "U", mbi=mbi, phone=phone))
    return patients[:size]


def callers(patients: list[Patient], rows: int, chance: random.Random) -> list[Planted]:
    """Nine in ten are on the roster; each fact errs one time in twenty (in ten where hard), or is not told at all."""
    strangers = roster(max(50, rows // 50), random.Random(chance.random()))
    planted = []
    for _ in range(rows):
        hard = chance.random() < 0.5
        known = chance.random() < 0.9
        patient = chance.choice(patients if known else strangers)
        planted.append(Planted(_told(patient, hard, chance), patient.mrn if known else "", hard))
    return planted


def _told(p: Patient, hard: bool, chance: random.Random) -> Identity:
    error, blank = (0.10, 0.25) if hard else (0.05, 0.12)
    family, given, born, phone = p.family_name, p.given_name, p.born, p.phone
    if chance.random() < error:
        given = _NICK.get(given, given[:-1])
    if chance.random() < error:
        at = chance.randrange(len(family))
        family = family[:at] + family[at + 1 :] if "-" not in family else family.split("-")[0]
    if chance.random() < error / 3:
        family, given = given, family
    if chance.random() < error:
        swapped = born.day <= 12 and chance.random() < 0.5
        born = (
            born.replace(month=born.day, day=born.month)
            if swapped
            else born.replace(year=born.year + chance.choice((-1, 1, 10)), day=min(born.day, 28))
        )
    if chance.random() < 0.15:
        phone = f"{chance.randint(200, 989)}{chance.randint(2_000_000, 9_999_999)}"
    # A call always comes from some number; the other facts may not have been asked.
    return Identity("", "" if hard else p.mbi, family, given, None if chance.random() < blank else born, phone)


@dataclass(slots=True)
class Score:
    """What came of the planted callers. ``tied``: another patient fits the caller's facts just as well, so nobody could tell."""

    rows: int = 0
    wrong: int = 0
    strangers_attached: int = 0
    easy: int = 0
    easy_attached: int = 0
    queued: int = 0
    first: int = 0
    tied: int = 0


def score(size: int, rows: int, seed: int) -> Score:
    """Place planted callers against a planted roster, and count."""
    chance = random.Random(seed)
    patients = roster(size, chance)
    likeness = load().in_force(ServiceMonth(2025, 11), terms_with()).likeness
    assert likeness is not None
    likely = Likely(patients, likeness)
    placement = Placement(Roster(patients), Confirmed(()), likely)
    found = Score()
    for planted in callers(patients, rows, chance):
        match = placement.match(planted.row)
        found.rows += 1
        if match.mrn:
            found.wrong += bool(planted.mrn) and match.mrn != planted.mrn
            found.strangers_attached += not planted.mrn
        if planted.mrn and not planted.hard:
            found.easy += 1
            found.easy_attached += match.mrn == planted.mrn
        if planted.mrn and not match.mrn:
            ranked = likely.ranked(planted.row)
            best = [mrn for mrn, points in ranked if points == ranked[0][1]]
            found.queued += 1
            found.first += match.candidates[:1] == (planted.mrn,)
            found.tied += len(best) > 1 and planted.mrn in best and match.candidates[0] != planted.mrn
    return found


if __name__ == "__main__":
    print(score(20_000, int(sys.argv[1]), 7))
