"""A synthetic month of one practice: the inbox objects and what must come of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from random import Random

from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.call_log import Stray, draw_garble, write_call_log
from flows.synthesize.dials import Dials
from flows.synthesize.expected import write_expected
from flows.synthesize.people import draw_patients, marks
from flows.synthesize.records_csv import write_csv_records
from flows.synthesize.records_fhir import write_fhir_records
from flows.synthesize.roster import roster_of, seconds_available
from flows.synthesize.script import Script, namesakes_with_row, quota, write_scripts
from flows.synthesize.time_entries import Logbook

RECORDS = ("csv", "fhir", "mixed")
ENTRY_SECONDS = 420  # a usual activity's length


@dataclass(frozen=True, slots=True)
class SyntheticMonth:
    """``objects`` by key below the practice's prefix, as the inbox is laid out; ``expected`` is what was planted."""

    objects: dict[str, bytes]
    expected: dict[str, object]


def synthesize(
    practice: Practice,
    month: ServiceMonth,
    patients: int,
    seed: int,
    dials: Dials = Dials(),  # noqa: B008 - frozen
    records: str = "csv",
    entry_seconds: int = ENTRY_SECONDS,
) -> SyntheticMonth:
    """Plan each patient's outcome, then write the records and call logs that must lead to it.

    Same arguments, same bytes. ``records`` is the form of the practice's records: csv, fhir or mixed (each patient one
    way). ``entry_seconds`` is the usual length of an activity. Raises ValueError, in one line, for a practice that is not
    marked test, a roster too small for the month's time, or an argument out of range.
    """
    if not practice.test:
        raise ValueError(f"practice {practice.slug} is not marked test = true; synthetic records are for test practices only")
    if records not in RECORDS:
        raise ValueError(f"records is {records!r}: choose one of {', '.join(RECORDS)}")
    if patients < 0 or entry_seconds < 60:
        raise ValueError("patients must not be negative and entry_seconds must be 60 or more")
    # the practice's name is part of the seed: two practices never share their patients
    rng = Random(f"{seed}|{practice.slug}|{month}|{records}")
    roster = roster_of(practice, month)
    fhir = [records == "fhir" or (records == "mixed" and n % 2 == 1) for n in range(patients)]
    bound = seconds_available(month, len(roster.practitioners)) // 2
    scripts = write_scripts(practice, roster.practitioners, month, fhir, dials, bound, rng)
    logbook = Logbook(scripts, roster, month, entry_seconds, rng)
    entries = logbook.write()
    strays = list(_strays(scripts, logbook, practice, month, dials, rng))
    log = write_call_log(scripts, entries, strays, practice, roster, month)
    csv_objects, csv_rows = write_csv_records(scripts, month)
    fhir_objects, fhir_rows = write_fhir_records(scripts, practice)
    rows = log.rows | csv_rows | fhir_rows
    objects = dict(sorted((log.objects | csv_objects | fhir_objects).items()))
    return SyntheticMonth(objects, write_expected(practice, month, seed, scripts, entries, log.rejects, rows))


def _strays(
    scripts: Sequence[Script], logbook: Logbook, practice: Practice, month: ServiceMonth, dials: Dials, rng: Random
) -> Iterator[Stray]:
    """Rows that cannot be placed or read."""
    number = len(scripts)
    for n in namesakes_with_row(scripts):
        patient = scripts[n].chart.patient
        who = {"family_name": patient.family_name, "given_name": patient.given_name, "born": patient.born.isoformat()}
        yield Stray(logbook.extra(n), "namesake", "patient.ambiguous", who)
    taken = set().union(*(marks(s.chart.patient) for s in scripts)) if scripts else set()
    strangers = (p for p in draw_patients(practice, month, rng) if not marks(p) & taken)
    callers = quota(dials.unmatched_caller, number, rng)
    for n, caller in zip(rng.sample(range(number), callers), islice(strangers, callers), strict=True):
        who = {"family_name": caller.family_name, "given_name": caller.given_name, "born": caller.born.isoformat()}
        who |= {"mrn": f"X{caller.mrn[1:]}"} if rng.random() < 0.5 else {"phone": caller.phone}
        yield Stray(logbook.extra(n), "stranger", "patient.unmatched", who)
    for n in rng.sample(range(number), quota(dials.garbled_rows, number, rng)):
        yield draw_garble(logbook.extra(n), rng)
