"""What the practice's records say of a patient. Every field that a record may lack is optional: absent is not false."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flows.ccm.source import Source

CARE_PLAN_ELEMENTS = (
    "conditions",
    "goals",
    "medications",
    "care_team",
    "specialists",
    "monitoring",
    "self_management",
)
CONSENT_ELEMENTS = ("availability", "cost_share", "revocation", "one_practitioner")


@dataclass(frozen=True, slots=True)
class Address:
    """A US postal address. ``postal_code`` is 5 or 9 digits, no dash."""

    line1: str
    city: str
    state: str
    postal_code: str
    line2: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """A person on the practice's roster. ``mrn`` is the practice's own record number; ``key`` names the patient in files.

    ``key`` is derived from practice and MRN, so that no file name carries a name, an MRN or an MBI.
    """

    key: str
    mrn: str
    family_name: str
    given_name: str
    born: date
    sex: str  # F, M or U, as X12 DMG03
    died: date | None = None
    mbi: str = ""
    phone: str = ""
    address: Address | None = None
    language: str = "en"
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A diagnosis on the problem list. ``expected_months`` and ``significant_risk`` are None where nobody documented them."""

    icd10: str  # with or without the dot; empty where the record has none
    since: date | None
    description: str = ""
    expected_months: int | None = None
    significant_risk: bool | None = None
    resolved: date | None = None
    snomed: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """A recorded answer to the offer of CCM. ``explained`` holds the elements told to the patient."""

    on: date
    method: str  # written, verbal, or empty where not recorded
    decision: str  # granted or declined
    explained: frozenset[str]
    practitioner: str  # practitioner id; empty where not recorded
    revoked: date | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class PlanItem:
    """One thing written in a care plan, with a detail beside it (a goal's measure, a dose, a phone number)."""

    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CarePlan:
    """The comprehensive care plan; an element with no item is missing. ``revised`` is the last revision, if any."""

    established: date
    revised: date | None = None
    conditions: tuple[PlanItem, ...] = ()
    goals: tuple[PlanItem, ...] = ()
    medications: tuple[PlanItem, ...] = ()
    care_team: tuple[PlanItem, ...] = ()
    specialists: tuple[PlanItem, ...] = ()
    monitoring: tuple[PlanItem, ...] = ()
    self_management: tuple[PlanItem, ...] = ()
    source: Source | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The elements that nothing is written for, in the order of CARE_PLAN_ELEMENTS."""
        return tuple(name for name in CARE_PLAN_ELEMENTS if not getattr(self, name))

    @property
    def last_revision(self) -> date:
        """The day of the last revision, or of the plan's establishment when it was never revised."""
        return max(self.established, self.revised or self.established)


@dataclass(frozen=True, slots=True)
class InitiatingVisit:
    """A visit on record that may have initiated CCM; ``code`` is its HCPCS code."""

    on: date
    code: str
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Authorization:
    """A payer's authorization; both days are covered."""

    number: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """One plan's cover. ``ccm`` is what was verified for the month; ``authorization_required`` None is not known.

    ``start`` and ``end`` None are open ends. ``rank`` 1 is the primary payer, 2 the secondary, 0 not told. ``relationship`` is
    the patient's to the plan's holder (X12 SBR02: 18 self, 01 spouse, 19 child, G8 other), who is named where not the patient.
    """

    plan: str  # medicare, medicare_advantage or commercial
    ccm: str  # covered, not_covered or unverified
    authorization_required: bool | None = None
    authorization: Authorization | None = None
    start: date | None = None
    end: date | None = None
    payer_name: str = ""
    payer_id: str = ""
    member_id: str = ""
    rank: int = 1
    msp_type: str = ""  # X12 SBR05 where Medicare is secondary
    group_number: str = ""
    relationship: str = "18"
    holder_family_name: str = ""
    holder_given_name: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class OtherService:
    """A service billed for the patient and known to the practice: by the ``same`` practitioner, an ``other``, or ``elsewhere``.

    ``started`` and ``seconds`` are given where the service's own minutes are on record; they cannot count twice.
    """

    code: str
    on: date
    by: str
    started: datetime | None = None
    seconds: int = 0
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class InpatientStay:
    """An inpatient or Part A nursing facility stay; ``end`` None is still going on. Both days are inpatient days."""

    start: date
    end: date | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What the practice charges for a code from ``start`` to ``end`` (None: open), in dollars."""

    code: str
    amount: Decimal
    start: date
    end: date | None = None
