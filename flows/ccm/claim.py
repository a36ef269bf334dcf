"""A claim in the field's terms, before any file format: who bills whom, for what, for which patient."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flows.ccm.patient import Coverage, Patient
from flows.ccm.practice import Practice, Practitioner
from flows.ccm.remittance import Adjustment
from flows.ccm.service_month import ServiceMonth


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One billed code. ``charge`` is dollars for all units; ``control`` is the line's REF 6R, unique in the claim.

    ``pointers`` are 1-based positions in the claim's diagnoses.
    """

    code: str
    units: int
    charge: Decimal
    service_from: date
    service_to: date
    pointers: tuple[int, ...]
    control: str


@dataclass(frozen=True, slots=True)
class PriorPayment:
    """What the prior payer did with one service line, named by its ``control``; paid + adjustments = the line's charge."""

    control: str
    paid: Decimal
    adjustments: tuple[Adjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class PriorAdjudication:
    """The remittance of the payer before ours, without which no secondary claim can be written.

    ``relationship`` is the patient's to the holder of that plan (X12 SBR02: 18 self, 01 spouse, 19 child, G8 other);
    the holder is named where it is not the patient.
    """

    on: date
    relationship: str
    payments: tuple[PriorPayment, ...]
    holder_family_name: str = ""
    holder_given_name: str = ""

    @property
    def paid(self) -> Decimal:
        """Dollars paid on all lines."""
        return sum((payment.paid for payment in self.payments), Decimal(0))


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of one patient-month. ``claim_id`` (CLM01) is stable between runs and unique for ever.

    ``coverage`` is the payer billed; ``other_coverage`` the one that pays before it, if any; ``second_coverage`` one that is on
    record as paying after it, which a claim to the first payer tells of, without amounts. ``frequency`` 1 is an original;
    7 and 8 replace or void ``original_reference``, the payer's own claim number; on an 837I they also carry
    ``condition_code``, the reason of the change (D0-D9, E0). ``prior`` is the remittance of ``other_coverage``.
    ``supervising`` is who supervises the rendering practitioner, where that is another person. ``by_hand``: no file can carry it;
    it was entered at the payer, which has answered.
    """

    claim_id: str
    form: str  # 837P or 837I
    month: ServiceMonth
    patient: Patient
    coverage: Coverage
    practice: Practice
    rendering: Practitioner
    diagnoses: tuple[str, ...]  # ICD-10-CM without the dot, most significant managed condition first
    place_of_service: str
    lines: tuple[ServiceLine, ...]
    authorization: str = ""
    frequency: str = "1"
    original_reference: str = ""
    condition_code: str = ""
    other_coverage: Coverage | None = None
    prior: PriorAdjudication | None = None
    supervising: Practitioner | None = None
    second_coverage: Coverage | None = None
    by_hand: bool = False

    @property
    def total(self) -> Decimal:
        """The claim's charge in dollars: the sum of its lines."""
        return sum((line.charge for line in self.lines), Decimal(0))


@dataclass(frozen=True, slots=True)
class ClaimFault:
    """A claim element that a payer would refuse, or that no file can carry (``by_hand``).

    ``field`` names it as a practice would look it up; the detail may hold PHI.
    """

    claim_id: str
    field: str
    detail: str
    remedy: str
    by_hand: bool = False

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}"
