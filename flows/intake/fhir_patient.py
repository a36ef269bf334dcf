"""FHIR Patient to a roster row."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flows.ccm.patient import Address
from flows.intake.facts import PatientRow
from flows.intake.fhir_elements import (
    Json,
    codes,
    fhir_day,
    human_name,
    identifier_value,
    identifiers,
    objects,
    string,
    strings,
)
from flows.intake.fhir_resources import Resource
from flows.intake.identity import name_key
from flows.intake.patients_csv import card_number, postal_digits

MBI_SYSTEMS = ("http://hl7.org/fhir/sid/us-mbi", "urn:oid:2.16.840.1.113883.4.927")
_MBI_TYPES = {"MC"}  # v2-0203: the patient's Medicare number
_NOT_MRN_TYPES = {"SS", "DL", "PPN", "MB", "SN", "NPI", *_MBI_TYPES}  # numbers that someone else gave the patient
_NOT_MRN_SYSTEMS = (*MBI_SYSTEMS, "http://hl7.org/fhir/sid/us-ssn", "urn:oid:2.16.840.1.113883.4.1")
_SEX = {"female": "F", "male": "M"}


def medical_record_number(body: Json) -> tuple[str, str]:
    """The MRN and what it was taken from where that is not an identifier of type MR.

    Else the first identifier that is not a Medicare, social security, driver's license, passport or plan number, else
    Patient.id.
    """
    others = []
    for identifier in identifiers(body):
        value, types = string(identifier.get("value")), codes(identifier.get("type"))
        if value and "MR" in types:
            return value, ""
        if value and not types & _NOT_MRN_TYPES and string(identifier.get("system")) not in _NOT_MRN_SYSTEMS:
            others.append(value)
    if others:
        return others[0], "MRN taken from the first identifier, none is of type MR"
    return string(body.get("id")), "MRN taken from Patient.id, there is no other identifier"


def another_person(one: Json, other: Json) -> bool:
    """Whether two Patient resources of one id are no versions of one person: another birth date, and another MRN or family name.

    Servers that number their resources give the same ids to different people.
    """
    born = {string(body.get("birthDate")) for body in (one, other)} - {""}
    numbers = {medical_record_number(body)[0] for body in (one, other)}
    families = {name_key(human_name(body)[0]) for body in (one, other)}
    return len(born) == 2 and (len(numbers) == 2 or len(families) == 2)


def replaced(body: Json) -> bool:
    """Whether the record says that it was merged into another: the same person's time must not be split between two."""
    return any(string(link.get("type")) == "replaced-by" for link in objects(body.get("link")))


def patient_row(resource: Resource, mrn: str, practitioner: str, zone: ZoneInfo) -> PatientRow:
    """The roster row under an MRN. Enrolment is no part of FHIR and comes from the CSV."""
    body = resource.body
    family, given = human_name(body)
    died = fhir_day(body.get("deceasedDateTime"), zone)
    return PatientRow(
        mrn=mrn,
        source=resource.source,
        family_name=family,
        given_name=given,
        born=fhir_day(body.get("birthDate"), zone),
        sex=_SEX.get(string(body.get("gender")).casefold(), ""),
        died=died,
        deceased=died is None and (body.get("deceasedBoolean") is True or "deceasedDateTime" in body),
        mbi=card_number(identifier_value(body, MBI_SYSTEMS) or _typed_mbi(body)),
        phone=_phone(body),
        address=_address(body),
        language=_language(body),
        practitioner=practitioner,
    )


def _typed_mbi(body: Json) -> str:
    items = identifiers(body)
    return next((string(i.get("value")) for i in items if codes(i.get("type")) & _MBI_TYPES), "")


def _phone(body: Json) -> str:
    """The phone number; home before mobile before the rest, as listed."""
    phones = [t for t in objects(body.get("telecom")) if string(t.get("system")) == "phone" and string(t.get("use")) != "old"]
    order = {"home": 0, "mobile": 1}
    phones.sort(key=lambda t: order.get(string(t.get("use")), 2))
    return next((string(t.get("value")) for t in phones if string(t.get("value"))), "")


def _address(body: Json) -> Address | None:
    addresses = [a for a in objects(body.get("address")) if string(a.get("use")) not in ("old", "billing", "temp")]
    addresses.sort(key=lambda a: string(a.get("use")) != "home")
    if not addresses:
        return None
    lines = strings(addresses[0].get("line"))
    return Address(
        line1=lines[0] if lines else "",
        city=string(addresses[0].get("city")),
        state=string(addresses[0].get("state")),
        postal_code=postal_digits(string(addresses[0].get("postalCode"))),
        line2=" ".join(lines[1:]),
    )


def _language(body: Json) -> str:
    """The preferred language's two letters, else the first listed; empty where none is."""
    spoken = sorted(objects(body.get("communication")), key=lambda c: c.get("preferred") is not True)
    found = (code for c in spoken for code in sorted(codes(c.get("language"))))
    return next((code.split("-")[0].casefold() for code in found), "")
