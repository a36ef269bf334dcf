"""FHIR Encounter to a coded visit, an inpatient stay, both, or neither."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from flows.ccm.patient import InitiatingVisit, InpatientStay
from flows.intake.fhir_elements import Json, codings, objects, period_days, string
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
    if why := why_left_out(body):
        return why
    start, end = period_days(body.get("period"), zone)
    visits = _visit_codes(body)
    if start is None:
        return None
    stay = (InpatientStay(start, end, resource.source),) if _class_codes(body) & _INPATIENT else ()
    return (*stay, *(InitiatingVisit(start, code, resource.source) for code in visits))


def why_left_out(body: Json) -> str:
    """The name under which an encounter is left out, whosever it is and whenever; empty where something is read from it."""
    if string(body.get("status")) not in _HAPPENED:
        return "Encounter that did not take place"
    return "" if _class_codes(body) & _INPATIENT or _visit_codes(body) else "Encounter without a visit code"


def _visit_codes(body: Json) -> list[str]:
    return _procedure_codes(body) if string(body.get("status")) in ("finished", "completed") else []


def _class_codes(body: Json) -> set[str]:
    """The class: a Coding in R4, a list of CodeableConcepts in R5."""
    found = objects(body.get("class"))
    return {string(c.get("code")) for c in found} | {code for _, code, _ in codings(found)}


def _procedure_codes(body: Json) -> list[str]:
    concepts = [*objects(body.get("type")), *objects(body.get("serviceType"))]
    found = {code.upper() for system, code, _ in codings(concepts) if _PROCEDURE_SYSTEMS.search(system)}
    return sorted(code for code in found if _CODE.match(code))
