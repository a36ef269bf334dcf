"""FHIR Condition to a condition, or the name under which it is left out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from flows.ccm.patient import Condition
from flows.intake.condition_codes import icd10_code, not_a_diagnosis
from flows.intake.fhir_elements import ICD10CM, SNOMED, code_in, codes, codings, concept_text, fhir_day, period_days
from flows.intake.fhir_resources import Resource

_UNTRUE = {"refuted": "Condition refuted", "entered-in-error": "Condition entered in error"}
_UNSURE = {"unconfirmed", "provisional", "differential"}
_OVER = {"resolved", "inactive", "remission"}


def read_condition(resource: Resource, crosswalk: Mapping[str, str], zone: ZoneInfo) -> Condition | str | None:
    """The condition; or a name to exclude it under; or None where its ICD-10-CM code has not the form of one.

    ICD-10-CM as exported, else by the crosswalk from SNOMED CT, else empty with the SNOMED CT code kept. What is over without
    a day cannot be told from a current condition by its dates, and is left out. Duration and risk are no part of FHIR.
    """
    body = resource.body
    concept = body.get("code")
    verification = codes(body.get("verificationStatus"))
    for code, name in _UNTRUE.items():
        if code in verification:
            return name
    if verification & _UNSURE:
        return "Condition not confirmed"
    written, snomed = code_in(concept, ICD10CM), code_in(concept, SNOMED)
    icd10 = icd10_code(written)
    if written and not icd10:
        return None
    mapped = crosswalk.get(snomed, "") if not icd10 else ""
    display = next((d for system, _, d in codings(concept) if d and system in SNOMED), "") or concept_text(concept)
    if why := not_a_diagnosis(icd10, snomed, display, bool(mapped)):
        return f"Condition that is no diagnosis ({why})"
    category = codes(body.get("category"))
    if not icd10 and not mapped and (category & {"sdoh", "social-history"} or (not snomed and "health-concern" in category)):
        return "Condition that is no diagnosis (health concern)"
    if not (icd10 or snomed or display):
        return "Condition without code or text"
    resolved = _resolved(body, zone)
    if resolved is None and (codes(body.get("clinicalStatus")) & _OVER or any(k.startswith("abatement") for k in body)):
        return "Condition over, no day recorded"
    return Condition(
        icd10=icd10 or mapped,
        since=fhir_day(body.get("onsetDateTime"), zone) or period_days(body.get("onsetPeriod"), zone)[0],
        description=concept_text(concept),
        resolved=resolved,
        snomed=snomed,
        source=resource.source,
    )


def _resolved(body: dict[str, object], zone: ZoneInfo) -> date | None:
    return fhir_day(body.get("abatementDateTime"), zone) or period_days(body.get("abatementPeriod"), zone)[1]
