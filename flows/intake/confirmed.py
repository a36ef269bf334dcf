"""Callers that a person has told apart: ``identity.csv`` says "this caller is that MRN", by whom and when, for every month."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import pandas as pd

from flows.ccm.month_result import Reject
from flows.intake.accounts import Accounts
from flows.intake.csv_rows import rows_of
from flows.intake.field_values import Fields
from flows.intake.identity import Identity, mbi_key, name_key, phone_key


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One confirmation: the caller's facts as logged, the MRN, who confirmed it and on which day."""

    caller: Identity
    mrn: str
    by: str
    on: date


class Confirmed:
    """Confirmations by the caller's facts. Of two for one caller the later one holds."""

    def __init__(self, confirmations: Iterable[Confirmation]) -> None:
        ordered = sorted(confirmations, key=lambda c: (c.on, c.mrn, c.by))
        self._by_caller = {_key(c.caller): c.mrn for c in ordered}

    def mrn(self, row: Identity) -> str:
        """The MRN confirmed for exactly this caller, or empty."""
        return self._by_caller.get(_key(row), "")


def _key(caller: Identity) -> tuple[object, ...]:
    return (
        name_key(caller.family_name),
        name_key(caller.given_name),
        caller.born,
        phone_key(caller.phone),
        mbi_key(caller.mbi),
        caller.mrn,
    )


def read_confirmations(
    frames: Iterable[pd.DataFrame], roster: Container[str], zone: ZoneInfo, accounts: Accounts
) -> list[Confirmation]:
    """The rows of ``identity.csv``. One that names no caller, no person or a patient who is not on the roster is rejected."""
    found = []
    for source, row in (told for frame in frames for told in rows_of(frame)):
        fields = Fields(row, zone)
        mrn, by, on = fields.required("mrn"), fields.required("confirmed_by"), fields.day("confirmed_on")
        caller = Identity(
            mrn=fields.text("caller_mrn"),
            mbi=fields.text("mbi"),
            family_name=fields.text("family_name"),
            given_name=fields.text("given_name"),
            born=fields.day("born"),
            phone=fields.text("phone"),
        )
        if on is None and not fields.faulty:
            fields.missing("confirmed_on")
        if caller == Identity() and not fields.faulty:
            fields.missing("family_name")
        if fields.faulty or on is None:
            accounts.reject(fields.reject(source))
        elif mrn not in roster:
            accounts.reject(Reject(source, "patient.unmatched", "mrn", "no patient on the roster has this MRN"))
        else:
            found.append(Confirmation(caller, mrn, by, on))
    return found
