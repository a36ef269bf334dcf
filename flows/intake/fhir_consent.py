"""FHIR Consent to an answer to the offer of CCM, where the resource is about CCM at all."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from flows.ccm.patient import Consent
from flows.intake.fhir_elements import Json, child, codes, codings, fhir_day, objects, period_days, string
from flows.intake.fhir_resources import Resource

_ABOUT_CCM = re.compile(r"chronic care management|\bCCM\b|\A(99490|99491|99487|G0506)\Z", re.IGNORECASE)
_DECISIONS = {"permit": "granted", "deny": "declined"}
_UNFINISHED = {"draft", "proposed", "not-done", "entered-in-error", "unknown"}


def read_consent(resource: Resource, practitioner: str, zone: ZoneInfo) -> Consent | str | tuple[str, str]:
    """The consent; or a name to exclude it under; or the missing field and what is needed.

    Privacy, research and treatment consents are not about CCM. What was explained and how the patient answered are no
    elements of FHIR: ``explained`` is empty and ``method`` not recorded, for consents.csv to supply.
    """
    body = resource.body
    status = string(body.get("status"))
    if not any(_ABOUT_CCM.search(word) for word in _words(body)):
        return "Consent not about CCM"
    if status in _UNFINISHED or not status:
        return "Consent not in effect"
    on = fhir_day(body.get("dateTime"), zone) or fhir_day(body.get("date"), zone)
    if on is None:
        return "dateTime", "has no day; give the consent in consents.csv"
    provision = next(iter(objects(body.get("provision"))), {})
    decision = (
        "declined" if status == "rejected" else _DECISIONS.get(string(provision.get("type")) or string(body.get("decision")))
    )
    if decision is None:
        return "provision.type", "says neither permit nor deny; give the consent in consents.csv"
    revoked = period_days(child(provision, "period") or child(body, "period"), zone)[1]
    if status == "inactive" and revoked is None:
        return "provision.period.end", "is empty, though the consent is no longer in effect; give the day in consents.csv"
    return Consent(on, "", decision, frozenset(), practitioner, revoked, resource.source)


def _words(body: Json) -> list[str]:
    """Every code and wording that may say what the consent is about."""
    provisions = objects(body.get("provision"))
    concepts = [body.get("category"), body.get("scope"), body.get("policyRule"), *(p.get("code") for p in provisions)]
    words = [word for concept in concepts for _, code, display in codings(concept) for word in (code, display)]
    words += [string(item.get("text")) for concept in concepts for item in objects(concept)]
    return [*words, *(string(p.get("uri")) for p in objects(body.get("policy"))), *codes(body.get("code"))]
