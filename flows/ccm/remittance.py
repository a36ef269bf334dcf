"""What a payer answered to a claim: paid and adjusted amounts, line by line, as its remittance has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flows.ccm.source import Source


@dataclass(frozen=True, slots=True)
class Adjustment:
    """Why a payer paid less than a charge: X12 CAS group (CO, OA, PI, PR), reason code, dollars."""

    group: str
    reason: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Remittance:
    """A payer's answer, on a day, to one code of a patient-month, in dollars; paid and adjustments make up the charge.

    ``payer_id`` is the coverage's, in any letters; of Medicare, whose contractors are several, ``medicare``.
    """

    payer_id: str
    code: str
    on: date
    paid: Decimal
    adjustments: tuple[Adjustment, ...] = ()
    source: Source | None = None
