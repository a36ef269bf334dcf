"""What a payer's own edits know of the care-management codes: a second look, independent of the rulebook that chose them.

A code that the rulebook gains is added here too, else its claims are held; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class BillableCode:
    """A code a claim may carry: the ``base`` it adds on to (itself for a base code), units a month, dates it is payable.

    ``forms`` are the claim forms it is billed on.
    """

    base: str
    units: int
    first_day: date
    last_day: date = date.max
    forms: frozenset[str] = frozenset({"837P", "837I"})


# Units: CMS, NCCI Medically Unlikely Edits, practitioner services, 2024-07-01 (same in 2026-04-01). Two base codes exclude
# each other: NCCI procedure-to-procedure edits, practitioner services, modifier indicator 0. G0511: CMS, RHC/FQHC care
# management, one unit by this product's reading, payable to 2025-09-30.
CODES = {
    "99490": BillableCode("99490", 1, date(2015, 1, 1)),
    "99439": BillableCode("99490", 2, date(2021, 1, 1)),
    "99491": BillableCode("99491", 1, date(2019, 1, 1)),
    "99437": BillableCode("99491", 2, date(2022, 1, 1)),
    "99487": BillableCode("99487", 1, date(2017, 1, 1)),
    "99489": BillableCode("99487", 10, date(2017, 1, 1)),
    "G0511": BillableCode("G0511", 1, date(2018, 1, 1), date(2025, 9, 30), frozenset({"837I"})),
}
