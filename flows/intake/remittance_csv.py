"""A row of the remittances table: what a payer answered to one code of a patient's month."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from flows.ccm.remittance import Adjustment, Remittance
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.intake.field_values import Fields

_DOLLARS = re.compile(r"\d{1,7}(\.\d{1,2})?", re.ASCII)
_ADJUSTMENT = re.compile(r"(CO|OA|PI|PR|CR)-([A-Z]?\d{1,3}|[A-Z]\d{1,2}) (-?\d{1,7}(?:\.\d{1,2})?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class RemittanceRow:
    """An answer and the service month that it is about."""

    month: ServiceMonth
    remittance: Remittance


def remittance_of(fields: Fields, source: Source) -> RemittanceRow | None:
    """The answer as the row has it; amounts are dollars. None where a field is at fault."""
    month = fields.month("month")
    payer, code = fields.required("payer_id"), fields.required("code").upper()
    on = fields.day("on", required=True)
    paid = fields.required("paid")
    if paid and not _DOLLARS.fullmatch(paid):
        fields.bad("paid", "is not an amount in dollars like 40.00")
    adjustments = tuple(_adjustments(fields))
    if fields.faulty or month is None or on is None:
        return None
    return RemittanceRow(month, Remittance(payer, code, on, Decimal(paid), adjustments, source))


def _adjustments(fields: Fields) -> list[Adjustment]:
    found = []
    for text in filter(None, (part.strip() for part in fields.text("adjustments").split(";"))):
        match = _ADJUSTMENT.fullmatch(text)
        if match is None:
            fields.bad("adjustments", f"{text[:30]!r} is not like CO-45 25.00")
        else:
            found.append(Adjustment(match[1], match[2], Decimal(match[3])))
    return found
