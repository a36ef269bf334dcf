"""Invented practices to synthesize months for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from flows.ccm.patient import Address, Charge
from flows.ccm.practice import Practice, Practitioner, StaffMember
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.dials import Dials

NOVEMBER = ServiceMonth(2025, 11)
START = date(2022, 1, 1)
CODES = ("99490", "99439", "99491", "99437", "99487", "99489", "G0511")


def practice(**changes) -> Practice:
    """An office practice in California with two practitioners and six staff, unless changed."""
    facts = {
        "slug": "hillcrest",
        "name": "Hillcrest Internal Medicine",
        "kind": "office",
        "mac": "JE",
        "contractor": "01112",
        "locality": "05",
        "time_zone": "America/Los_Angeles",
        "npi": "1234567893",
        "tax_id": "123456789",
        "taxonomy": "207R00000X",
        "address": Address("100 Main Street", "Oakland", "CA", "946121234"),
        "phone": "5105550100",
        "contact": "Billing Office",
        "place_of_service": "11",
        "type_of_bill": "",
        "submitter_id": "SUB1",
        "control_series": 1,
        "test": True,
        "choices": {},
        "practitioners": (
            Practitioner("dr-lund", "Lund", "Astrid", "MD", "1245319599", "207R00000X", START),
            Practitioner("np-osei", "Osei", "Kwame", "NP", "1679576722", "363LF0000X", START),
        ),
        "staff": tuple(
            StaffMember(f"s{n}", f"Caller {n}", credential, employer, START, logins=(f"caller.{n}",))
            for n, (credential, employer) in enumerate(
                (
                    ("RN", "vendor"),
                    ("LPN", "vendor"),
                    ("CMA", "vendor"),
                    ("RN", "vendor"),
                    ("RN", "practice"),
                    ("PharmD", "practice"),
                )
            )
        ),
        "charges": tuple(Charge(code, Decimal("150.00"), START) for code in CODES),
    }
    return Practice(**(facts | changes))


def only(**shares: float) -> Dials:
    """The dials named, and nothing else."""
    return Dials(**(dict.fromkeys(Dials.__dataclass_fields__, 0.0) | shares))
