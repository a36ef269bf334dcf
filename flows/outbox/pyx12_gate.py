"""The independent gate: pyx12 reads every claim file as a payer's front end would, before the packet is sealed.

Its answer is turned into lines that name segment, element and error code but no value: its own messages and log lines quote
the file's contents. What it does not look at (check digits, balances, dates against each other) is ``claim_checks``'s work.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Sequence
from datetime import date
from typing import Any

import pyx12.params
import pyx12.x12n_document

from flows.ccm.claim import Claim, ClaimFault
from flows.outbox.claim_files import write_claim_files

# The segments we write: another id may be a scrap of a value that held a delimiter, and is not repeated.
_SEGMENTS = frozenset(
    "ISA GS ST BHT NM1 N3 N4 PER HL PRV REF SBR PAT DMG CLM DTP CL1 HI OI AMT CAS LX SV1 SV2 SVD SE GE IEA".split()  # noqa: SIM905
)
_ELEMENT = {
    "1": "is missing",
    "2": "is missing beside another element",
    "3": "is one element too many",
    "4": "is too short",
    "5": "is too long",
    "6": "holds a character that is not allowed",
    "7": "holds a code that is not in the list",
    "8": "is not a date",
    "9": "is not a time",
    "10": "is not allowed beside another element",
}
_SEGMENT = {"1": "unknown segment", "2": "segment not expected here", "3": "required segment missing", "5": "too many"}

_passed: set[bytes] = set()  # SHA-256 of each text of this process that passed


def validate(text: str) -> tuple[str, ...]:
    """What pyx12 finds wrong with an X12 file's text; empty means valid. No line holds a value from the file.

    pyx12's verdict decides, not its list: errors in ISA and GS leave the list empty. It raises on input it cannot follow
    (a byte order mark, an unknown guide); any exception is a failure line, never passed on. A text that passed is not read
    again: a month's first packet holds the very files that its claims were proved with.
    """
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    if digest in _passed:
        return ()
    told = _told(text)
    if not told:
        _passed.add(digest)
    return told


def _told(text: str) -> tuple[str, ...]:
    logging.getLogger("pyx12").setLevel(logging.CRITICAL + 1)  # its log lines quote element values
    acknowledgement, report = io.StringIO(), io.StringIO()
    try:
        valid = pyx12.x12n_document.x12n_document(pyx12.params.params(), io.StringIO(text), acknowledgement, None, fd_json=report)
        lines = _lines(json.loads(report.getvalue() or '{"interchanges": []}'))
    except Exception as error:  # pyx12's failures have no common class; its messages may hold values
        return (f"pyx12 could not read the file ({type(error).__name__})",)
    if lines or not valid:
        return lines or ("pyx12 refuses the interchange or group header",)
    return ()


def _lines(report: dict[str, Any]) -> tuple[str, ...]:
    lines: list[str] = []
    for interchange in report["interchanges"]:
        lines += [f"interchange: error {e['err_cde']}" for e in interchange["errors"]]
        for group in interchange["groups"]:
            lines += [f"group: error {e['err_cde']}" for e in group["errors"]]
            for transaction in group["transactions"]:
                lines += [f"transaction: error {e['err_cde']}" for e in transaction["errors"]]
                for segment in transaction["segments"]:
                    lines += _segment_lines(segment)
    return tuple(lines)


def _segment_lines(segment: dict[str, Any]) -> list[str]:
    name = segment["seg_id"] if segment["seg_id"] in _SEGMENTS else "?"
    place = f"segment {segment['cur_line']} {name}"
    lines = [f"{place}: {_SEGMENT.get(e['err_cde'], 'error')} ({e['err_cde']})" for e in segment["errors"]]
    for element in segment["elements"]:
        part = f"-{element['subele_pos']}" if element["subele_pos"] else ""
        at = f"{place}{element['ele_pos']:0>2}{part}"
        lines += [f"{at} {_ELEMENT.get(e['err_cde'], 'is in error')} ({e['err_cde']})" for e in element["errors"]]
    return lines


def refused(claims: Sequence[Claim], on: date) -> dict[str, ClaimFault]:
    """What the validator refuses of claims prepared on a day, by claim id. A file that fails is taken apart, claim by claim."""
    failing = {i for f in write_claim_files(claims, 1, on) if validate(f.text) for i in f.claim_ids}
    found = {}
    for claim in claims:
        if claim.claim_id in failing:
            lines = [line for f in write_claim_files([claim], 1, on) for line in validate(f.text)]
            if lines:
                remedy = "Tell the vendor's ops staff: the claim passed our checks but not the independent validator."
                found[claim.claim_id] = ClaimFault(claim.claim_id, "837 file", "; ".join(lines), remedy)
    return found
