"""FHIR Encounter to a coded visit, an inpatient stay, both, or neither."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from flows.ccm.patient import InitiatingVisit, InpatientStay
from flows.intake.fhir_elements import codings, objects, period_days, string
from flows.intake.fhir_resources import Resource

_INPATIENT = {"IMP", "ACUTE", "NONAC"}  # v3-ActCode; observation (OBSENC) and emergency (EMER) are not admissions
_HAPPENED = {"finished", "completed", "in-progress", "onleave", "discharged"}
_PROCEDURE_SYSTEMS = re.compile(r"ama-assn\.org/go/cpt|HCPCS|2\.16\.840\.1\.113883\.6\.(12|285)\Z", re.IGNORECASE)
_CODE = re.compile(r"[0-9A-Z]\d{3}[0-9A-Z]\Z", re.ASCII)


def read_encounter(resource: Resource, zone: ZoneInfo) -> tuple[InitiatingVisit | InpatientStay, ...] | str | None:
    """The stay and the visits; or a name to exclude the encounter under; or None where its start has no day.

    Whether a code initiates CCM is the rulebook's to say: every procedure code of a finished encounter is a visit.
    """
    body = resource.body
    if string(body.get("status")) not in _HAPPENED:
        return "Encounter that did not take place"
    start, end = period_days(body.get("period"), zone)
    inpatient = bool(_class_codes(body) & _INPATIENT)
    visits = _procedure_codes(body) if string(body.get("status")) in ("finished", "completed") else []
    if not inpatient and not visits:
        return "Encounter without a visit code"
    if start is None:
        return None
    stay = (InpatientStay(start, end, resource.source),) if inpatient else ()
    return (*stay, *(InitiatingVisit(start, code, resource.source) for code in visits))


def _class_codes(body: dict[str, object]) -> set[str]:
    """The class: a Coding in R4, a list of CodeableConcepts in R5."""
    found = objects(body.get("class"))
    return {string(c.get("code")) for c in found} | {code for _, code, _ in codings(found)}


def _procedure_codes(body: dict[str, object]) -> list[str]:
    concepts = [*objects(body.get("type")), *objects(body.get("serviceType"))]
    found = {code.upper() for system, code, _ in codings(concepts) if _PROCEDURE_SYSTEMS.search(system)}
    return sorted(code for code in found if _CODE.match(code))
