"""The tables of the inbox as declared: their columns, which of them are required, their key and their grain.

INBOX.md is this page for a reader; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV table. ``one_of`` are groups of columns of which a file needs at least one; ``key`` names a row within its grain.

    Every column is read as text; values are parsed by explicit rules afterwards.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    others_are_usual: bool = False  # a report has columns that nobody reads: they are not named one by one

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read, required ones first."""
        return self.required + self.optional


CALLS = Table(
    "calls",
    "one logged activity",
    ("entry_id",),
    ("entry_id", "started", "staff_id", "activity", "about", "mode"),
    ("seconds", "minutes", "mrn", "mbi", "family_name", "given_name", "born", "phone", "description", "call_id", "call_seconds"),
    (("seconds", "minutes"), ("mrn", "mbi", "family_name")),
)

_PATIENT_EXTRA = ("died", "mbi", "phone", "address_line1", "address_line2", "city", "state", "postal_code", "language")
_COVERAGE_EXTRA = ("payer_name", "payer_id", "member_id", "start", "end", "rank", "msp_type", "ccm", "verified_for")
_HOLDER = ("group_number", "relationship", "holder_family_name", "holder_given_name")
_AUTHORIZATION = ("authorization_required", "authorization_number", "authorization_start", "authorization_end")

RECORDS = {
    table.name: table
    for table in (
        Table(
            "patients",
            "one patient",
            ("mrn",),
            ("mrn", "family_name", "given_name", "born", "sex"),
            (*_PATIENT_EXTRA, "practitioner", "enrolled", "disenrolled"),
        ),
        Table(
            "identity",
            "one caller that a person has told apart",
            ("caller_mrn", "mbi", "family_name", "given_name", "born", "phone"),
            ("mrn", "confirmed_by", "confirmed_on"),
            ("caller_mrn", "mbi", "family_name", "given_name", "born", "phone"),
            (("caller_mrn", "mbi", "family_name", "phone"),),
        ),
        Table(
            "conditions",
            "one condition of a patient",
            ("mrn", "icd10", "snomed", "since"),
            ("mrn",),
            ("icd10", "snomed", "description", "since", "resolved", "expected_months", "significant_risk"),
            (("icd10", "snomed", "description"),),
        ),
        Table(
            "consents",
            "one answer to the offer of CCM",
            ("mrn", "on"),
            ("mrn", "on", "decision"),
            ("method", "explained", "practitioner", "revoked"),
        ),
        Table(
            "care_plans",
            "one item of a care plan",
            ("mrn", "established", "element", "text"),
            ("mrn", "established"),
            ("revised", "element", "text", "detail"),
        ),
        Table(
            "coverage",
            "one plan's cover of a patient",
            ("mrn", "plan", "start"),
            ("mrn", "plan"),
            (*_COVERAGE_EXTRA, *_HOLDER, *_AUTHORIZATION),
        ),
        Table("visits", "one visit", ("mrn", "on", "code"), ("mrn", "on", "code")),
        Table("other_services", "one service", ("mrn", "code", "on"), ("mrn", "code", "on", "by"), ("started", "seconds")),
        Table("inpatient", "one stay", ("mrn", "start"), ("mrn", "start"), ("end",)),
        Table(
            "decision_making",
            "one patient's decision making in one month",
            ("mrn", "month"),
            ("mrn", "month", "level"),
            ("practitioner", "documented_on"),
        ),
        Table(
            "remittances",
            "a payer's answer to one code of a patient's month",
            ("mrn", "month", "payer_id", "code"),
            ("mrn", "month", "payer_id", "on", "code", "paid"),
            ("adjustments",),
        ),
    )
}
