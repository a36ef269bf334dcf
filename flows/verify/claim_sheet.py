"""The claim sheet against the 837 files: the same claims, lines and sums, for whoever types instead of sending."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from flows.outbox.x12_segments import plain
from flows.verify.claim_text import ReadClaim, amount

SHEET = "claims/claim-sheet.csv"
_COMPARED = frozenset(
    {
        "claim_id",
        "form",
        "line",
        "code",
        "units",
        "charge",
        "service_from",
        "service_to",
        "control",
        "rendering_npi",
        "billing_npi",
        "billing_tax_id",
        "payer_id",
        "claim_total",
    }
)


def sheet_faults(sheet: bytes, sent: Mapping[str, ReadClaim]) -> Iterator[str]:
    """Where the sheet is not what the claim files send, by claim id, without PHI. ``sent`` are the claims read from the files."""
    rows: dict[str, list[dict[str, str]]] = {}
    try:
        table = csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"), newline=""), restval="")
        readable = set(table.fieldnames or ()) >= _COMPARED
        for row in table if readable else ():
            rows.setdefault(row["claim_id"], []).append(row)
    except (UnicodeDecodeError, csv.Error):
        readable = False
    if not readable:
        yield f"{SHEET}: not readable as the claim sheet"
        return
    yield from (f"{SHEET}: claim {own_id} is sent and not on the sheet" for own_id in sorted(sent.keys() - rows.keys()))
    if rows.keys() - sent.keys():
        yield f"{SHEET}: {len(rows.keys() - sent.keys())} claim(s) that no 837 file sends"
    for own_id in sorted(rows.keys() & sent.keys()):
        if _shown(rows[own_id]) != _read(sent[own_id]):
            yield f"{SHEET}: claim {own_id}: lines, dates, parties or total not as in the 837 file"


def _shown(rows: list[dict[str, str]]) -> list[tuple[object, ...]]:
    return [
        (r["form"], r["line"], r["code"], r["units"], amount(r["charge"]), r["service_from"].replace("-", ""),
         r["service_to"].replace("-", ""), r["control"], r["rendering_npi"], r["billing_npi"], r["billing_tax_id"],
         plain(r["payer_id"]), amount(r["claim_total"]))
        for r in rows
    ]  # fmt: skip


def _read(claim: ReadClaim) -> list[tuple[object, ...]]:
    return [
        (claim.form, str(n), x.code, x.units, x.charge, x.service_from, x.service_to, x.control, claim.npi, claim.billing_npi,
         claim.tax_id, claim.payer, claim.total)
        for n, x in enumerate(claim.lines, 1)
    ]  # fmt: skip
