"""The practice's CSV tables as facts of patients; one reader for each table, in INBOX.md's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import pandas as pd

from flows.ccm.patient import (
    CARE_PLAN_ELEMENTS,
    CONSENT_ELEMENTS,
    Condition,
    Consent,
    InitiatingVisit,
    InpatientStay,
    OtherService,
)
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.intake.accounts import Accounts
from flows.intake.condition_codes import icd10_code
from flows.intake.coverage_csv import coverage_of
from flows.intake.csv_rows import rows_of
from flows.intake.facts import DecisionMaking, Fact, FactValue, PatientRow, PlanItemRow
from flows.intake.field_values import Fields
from flows.intake.patients_csv import patient_of
from flows.intake.remittance_csv import RemittanceRow, remittance_of

_LEVELS = ("straightforward", "low", "moderate", "high")
_LONGEST_MONTHS = 1200


def read_records(
    name: str, frame: pd.DataFrame, zone: ZoneInfo, month: ServiceMonth, crosswalk: Mapping[str, str], accounts: Accounts
) -> Iterator[PatientRow | Fact]:
    """Roster rows and facts of rows of a table. A row with a fault is rejected; what is about another month is excluded."""
    for source, row in rows_of(frame):
        fields = Fields(row, zone)
        mrn = fields.required("mrn")
        value = patient_of(fields, source) if name == "patients" else _value(name, fields, source, month, crosswalk)
        if fields.faulty:
            accounts.reject(replace(fields.reject(source), candidates=(mrn,) if mrn else ()))
        elif isinstance(value, PatientRow):
            yield value
        elif isinstance(value, DecisionMaking) and value.month != month:
            accounts.exclude(source, "decision making of another month")
        elif isinstance(value, RemittanceRow):
            if value.month == month:
                yield Fact(mrn, value.remittance, source)
            else:
                accounts.exclude(source, "remittance of another month")
        elif value is not None:
            yield Fact(mrn, value, source)


def _value(
    name: str, fields: Fields, source: Source, month: ServiceMonth, crosswalk: Mapping[str, str]
) -> FactValue | RemittanceRow | None:
    if name == "conditions":
        return _condition(fields, source, crosswalk)
    if name == "coverage":
        return coverage_of(fields, source, month)
    return _READERS[name](fields, source)


def _condition(fields: Fields, source: Source, crosswalk: Mapping[str, str]) -> Condition:
    written, snomed = fields.text("icd10"), fields.text("snomed")
    icd10 = icd10_code(written)
    if written and not icd10:
        fields.bad("icd10", f"{written[:20]!r} has not the form of an ICD-10-CM code")
    if not (written or snomed or fields.text("description")):
        fields.missing("icd10")
    condition = Condition(
        icd10=icd10 or crosswalk.get(snomed, ""),
        since=fields.day("since"),
        description=fields.text("description"),
        expected_months=fields.whole("expected_months", 0, _LONGEST_MONTHS),
        significant_risk=fields.yes_no("significant_risk"),
        resolved=fields.day("resolved"),
        snomed=snomed,
        source=source,
    )
    _in_order(fields, condition.since, "resolved", condition.resolved)
    return condition


def _consent(fields: Fields, source: Source) -> Consent | None:
    on = fields.day("on", required=True)
    decision = fields.choice("decision", ("granted", "declined"), required=True)
    method = fields.choice("method", ("written", "verbal"))
    explained = fields.words("explained", CONSENT_ELEMENTS)
    revoked = fields.day("revoked")
    _in_order(fields, on, "revoked", revoked)
    return Consent(on, method, decision, explained, fields.text("practitioner"), revoked, source) if on else None


def _plan_item(fields: Fields, source: Source) -> PlanItemRow | None:
    established = fields.day("established", required=True)
    revised = fields.day("revised")
    element = fields.choice("element", CARE_PLAN_ELEMENTS)
    text = fields.text("text")
    if element and not text:
        fields.missing("text")
    if text and not fields.text("element"):
        fields.missing("element")
    _in_order(fields, established, "revised", revised)
    return PlanItemRow(established, revised, element, text, fields.text("detail")) if established else None


def _visit(fields: Fields, source: Source) -> InitiatingVisit | None:
    on = fields.day("on", required=True)
    code = fields.required("code").upper()
    return InitiatingVisit(on, code, source) if on else None


def _other_service(fields: Fields, source: Source) -> OtherService | None:
    on = fields.day("on", required=True)
    code = fields.required("code").upper()
    by = fields.choice("by", ("same", "other", "elsewhere"), required=True)
    started = fields.instant("started")
    seconds = fields.whole("seconds", 1, 86_400)
    # Minutes of another service cannot be kept apart from CCM minutes when only half of where they lie is known.
    if fields.text("started") and not fields.text("seconds"):
        fields.missing("seconds")
    if fields.text("seconds") and not fields.text("started"):
        fields.missing("started")
    return OtherService(code, on, by, started, seconds or 0, source) if on else None


def _inpatient(fields: Fields, source: Source) -> InpatientStay | None:
    start = fields.day("start", required=True)
    end = fields.day("end")
    _in_order(fields, start, "end", end)
    return InpatientStay(start, end, source) if start else None


def _decision_making(fields: Fields, source: Source) -> DecisionMaking | None:
    level = fields.choice("level", _LEVELS, required=True)
    fields.day("documented_on")
    month = fields.month("month")
    return DecisionMaking(month, level) if month else None


def _in_order(fields: Fields, first: object, name: str, last: object) -> None:
    if first and last and last < first:  # type: ignore[operator]
        fields.bad(name, f"{last} lies before {first}")


_READERS: dict[str, Callable[[Fields, Source], FactValue | RemittanceRow | None]] = {
    "consents": _consent,
    "care_plans": _plan_item,
    "visits": _visit,
    "other_services": _other_service,
    "inpatient": _inpatient,
    "decision_making": _decision_making,
    "remittances": remittance_of,
}
