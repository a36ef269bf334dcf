"""How often each thing goes wrong in a synthetic month."""

from __future__ import annotations

from dataclasses import dataclass, fields

# A patient has at most one of these (``two_at_once`` adds a second), so that each expectation stays plain to read.
RECORD_DIALS = (
    "no_consent",
    "consent_incomplete",
    "consent_declined",
    "consent_other_practitioner",
    "care_plan_missing",
    "care_plan_incomplete",
    "care_plan_outdated",
    "one_condition",
    "conditions_unconfirmed",
    "condition_uncoded",
    "visit_missing",
    "coverage_unverified",
    "authorization_missing",
    "not_covered",
    "home_health",
    "hospice",
    "esrd",
    "tcm",
    "apcm",
    "ccm_elsewhere",
    "ccm_other_practitioner",
    "bad_mbi",
)
# These shape the patient's whole month; such a patient has none of the record dials.
COURSE_DIALS = ("consent_late_in_month", "visit_day", "inpatient", "died_mid_month")
# These add or alter time entries and combine freely with the rest.
TIME_DIALS = (
    "face_to_face",
    "acute",
    "unqualified_staff",
    "overlap",
    "double_booked",
    "duplicate_rows",
    "outside_month",
)
# These add call-log rows that belong to nobody or cannot be read.
ROW_DIALS = ("unmatched_caller", "ambiguous_caller", "garbled_rows")


@dataclass(frozen=True, slots=True)
class Dials:
    """The share (0 to 1) of patients for whom each thing is planted; the defaults are a realistic, mostly honest month.

    A share is met as nearly as whole patients allow. Where the shares of one group sum past 1 the earlier dials are
    served first. Raises ValueError naming the dial that is out of range.
    """

    # consent
    no_consent: float = 0.02
    consent_incomplete: float = 0.01  # one of the four elements was never explained
    consent_declined: float = 0.01  # declined, or granted and revoked before the month
    consent_late_in_month: float = 0.03  # new in the month: earlier minutes are excluded
    consent_other_practitioner: float = 0.005
    # care plan
    care_plan_missing: float = 0.02
    care_plan_incomplete: float = 0.015
    care_plan_outdated: float = 0.02  # a condition began or ended after the last revision
    # conditions
    one_condition: float = 0.01
    conditions_unconfirmed: float = 0.015  # duration and risk not documented
    condition_uncoded: float = 0.01  # a rare disease in SNOMED CT only
    # initiating visit and coverage
    visit_missing: float = 0.015
    coverage_unverified: float = 0.015
    authorization_missing: float = 0.01
    not_covered: float = 0.005
    # services that exclude CCM
    home_health: float = 0.005
    hospice: float = 0.005
    esrd: float = 0.005
    tcm: float = 0.01
    apcm: float = 0.005
    ccm_elsewhere: float = 0.005
    ccm_other_practitioner: float = 0.005
    # course of the month
    inpatient: float = 0.03
    visit_day: float = 0.02
    died_mid_month: float = 0.005
    # time
    below_threshold: float = 0.15
    face_to_face: float = 0.04
    acute: float = 0.04
    unqualified_staff: float = 0.01
    overlap: float = 0.02
    double_booked: float = 0.02
    duplicate_rows: float = 0.03
    outside_month: float = 0.02
    # rows
    unmatched_caller: float = 0.02
    ambiguous_caller: float = 0.01
    garbled_rows: float = 0.01
    # claim
    bad_mbi: float = 0.01
    # of the patients with a record dial, those who have a second thing missing as well
    two_at_once: float = 0.10

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0 <= getattr(self, field.name) <= 1:
                raise ValueError(f"dial {field.name} is {getattr(self, field.name)!r}: give a share from 0 to 1")

    @classmethod
    def clean(cls) -> Dials:
        """A month in which nothing goes wrong and every patient reaches a threshold."""
        return cls(**{field.name: 0.0 for field in fields(cls)})
