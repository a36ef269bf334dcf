"""FHIR Coverage to a coverage, where its type clearly says which kind of plan it is."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from flows.ccm.patient import Coverage
from flows.intake.fhir_elements import (
    codes,
    codings,
    concept_text,
    human_name,
    identifier_value,
    objects,
    period_days,
    string,
)
from flows.intake.fhir_resources import Resource, Resources

# Source of Payment Typology and X12 claim filing indicators; only codes that name one kind of plan.
_SOPT = re.compile(r"nahdo\.org/sopt|2\.16\.840\.1\.113883\.3\.221\.5", re.IGNORECASE)
_X12 = re.compile(r"x12\.org|2\.16\.840\.1\.113883\.6\.255\.1336", re.IGNORECASE)
_X12_PLANS = {"MB": "medicare", "16": "medicare_advantage", "CI": "commercial", "BL": "commercial"}
_V3_PLANS = {"EHCPOL": "commercial"}
_ADVANTAGE = re.compile(r"medicare\s+(advantage|part\s*c\b|hmo|ppo|managed)", re.IGNORECASE)
_OTHER_MEDICARE = re.compile(
    r"supplement|medigap|medicaid|part\s*d\b|part\s*a\b(?!\s*(and|&|/)\s*(part\s*)?b)|drug", re.IGNORECASE
)
_COMMERCIAL = re.compile(r"commercial|employer|private (health )?insurance|group (health )?plan", re.IGNORECASE)
# FHIR's subscriber relationships as X12 has them.
_RELATIONSHIPS = {"self": "18", "spouse": "01", "child": "19", "common": "53", "parent": "G8", "other": "G8", "injured": "G8"}
_NAIC = ("urn:oid:2.16.840.1.113883.6.300", "http://terminology.hl7.org/NamingSystem/naic")


def read_coverage(resource: Resource, resources: Resources, zone: ZoneInfo) -> Coverage | str | None:
    """The coverage; or a name to exclude it under; or None where its type names no kind of plan clearly.

    Coverage of CCM is no part of FHIR and is always ``unverified``; so are authorizations left to coverage.csv.
    """
    body = resource.body
    if string(body.get("status")) not in ("active", ""):
        return "Coverage not active"
    plan = _plan(body)
    if not plan:
        return None
    payor = next((p for p in [*objects(body.get("payor")), *objects(body.get("insurer"))]), {})
    found = resources.find(payor, resource)
    organization = resources.use(found).body if found else {}
    start, end = period_days(body.get("period"), zone)
    order = body.get("order")
    relationship = next((_RELATIONSHIPS[c] for _, c, _ in codings(body.get("relationship")) if c in _RELATIONSHIPS), "18")
    holder = _holder(resource, resources) if relationship != "18" else ("", "")
    return Coverage(
        plan=plan,
        ccm="unverified",
        start=start,
        end=end,
        payer_name=string(organization.get("name")) or string(payor.get("display")),
        payer_id=identifier_value(organization, _NAIC) or _typed_identifier(organization, "NIIP"),
        member_id=_member_id(body),
        rank=order if isinstance(order, int) and not isinstance(order, bool) and order > 0 else 0,
        group_number=_group(body),
        relationship=relationship,
        holder_family_name=holder[0],
        holder_given_name=holder[1],
        source=resource.source,
    )


def _group(body: dict[str, object]) -> str:
    """The group's number: the value of the class that says it is the group."""
    return next((string(c.get("value")) for c in objects(body.get("class")) if "group" in codes(c.get("type"))), "")


def _holder(resource: Resource, resources: Resources) -> tuple[str, str]:
    """The family and given name of whom the coverage names as subscriber; empty where the export does not hold the person."""
    found = resources.find(resource.body.get("subscriber"), resource)
    return human_name(resources.use(found).body) if found else ("", "")


def type_text(resource: Resource) -> str:
    """The coverage's type as written, for the reader of a reject."""
    concept = resource.body.get("type")
    return concept_text(concept) or ", ".join(sorted(codes(concept))) or "no type"


def _plan(body: dict[str, object]) -> str:
    """The kind of plan: by code where one is clear, else by the type's own words; empty where neither says it."""
    for system, code, _ in codings(body.get("type")):
        if _SOPT.search(system) and (plan := _sopt_plan(code)):
            return plan
        if _X12.search(system) and code in _X12_PLANS:
            return _X12_PLANS[code]
        if code in _V3_PLANS and "v3-ActCode" in system:
            return _V3_PLANS[code]
    words = [concept_text(body.get("type")), *(display for _, _, display in codings(body.get("type")))]
    for text in filter(None, words):
        if _ADVANTAGE.search(text):
            return "medicare_advantage"
        if "medicare" in text.casefold():
            return "" if _OTHER_MEDICARE.search(text) else "medicare"
        if _COMMERCIAL.search(text) and "medicaid" not in text.casefold():
            return "commercial"
    return ""


def _sopt_plan(code: str) -> str:
    """Payment typology: 11x managed Medicare, 12x fee-for-service Medicare, 5x private, 6x Blue Cross; 1 alone is not clear."""
    if code.startswith("11"):
        return "medicare_advantage"
    if code.startswith("12"):
        return "medicare"
    return "commercial" if code[:1] in ("5", "6") else ""


def _member_id(body: dict[str, object]) -> str:
    subscriber = body.get("subscriberId")
    written = string(subscriber) or next((string(s.get("value")) for s in objects(subscriber)), "")
    return written or _typed_identifier(body, "MB")


def _typed_identifier(body: dict[str, object], code: str) -> str:
    items = objects(body.get("identifier"))
    return next((string(i.get("value")) for i in items if code in codes(i.get("type"))), "")
