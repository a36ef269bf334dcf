"""Every id that the core itself raises or cites. A rulebook without one of them is refused before any month is decided."""

REASONS = frozenset(
    {
        *("patient.not_enrolled", "patient.died", "time.below_threshold", "visit.missing"),
        *("conditions.too_few", "conditions.unconfirmed", "conditions.uncoded", "conditions.one_category"),
        *("consent.missing", "consent.incomplete", "consent.declined", "consent.after_month", "consent.other_practitioner"),
        *("care_plan.missing", "care_plan.incomplete", "care_plan.outdated", "care_plan.after_month"),
        *("coverage.unverified", "coverage.authorization", "coverage.not_covered", "coverage.order"),
        *("practice.place_of_service", "practice.charge", "claim.invalid", "conflict.other_practice"),
        *(
            "coverage.primary_first",
            "coverage.second_due",
            "claim.visit_same_date",
            "claim.diagnoses_left_off",
            "consent.rendering_differs",
            "units.over_limit",
        ),
        *("time.face_to_face", "time.visit_day", "time.inpatient", "time.not_chronic", "time.unqualified_staff"),
        *("time.overlap", "time.double_booked", "time.outside_month", "time.before_consent", "time.other_service"),
        *("time.duplicate", "time.after_death"),
        *("audit.identical_minutes", "audit.threshold_heaping", "audit.rounded_minutes", "audit.cloned_description"),
        *("audit.impossible_day", "audit.manual_time"),
    }
)
REJECTS = frozenset({"row.unreadable", "row.missing_field", "row.bad_value", "patient.unmatched", "patient.ambiguous"})
UNCITED_ELSEWHERE = frozenset({"enrolment", "alive", "conflicts", "time", "charges"})  # the rest are cited by their own files
