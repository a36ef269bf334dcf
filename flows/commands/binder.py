"""``ccm binder``: what an auditor asks for, out of sealed packets."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from flows import packets
from flows.ccm.service_month import ServiceMonth
from flows.commands.exits import DONE, NOT_HELD, UsageProblem
from flows.commands.out_folder import check, write_files
from flows.commands.sealed_packet import month_of, store_of
from flows.store import Store

_CLAIM_ID = re.compile(r"C[A-Z2-7]{16}\Z")
_COLUMN = "claim_id"


def binder(
    practice: Annotated[str, typer.Argument(metavar="PRACTICE", help="The practice's name, as its folder.")],
    first: Annotated[str, typer.Option("--from", metavar="MONTH", help="The first service month, like 2025-10.")],
    last: Annotated[str, typer.Option("--to", metavar="MONTH", help="The last service month.")],
    out: Annotated[Path, typer.Option("--out", help="The folder written to. It will hold patients' records.")],
    patient: Annotated[str, typer.Option("--patient", help="Every claim of one patient: record number, or key.")] = "",
    claims: Annotated[
        Path | None, typer.Option("--claims", help="A file of claim ids: one a line, or a CSV with a column claim_id.")
    ] = None,
) -> int:
    """Write one PDF a claim, in the order reviewers ask, from sealed packets alone: later rules and templates change nothing."""
    if bool(patient) == (claims is not None):
        raise UsageProblem("give either --patient or --claims")
    asked = _claim_ids(claims) if claims is not None else ()
    start, end = month_of(first), month_of(last)
    if end < start:
        raise UsageProblem(f"--to {end} lies before --from {start}")
    from flows.binder import binders, months_between

    try:
        months = months_between(start, end)
    except ValueError as error:
        raise UsageProblem(str(error)) from None
    store = store_of(practice)
    _refuse_without_packet(store, practice, months)
    check(out)
    found = set()
    for made in binders(store, months, patient, asked):
        write_files(out, {made.name: made.pdf})
        found.add(made.claim_id)
        since = "what was sent stands" if made.stands else "it is billed no more"
        newer = "" if made.packet == made.newest else f"; by the month's newest, {made.newest}, {since}"
        typer.echo(f"{out / made.name}: packet {made.packet}{newer}")
    missing = [claim_id for claim_id in asked if claim_id not in found]
    for claim_id in missing:
        typer.echo(f"{claim_id}: in no sealed packet of {practice} from {start} to {end}")
    if not found and not asked:
        typer.echo(f"no claim of that patient in the sealed packets of {practice} from {start} to {end}")
    return DONE if found and not missing else NOT_HELD


def _refuse_without_packet(store: Store, practice: str, months: Sequence[ServiceMonth]) -> None:
    """Where nothing was sealed in the months, the name or the months are wrong: that is no answer about a patient or a claim."""
    sealed = [month for month in packets.months_begun(store) if packets.latest(store, month)]
    if not set(months) & set(sealed):
        others = f"its packets are of {sealed[0]} to {sealed[-1]}; ask for those" if sealed else "it has none; check its name"
        raise UsageProblem(f"{practice}: no sealed packet from {months[0]} to {months[-1]}; {others}")


def _claim_ids(path: Path) -> tuple[str, ...]:
    """The ids in the file's order, each once. A line that holds none is refused: an auditor's list is answered in full."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error):
        raise UsageProblem(f"{path}: not readable as text; give claim ids, one a line") from None
    column = rows[0].index(_COLUMN) if rows and _COLUMN in rows[0] else None
    ids = []
    for number, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row) or (column is not None and number == 1):
            continue
        cell = row[column or 0].strip() if (column or 0) < len(row) else ""
        if not _CLAIM_ID.match(cell):
            raise UsageProblem(f"{path}, line {number}: no claim id (C and 16 letters or digits 2-7); correct the line")
        ids.append(cell)
    if not ids:
        raise UsageProblem(f"{path}: no claim id in it; give one a line")
    return tuple(dict.fromkeys(ids))
