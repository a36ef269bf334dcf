"""Callers that a person has told apart: ``identity.csv`` says "this caller is that MRN", by whom and when, for every month."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from flows.ccm.month_result import Reject
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.csv_rows import rows_of
from flows.intake.field_values import Fields
from flows.intake.identity import Identity, mbi_key, name_key, phone_key
from flows.intake.roster import RosterPatient


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One confirmation: the caller's facts as logged, the MRN, who confirmed it and on which day, and where that stands."""

    caller: Identity
    mrn: str
    by: str
    on: date
    source: Source


class Confirmed:
    """Confirmations by the caller's facts. Of two for one caller the later one holds."""

    def __init__(self, confirmations: Iterable[Confirmation]) -> None:
        ordered = sorted(confirmations, key=lambda c: (c.on, c.mrn, c.by))
        self._by_caller = {_key(c.caller): c.mrn for c in ordered}

    def mrn(self, row: Identity) -> str:
        """The MRN confirmed for exactly this caller, or empty."""
        return self._by_caller.get(_key(row), "")


def _key(caller: Identity) -> tuple[object, ...]:
    """The caller's facts. One that is not of its form stands as written: "anonymous" is no other withheld number."""
    return (
        name_key(caller.family_name) or caller.family_name,
        name_key(caller.given_name) or caller.given_name,
        caller.born,
        phone_key(caller.phone) or caller.phone,
        mbi_key(caller.mbi) or caller.mbi,
        caller.mrn,
    )


def read_confirmations(
    frames: Iterable[pd.DataFrame], roster: Mapping[str, RosterPatient], zone: ZoneInfo, accounts: Accounts
) -> list[Confirmation]:
    """The rows of ``identity.csv``. One that tells no caller from others, names no person or a patient who is not on the roster
    is rejected; so are all of a caller who is two patients on the last day that he was told apart."""
    shared = Counter(phone_key(listed.patient.phone) for listed in roster.values())
    by_caller: dict[tuple[object, ...], list[Confirmation]] = defaultdict(list)
    for source, row in (told for frame in frames for told in rows_of(frame)):
        fields = Fields(row, zone)
        mrn, by, on = fields.required("mrn"), fields.required("confirmed_by"), fields.day("confirmed_on", required=True)
        caller = Identity(
            mrn=fields.text("caller_mrn"),
            mbi=fields.text("mbi"),
            family_name=fields.text("family_name"),
            given_name=fields.text("given_name"),
            born=fields.day("born"),
            phone=fields.text("phone"),
        )
        if caller == Identity() and not fields.faulty:
            fields.missing("family_name")
        if not fields.faulty and (vague := _vague(caller, shared)):
            fields.bad(*vague)
        if fields.faulty or on is None:
            accounts.reject(fields.reject(source))
        elif mrn not in roster:
            accounts.reject(Reject(source, "patient.unmatched", "mrn", "no patient on the roster has this MRN"))
        else:
            by_caller[_key(caller)].append(Confirmation(caller, mrn, by, on, source))
    return [held for told in by_caller.values() for held in _agreeing(told, accounts)]


def _vague(caller: Identity, shared: Mapping[str, int]) -> tuple[str, str] | None:
    """Why the facts could be more callers than one: the field and what is wrong; None where they tell one."""
    names = [name for name in (caller.family_name, caller.given_name) if name_key(name)]
    if caller.mrn or mbi_key(caller.mbi) or len(names) == 2 or (names and (caller.born or phone_key(caller.phone))):
        return None
    if phone := phone_key(caller.phone):
        alone = not (names or caller.born) and shared[phone] > 1
        return ("phone", "is that of more than one patient; a telephone that is shared tells nobody apart") if alone else None
    return "family_name", "alone with what else is given tells no caller from others; give both names, an MRN, MBI or telephone"


def _agreeing(told: list[Confirmation], accounts: Accounts) -> list[Confirmation]:
    last = max(c.on for c in told)
    patients = {c.mrn for c in told if c.on == last}
    if len(patients) == 1:
        return told
    detail = "this caller is told to be two patients on one day; keep the row that is right, or date it later"
    for c in told:
        accounts.reject(Reject(c.source, "row.bad_value", "mrn", detail, tuple(sorted(patients))))
    return []
