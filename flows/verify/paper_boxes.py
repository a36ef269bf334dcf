"""The box values for paper against the 837 files: the same claims, codes, units, charges and numbers at the plan."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from flows.outbox.x12_segments import plain
from flows.verify.claim_text import ReadClaim, amount

# By the file's form: the boxes of a line's code, units and charge, and the box of the patient's number at the plan billed, by
# whether that pays second: the UB-04 has a line for each plan, in the order in which they pay.
_BOXES = {
    "claims/cms-1500.csv": ("837P", r"24\.\d+D", r"24\.\d+G", r"24\.\d+F", ("1a", "1a")),
    "claims/ub-04.csv": ("837I", r"44\.\d+", r"46\.\d+", r"47\.(?!23\b)\d+", ("60A", "60B")),
}


def paper_faults(files: Mapping[str, bytes], sent: Mapping[str, ReadClaim]) -> Iterator[str]:
    """Where a paper file is not what the claim files send, by claim id, without PHI. ``sent`` are the claims read from them."""
    for name, (form, code, units, charge, numbers) in _BOXES.items():
        wanted = {own_id: claim for own_id, claim in sent.items() if claim.form == form}
        if name not in files:
            if wanted:
                yield f"{name}: missing, and claims of its form are sent"
            continue
        told = _read(files[name])
        if told is None:
            yield f"{name}: not readable as box values"
            continue
        yield from (f"{name}: claim {own_id} is sent and has no boxes" for own_id in sorted(wanted.keys() - told.keys()))
        if told.keys() - wanted.keys():
            yield f"{name}: {len(told.keys() - wanted.keys())} claim(s) that no 837 file sends"
        for own_id in sorted(wanted.keys() & told.keys()):
            number = numbers[wanted[own_id].second]
            if _shown(told[own_id], code, units, charge, number) != _sent(wanted[own_id]):
                yield f"{name}: claim {own_id}: codes, units, charges or the number at the plan not as in the 837 file"


def _read(data: bytes) -> dict[str, list[tuple[str, str]]] | None:
    """Each claim's boxes and values in the file's order, or None."""
    told: dict[str, list[tuple[str, str]]] = {}
    try:
        for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")):
            told.setdefault(row["claim_id"], []).append((row["box"], row["value"]))
    except (UnicodeDecodeError, csv.Error, KeyError):
        return None
    return told


def _shown(boxes: list[tuple[str, str]], code: str, units: str, charge: str, number: str) -> tuple[object, ...]:
    def values(pattern: str) -> list[str]:
        return [value or "" for box, value in boxes if re.fullmatch(pattern, box or "")]

    return values(code), values(units), [amount(each) for each in values(charge)], {plain(each) for each in values(number)}


def _sent(claim: ReadClaim) -> tuple[object, ...]:
    lines = claim.lines
    return [x.code for x in lines], [x.units for x in lines], [x.charge for x in lines], {claim.member_id}
