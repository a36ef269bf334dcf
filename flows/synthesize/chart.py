"""A patient's chart with nothing wrong in it: what a compliant practice has on record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from flows.ccm.patient import (
    CONSENT_ELEMENTS,
    Authorization,
    CarePlan,
    Condition,
    Consent,
    Coverage,
    InitiatingVisit,
    InpatientStay,
    OtherService,
    Patient,
)
from flows.ccm.practice import Practice, Practitioner
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.conditions import ChronicCondition, draw_conditions
from flows.synthesize.plans import write_plan

VISIT_CODES = ("99203", "99204", "99214", "99214", "99215", "G0438", "G0439", "G0402")
# Invented plans; the identifiers belong to no payer.
ADVANTAGE_PLANS = (("Larkspur Senior Advantage", "SYNMA1"), ("Harbor Light Medicare Plus", "SYNMA2"))


@dataclass(frozen=True, slots=True)
class Chart:
    """One patient's records. ``verified_for`` are the months for which the coverage's ``ccm`` was verified."""

    patient: Patient
    practitioner: str
    enrolled: date
    listed: tuple[ChronicCondition, ...]
    conditions: tuple[Condition, ...]
    consents: tuple[Consent, ...]
    care_plan: CarePlan | None
    visits: tuple[InitiatingVisit, ...]
    coverage: Coverage
    verified_for: tuple[ServiceMonth, ...]
    other_services: tuple[OtherService, ...] = ()
    inpatient: tuple[InpatientStay, ...] = ()
    fhir: bool = False


def clean_chart(
    patient: Patient, practice: Practice, practitioner: Practitioner, month: ServiceMonth, fhir: bool, rng: Random
) -> Chart:
    """A chart that meets every requirement: enrolled one to thirty months ago, at a visit, with consent and plan."""
    enrolled = month.first_day - timedelta(days=rng.randrange(32, 900))
    listed = draw_conditions(rng)
    established = enrolled + timedelta(days=rng.randrange(0, 10))
    established = min(established, month.first_day - timedelta(days=20))
    latest = month.first_day - timedelta(days=8)
    revised = established + (latest - established) * rng.random() if rng.random() < 0.6 else None
    coverage, verified_for = draw_coverage(patient, practice, month, rng)
    return Chart(
        patient=patient,
        practitioner=practitioner.id,
        enrolled=enrolled,
        listed=listed,
        conditions=_on_problem_list(listed, enrolled, fhir, rng),
        consents=(consent_on(enrolled, practitioner.id, practice, rng),),
        care_plan=write_plan(listed, practice, practitioner, established, revised, rng),
        visits=(InitiatingVisit(enrolled - timedelta(days=rng.choice((0, 0, rng.randrange(1, 300)))), rng.choice(VISIT_CODES)),),
        coverage=coverage,
        verified_for=verified_for,
        fhir=fhir,
    )


def consent_on(day: date, practitioner: str, practice: Practice, rng: Random) -> Consent:
    """A complete consent; written, or verbal where the practice's choice lets it count."""
    choice = practice.choices.get("consent_method")
    methods = ("written",) if choice is not None and choice.value == "written" else ("written", "verbal")
    return Consent(day, rng.choice(methods), "granted", frozenset(CONSENT_ELEMENTS), practitioner)


def draw_coverage(
    patient: Patient, practice: Practice, month: ServiceMonth, rng: Random
) -> tuple[Coverage, tuple[ServiceMonth, ...]]:
    """Traditional Medicare for three in four, else an Advantage plan verified for the month, some with authorization."""
    if rng.random() < 0.75:
        since = date(patient.born.year + 65, patient.born.month, 1)
        since = min(since, month.first_day - timedelta(days=1200))
        return (
            Coverage(
                "medicare",
                "covered",
                start=since,
                payer_name="Medicare Part B",
                payer_id=practice.contractor,
                member_id=patient.mbi,
            ),
            (),
        )
    return advantage(patient, month, rng, authorized=rng.random() < 0.5), (month,)


def advantage(patient: Patient, month: ServiceMonth, rng: Random, authorized: bool) -> Coverage:
    """An Advantage plan that covers CCM; where it asks for an authorization one covers the whole year."""
    name, payer_id = rng.choice(ADVANTAGE_PLANS)
    year = month.year
    number = f"AUT{rng.randrange(10**6, 10**7)}"
    return Coverage(
        "medicare_advantage",
        "covered",
        authorization_required=authorized,
        authorization=Authorization(number, date(year, 1, 1), date(year, 12, 31)) if authorized else None,
        start=date(year, 1, 1),
        payer_name=name,
        payer_id=payer_id,
        member_id=f"H{rng.randrange(10**8, 10**9)}",
    )


def _on_problem_list(listed: tuple[ChronicCondition, ...], enrolled: date, fhir: bool, rng: Random) -> tuple[Condition, ...]:
    """The conditions as coded: all since well before enrolment, the first two (at least) with duration and risk.

    An export may carry SNOMED CT alone where the condition is a common one.
    """
    rows = []
    for position, condition in enumerate(listed):
        icd10, snomed = condition.codes([c.id for c in listed])
        snomed_only = fhir and condition.crosswalked and icd10 == condition.icd10 and rng.random() < 0.35
        documented = position < 2 or rng.random() < 0.85
        rows.append(
            Condition(
                icd10="" if snomed_only else icd10,
                since=enrolled - timedelta(days=rng.randrange(120, 5000)),
                description=condition.name,
                expected_months=rng.choice((12, 12, 24, 60)) if documented else None,
                significant_risk=True if documented else None,
                snomed=snomed,
            )
        )
    return tuple(rows)
