"""Callers to be told apart: one row each, with whom they may be. Filled in, the file is the inbox's ``identity.csv``."""

from __future__ import annotations

from collections import defaultdict

from flows.ccm.month_result import Caller, MonthResult, Reject
from flows.outbox.spreadsheet import csv_bytes

_SHOWN = 3
_FILLED_IN = ("mrn", "confirmed_by", "confirmed_on")
_CALLER = ("caller_mrn", "mbi", "family_name", "given_name", "born", "phone")
_ABOUT = ("rows_waiting", *(f"may_be_mrn_{n}" for n in range(1, _SHOWN + 1)), "why", "first_row")


def identity_queue(result: MonthResult) -> bytes:
    """The queue: most rows waiting first. The first three columns are empty: a person who has made sure fills them in."""
    waiting: dict[Caller, list[Reject]] = defaultdict(list)
    for reject in result.rejects:
        if reject.caller is not None:
            waiting[reject.caller].append(reject)
    rows = []
    for caller, rejects in sorted(waiting.items(), key=lambda item: (-len(item[1]), item[1][0].source)):
        first = min(rejects, key=lambda r: r.source)
        may_be = (*first.candidates[:_SHOWN], *[""] * _SHOWN)[:_SHOWN]
        told = (caller.mrn, caller.mbi, caller.family_name, caller.given_name, caller.born, caller.phone)
        rows.append(("", "", "", *told, len(rejects), *may_be, first.detail, str(first.source)))
    return csv_bytes((*_FILLED_IN, *_CALLER, *_ABOUT), rows)
