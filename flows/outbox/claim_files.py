"""The claim files of a packet: claims grouped by form and payer, cut into batches, each under its own control number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby

from flows.ccm.claim import Claim
from flows.ccm.service_month import ServiceMonth
from flows.outbox import claim_837i, claim_837p
from flows.outbox.claim_checks import duplicates, faults
from flows.outbox.claim_loops import MEDICARE, payer
from flows.outbox.x12_segments import Envelope, interchange

# The guides recommend, and contractors enforce, at most this many CLM segments in a transaction set.
BATCH = 5_000
# A control number's last six digits hold month, packet and file, in steps that reach service month 2044-10.
_FIRST_MONTH = ServiceMonth(2024, 1)
_PACKETS, _FILES = 100, 40
_WRITERS = {"837P": claim_837p, "837I": claim_837i}


@dataclass(frozen=True, slots=True)
class ClaimFile:
    """One file to submit. ``name`` is its path in the packet, free of PHI; ``total`` the dollars charged in it."""

    name: str
    form: str
    text: str
    claim_ids: tuple[str, ...]
    total: Decimal


def write_claim_files(claims: Sequence[Claim], packet: int, prepared_on: date) -> tuple[ClaimFile, ...]:
    """The files for one practice's claims of one service month: every claim in exactly one file, none dropped.

    The files depend neither on the claims' order nor on a clock. ``packet`` is the packet's number in the month (1-99).
    Raises ValueError, without PHI, for claims that ``faults`` or ``duplicates`` refuse, for claims of several practices
    or months, and when a control number would not fit: each means that the caller skipped a step.
    """
    if not claims:
        return ()
    practice, month = claims[0].practice, claims[0].month
    if any(c.practice != practice or c.month != month for c in claims):
        raise ValueError("claim files are written for one practice and one service month at a time")
    refused = [f for c in claims for f in faults(c, prepared_on)] + list(duplicates(claims))
    if refused:
        named = ", ".join(sorted({f"{f.claim_id}: {f.field}" for f in refused})[:5])
        raise ValueError(f"claims that the checks refuse were sent to be written ({named}); hold them first")

    files: list[ClaimFile] = []
    ordered = sorted(claims, key=lambda c: (*_addressee(c), c.claim_id))
    for (form, label), group in groupby(ordered, key=_addressee):
        same_payer = list(group)
        for number, start in enumerate(range(0, len(same_payer), BATCH), start=1):
            batch = same_payer[start : start + BATCH]
            control = control_number(practice.control_series, month, packet, len(files))
            name = f"claims/{form}-{label}-{number}.837"
            files.append(_file(name, form, batch, control, prepared_on))
    return tuple(files)


def control_number(series: int, month: ServiceMonth, packet: int, index: int) -> str:
    """ISA13 of the ``index``-th file (from 0) of a packet: the practice's series, then month, packet and file in six digits.

    Distinct for every practice, service month, packet and file, so that no number is ever used twice. Raises ValueError
    outside 1-999 series, months 2024-01 to 2044-10, packets 1-99 and 40 files.
    """
    months = (month.year - _FIRST_MONTH.year) * 12 + month.month - _FIRST_MONTH.month
    tail = (months * _PACKETS + packet) * _FILES + index
    if not (1 <= series <= 999 and months >= 0 and 1 <= packet < _PACKETS and 0 <= index < _FILES and tail < 1_000_000):
        raise ValueError(
            f"no X12 control number left for series {series}, month {month}, packet {packet}, file {index + 1}: "
            f"give the practice a further control_series (1-999), or submit the month in fewer packets and files"
        )
    return f"{series:03d}{tail:06d}"


def _addressee(claim: Claim) -> tuple[str, str]:
    return claim.form, MEDICARE if claim.coverage.plan == MEDICARE else payer(claim, claim.coverage).id


def _file(name: str, form: str, batch: list[Claim], control: str, prepared_on: date) -> ClaimFile:
    practice, writer = batch[0].practice, _WRITERS[form]
    # A file is not prepared before the last answer that it tells of.
    prepared_on = max([prepared_on, *(c.prior.on for c in batch if c.prior)])
    payers = [payer(c, c.coverage) for c in batch]
    envelope = Envelope(practice.submitter_id, payers[0].id, writer.VERSION, prepared_on, control, practice.test)
    # Records may spell one payer's name in several ways; its id is what routes the file.
    text = interchange(envelope, writer.body(batch, envelope, min(p.name for p in payers)))
    return ClaimFile(name, form, text, tuple(c.claim_id for c in batch), sum((c.total for c in batch), Decimal(0)))
