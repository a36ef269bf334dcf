"""An export tried on its own: which layout it has and why, how its rows would be read, and what each of them lacks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flows.intake.accounts import Accounts
from flows.intake.call_entries import faults_of
from flows.intake.call_objects import read_call_object
from flows.intake.csv_rows import rows_of
from flows.intake.layout import Layout
from flows.intake.objects import InboxObject


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One row as it would be read: its line, its values by canonical column, and what is wrong or left aside, in words."""

    line: int
    values: dict[str, str]
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of trying an object. ``layout`` is empty where none fits, with ``why`` naming what is missing.

    ``faulty`` rows would be rejected as they stand. ``missing`` tallies, over all rows, the fields that a time entry needs and
    a row does not have, with where they are read. ``aside`` tallies rows that are nobody's time.
    """

    layout: str
    why: str
    rows_found: int
    rows: tuple[TrialRow, ...]
    faulty: int
    missing: dict[str, int]
    aside: dict[str, int]
    notes: tuple[str, ...]


def try_export(name: str, data: bytes, zone: ZoneInfo, limit: int, layouts: Sequence[Layout]) -> Trial:
    """Read a file as the inbox would and show the first ``limit`` rows. Nothing is matched to a patient.

    The rows hold what the file holds, patients' facts too: they are for the screen.
    """
    accounts = Accounts()
    found = read_call_object(name, accounts.look_through(InboxObject(name, "", data)), layouts, zone, accounts)
    rows = [(laid.source, laid.values, laid) for laid in found.laid] + [
        (source, row, None) for frame in found.frames for source, row in rows_of(frame)
    ]
    layout = found.recognised.layout
    missing: Counter[str] = Counter()
    aside: Counter[str] = Counter()
    told: list[TrialRow] = []
    faulty = 0
    for source, values, laid in rows:
        left = laid.aside if laid else ""
        faults = () if left else faults_of(values, zone, laid)
        remarks = tuple(f"{field} {detail}" for _, field, detail in faults) or ((f"left aside: {left}",) if left else ())
        faulty += bool(faults)
        aside[left] += bool(left)
        missing.update(_read_from(field, layout) for reason, field, _ in faults if reason == "row.missing_field")
        if len(told) < limit:
            told.append(TrialRow(source.line, {n: text for n, text in values.items() if text}, remarks))
    (account,) = accounts.inputs
    return Trial(
        layout=found.recognised.name,
        why=found.recognised.why,
        rows_found=account.rows,
        rows=tuple(told),
        faulty=faulty,
        missing=dict(sorted(missing.items())),
        aside={name: count for name, count in sorted(aside.items()) if count},
        notes=(*account.ignored, *(f"line {r.source.line}: {r.detail}" for r in accounts.rejects[:limit])),
    )


def _read_from(field: str, layout: Layout | None) -> str:
    return f"{field} (read from {layout.origin(field)})" if layout is not None else field
