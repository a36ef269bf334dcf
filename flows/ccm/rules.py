"""The rules in force: the rulebook resolved for one service month and one practice. No date comparison is left in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flows.ccm.audit_rules import AuditRules
from flows.ccm.citation import Citation
from flows.ccm.correction_rules import CorrectionRules
from flows.ccm.diagnosis_order import CodeFirst
from flows.ccm.likeness import Likeness
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stop_rules import StopRules


@dataclass(frozen=True, slots=True)
class ReasonText:
    """What a reason id says to a reader. ``kind`` is hold, never, excluded, reject or flag; holds and rejects have a remedy.

    ``by_file`` is what cures a rejected row in the kinds of file that have words of their own for it.
    """

    id: str
    kind: str
    message: str
    remedy: str
    by_file: Mapping[str, str] = field(default_factory=dict)

    def remedy_in(self, file: str) -> str:
        """What cures a row that stands in this kind of file (``file_kind``)."""
        return self.by_file.get(file, self.remedy)


@dataclass(frozen=True, slots=True)
class Family:
    """A code family: a base code at ``minutes``, then ``add_on`` for each further ``add_on_minutes``, at most ``max_units``.

    ``pool`` is practitioner (one practitioner's own minutes) or month (staff minutes with practitioners' lent to them).
    ``decision_making`` lists the levels that open the family; empty opens it for all. ``limit_flag`` says that units
    earned past the limit are flagged.
    """

    id: str
    pool: str
    base: str
    minutes: int
    add_on: str = ""
    add_on_minutes: int = 0
    max_units: int = 0
    decision_making: frozenset[str] = frozenset()
    limit_flag: bool = False
    citation: Citation | None = None


@dataclass(frozen=True, slots=True)
class ConflictRule:
    """Codes of other services that exclude CCM in a month: ``by`` whom, the reason raised, unless a choice allows it."""

    codes: frozenset[str]
    by: frozenset[str]
    reason: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class RateSource:
    """What an expected amount rests on: the fee schedule year, the locality (or national), facility or not."""

    year: int
    locality: str
    setting: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class Attestation:
    """The wording a billing practitioner signs; paragraphs in our own words, with the rule they rest on."""

    title: str
    paragraphs: tuple[str, ...]
    signature_line: str
    citation: Citation


@dataclass(frozen=True, slots=True)
class WorklistRules:
    """From how many minutes short of a unit a patient is listed, and from how many whole months a care plan is due."""

    within_minutes: int
    plan_age_months: int


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything ``decide`` may ask. Amounts are dollars a unit; ``choice_amounts`` are national non-facility, for choosing
    between families; ``expected_amounts`` are what this practice may expect, an estimate."""

    month: ServiceMonth
    version: str  # hash of the rulebook's text
    time_zone: str
    kind: str
    practitioner_credentials: frozenset[str]
    staff_credentials: frozenset[str]
    reduced_credentials: frozenset[str]  # billed under own NPI at reduced_rate
    reduced_rate: Decimal
    billing_credentials: dict[str, str]  # by practitioner id
    visit_edit_codes: frozenset[str]  # codes that a payer's edit denies beside a visit of the same date
    families: tuple[Family, ...]
    choice_amounts: dict[str, Decimal]
    expected_amounts: dict[str, Decimal]
    rate_source: RateSource
    complex_choice: str  # complexity or highest_amount
    staff_time_on_visit_day: str  # exclude or count
    consent_method: str  # any or written
    consent_elements: frozenset[str]
    condition_count: int
    condition_months: int
    visit_codes: frozenset[str]
    visit_within_months: int
    conflicts: tuple[ConflictRule, ...]
    plans_covered: frozenset[str]  # plans that cover CCM without a verification
    place_of_service: str
    places_allowed: frozenset[str]
    claim_form: str  # 837P or 837I
    service_dates: str  # last_day, full_month, first_to_last or threshold_day
    service_dates_confirmed: bool
    charges: dict[str, Decimal] | None  # None: not asked (a rule case); else dollars a unit, codes in force
    reasons: dict[str, ReasonText]
    citations: dict[str, Citation]  # by requirement id
    attestation: Attestation
    code_first: tuple[CodeFirst, ...] = ()  # which diagnoses stand before which on a claim
    likeness: Likeness | None = None  # None: no candidates are sought
    # None: not asked (rules made by hand); the rulebook always gives these.
    audit: AuditRules | None = None
    corrections: CorrectionRules | None = None
    worklist: WorklistRules | None = None
    stops: StopRules | None = None

    def citation(self, requirement: str) -> str:
        """The citation of a requirement, as text for a reader."""
        return str(self.citations[requirement])
