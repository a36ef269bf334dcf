"""What a patient-month comes to: the decision, and every ground it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source

BILL, HOLD, NOT_BILLABLE = "bill", "hold", "not_billable"
COUNTED = "counted"


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason id of the rulebook with what it rests on in this chart. The detail may hold PHI: it stays in the packet."""

    id: str
    detail: str = ""
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class TimePiece:
    """A stretch of one time entry with one fate: ``counted``, or the reason id it was excluded for."""

    entry_id: str
    started: datetime
    seconds: int
    person: str
    credential: str
    performer: str  # staff or practitioner, empty where the person is neither
    activity: str
    fate: str
    description: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """One item of the rule's checklist as it came out: met or not, on what ground, under which citation."""

    id: str
    met: bool
    ground: str
    citation: str


@dataclass(frozen=True, slots=True)
class FamilyConsidered:
    """A code family that was looked at: its minutes, its lines (empty where not reached), the amount, chosen or why not."""

    family: str
    minutes: int
    lines: tuple[str, ...]
    amount: Decimal
    chosen: bool
    why: str


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """A code and its units; ``charge`` in dollars for all units (None: no charge on file).

    ``expected`` estimates what is still to be paid by the plan billed; ``paid_first`` is what a plan that was billed before it
    has taken off the estimate. Both together are the fee schedule's amount.
    """

    code: str
    units: int
    charge: Decimal | None
    expected: Decimal
    paid_first: Decimal = Decimal(0)

    def __str__(self) -> str:
        return f"{self.code} x{self.units}"


@dataclass(frozen=True, slots=True)
class Decision:
    """The month's outcome for one patient. ``lines`` are billed; ``at_stake`` is what a held month would bill once cured.

    ``seconds`` are counted seconds by performer; ``excluded`` seconds by reason id. ``rendering`` is the practitioner
    whose NPI goes on the claim. ``flags`` never change the outcome and never vanish.
    """

    practice: str
    month: ServiceMonth
    patient_key: str
    outcome: str
    lines: tuple[DecisionLine, ...]
    at_stake: tuple[DecisionLine, ...]
    reasons: tuple[Reason, ...]
    flags: tuple[Reason, ...]
    seconds: dict[str, int]
    excluded: dict[str, int]
    pieces: tuple[TimePiece, ...]
    family: str
    considered: tuple[FamilyConsidered, ...]
    requirements: tuple[Requirement, ...]
    service_from: date | None
    service_to: date | None
    place_of_service: str
    claim_form: str  # 837P, 837I or none
    rendering: str
    diagnoses: tuple[str, ...]  # ICD-10-CM, no dot, CCM conditions first
    rules_version: str
