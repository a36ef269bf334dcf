"""The evidence that the patient was eligible and covered: plans, conditions, visits, enrolment, other services, stays."""

from __future__ import annotations

from collections.abc import Collection

from flows.ccm.patient import Coverage
from flows.ccm.patient_month import PatientMonth
from flows.outbox import wording
from flows.outbox.binder_table import Table, source, yes_no
from flows.outbox.plain_words import word


def cover_tables(month: PatientMonth, covered: Collection[str]) -> tuple[Table, ...]:
    """What the practice's records held when the month was decided. ``covered`` are the plans that cover CCM unasked."""
    return (_coverage(month, covered), _conditions(month), _visits(month), _enrolment(month), _services(month), _stays(month))


def _coverage(month: PatientMonth, covered: Collection[str]) -> Table:
    rows = tuple(
        (
            f"{c.rank or wording.NONE_ON_FILE}: {c.payer_name or word('coverage', c.plan)} ({word('coverage', c.plan)})",
            f"{wording.shown_date(c.start)} to {wording.shown_date(c.end)}",
            "covered by rule" if c.plan in covered and c.ccm == "unverified" else c.ccm.replace("_", " "),
            "none asked for" if c.plan in covered and c.authorization_required is None else _authorization(c),
            source(c.source),
        )
        for c in sorted(month.coverages, key=lambda c: c.rank)
    )
    return Table("Coverage", ("Payer, by rank", "In force", "CCM", "Authorization", "Source"), rows, (24, 20, 12, 24, 20))


def _authorization(cover: Coverage) -> str:
    if cover.authorization is None:
        asked = {None: "not known whether one is required", True: "required, none on file", False: "none required"}
        return asked[cover.authorization_required]
    permit = cover.authorization
    return f"{permit.number}, {wording.shown_date(permit.start)} to {wording.shown_date(permit.end)}"


def _conditions(month: PatientMonth) -> Table:
    rows = tuple(
        (
            wording.icd10(c.icd10) or wording.NONE_ON_FILE,
            c.description,
            f"{wording.shown_date(c.since)} to {wording.shown_date(c.resolved)}",
            "not documented" if c.expected_months is None else str(c.expected_months),
            yes_no(c.significant_risk),
            source(c.source),
        )
        for c in month.conditions
    )
    columns = ("ICD-10-CM", "Condition", "From, resolved", "Expected months", "Significant risk", "Source")
    return Table("Conditions", columns, rows, (12, 24, 20, 12, 12, 20))


def _visits(month: PatientMonth) -> Table:
    rows = tuple((wording.shown_date(v.on), v.code, source(v.source)) for v in month.visits)
    return Table("Initiating visits", ("On", "Code", "Source"), rows, (20, 20, 60))


def _enrolment(month: PatientMonth) -> Table:
    making = month.decision_making or "not documented"
    rows = ((wording.shown_date(month.enrolled), wording.shown_date(month.disenrolled), making, source(month.patient.source)),)
    return Table("Enrolment", ("Enrolled", "Disenrolled", "Medical decision making", "Source"), rows, (20, 20, 30, 30))


def _services(month: PatientMonth) -> Table:
    rows = tuple((wording.shown_date(s.on), s.code, word("conflict", s.by), source(s.source)) for s in month.other_services)
    return Table("Other services on record", ("On", "Code", "By", "Source"), rows, (20, 20, 20, 40))


def _stays(month: PatientMonth) -> Table:
    rows = tuple((wording.shown_date(s.start), wording.shown_date(s.end), source(s.source)) for s in month.inpatient)
    return Table("Inpatient stays", ("From", "To", "Source"), rows, (20, 20, 60))
