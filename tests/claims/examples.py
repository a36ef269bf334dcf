"""Claims to test with: one valid claim of each kind, to be altered by ``dataclasses.replace`` or ``altered``."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flows.ccm.claim import Claim, PriorAdjudication, PriorPayment, ServiceLine
from flows.ccm.patient import Address, Authorization, Coverage, Patient
from flows.ccm.practice import Facility, Practice, Practitioner
from flows.ccm.remittance import Adjustment
from flows.ccm.service_month import ServiceMonth

PREPARED = date(2025, 12, 2)
MONTH = ServiceMonth(2025, 11)
LAST = date(2025, 11, 30)

DOCTOR = Practitioner("dr_a", "Reyes", "Ana", "MD", "1003000126", "207Q00000X", date(2019, 1, 1))
OFFICE = Practice(
    slug="cedar",
    name="Cedar Family Medicine",
    kind="office",
    mac="JE",
    contractor="01112",
    locality="01112-05",
    time_zone="America/Los_Angeles",
    npi="1234567893",
    tax_id="941234567",
    taxonomy="261QP2300X",
    address=Address("120 Cedar Street", "San Rafael", "CA", "949011234", "Suite #4"),
    phone="(415) 555-0142",
    contact="Billing Office",
    place_of_service="11",
    type_of_bill="",
    submitter_id="CEDAR001",
    control_series=7,
    test=True,
    choices={},
    practitioners=(DOCTOR,),
    staff=(),
    charges=(),
)
CLINIC = replace(
    OFFICE,
    slug="juniper",
    name="Juniper Rural Clinic",
    kind="rhc",
    contractor="03102",
    contractor_part_a="03001",
    taxonomy="261QR1300X",
    type_of_bill="711",
    submitter_id="JUNIPER1",
    control_series=12,
)
NURSE = Practitioner("np_b", "Sato", "Kim", "NP", "1245319599", "363LF0000X", date(2020, 1, 1), supervisor="dr_a")
FACILITY = Facility("Cedar East", Address("9 Harbor Way", "Oakland", "CA", "946072002"), "1679576722")
PATIENT = Patient(
    key="p0001",
    mrn="MRN-1",
    family_name="Núñez",
    given_name="José",
    born=date(1948, 5, 17),
    sex="M",
    mbi="1EG4TE5MK73",
    address=Address("PO Box 12", "Novato", "CA", "94945"),
)
MEDICARE = Coverage("medicare", "covered", payer_name="")
ADVANTAGE = Coverage(
    "medicare_advantage",
    "covered",
    authorization_required=True,
    authorization=Authorization("AU-77", date(2025, 11, 1), date(2025, 12, 31)),
    payer_name="Golden Plan Advantage",
    payer_id="GP123",
    member_id="GPA0001234",
)
COMMERCIAL = Coverage("commercial", "covered", payer_name="Acme Health", payer_id="60054", member_id="W1234-01")


def line(code: str, units: int, charge: str, control: str, day: date = LAST, start: date | None = None) -> ServiceLine:
    return ServiceLine(code, units, Decimal(charge), start or day, day, (1, 2), control)


def patient(number: int) -> Patient:
    """The ``number``-th patient, told apart in every identifier."""
    given = ("José", "Luz", "Mary Ann", "Søren", "D’Arcy")[number % 5 - 1]
    mbi = f"1EG4TE5MK{number % 100:02d}"
    return replace(PATIENT, key=f"p{number:04d}", mrn=f"MRN-{number}", given_name=given, mbi=mbi)


def professional(claim_id: str = "CEDAR-2511-0001") -> Claim:
    """Traditional Medicare, staff family with an add-on, three diagnoses, one day."""
    return Claim(
        claim_id=claim_id,
        form="837P",
        month=MONTH,
        patient=patient(1),
        coverage=MEDICARE,
        practice=OFFICE,
        rendering=DOCTOR,
        diagnoses=("E119", "I10", "N183"),
        place_of_service="11",
        lines=(line("99490", 1, "85.00", "0001-1"), line("99439", 2, "120.50", "0001-2")),
    )


def professional_after_death(claim_id: str = "CEDAR-2511-0009") -> Claim:
    """A patient who died in the month: service ends that day."""
    died = date(2025, 11, 18)
    base = professional(claim_id)
    return replace(base, patient=replace(patient(9), died=died), lines=(line("99490", 1, "85.00", "0009-1", day=died),))


def advantage(claim_id: str = "CEDAR-2511-0002") -> Claim:
    """A Medicare Advantage plan with an authorization; one line over the whole month."""
    base = professional(claim_id)
    lines = (line("99487", 1, "190.00", "0002-1", start=date(2025, 11, 1)),)
    return replace(base, patient=patient(2), coverage=ADVANTAGE, authorization="AU-77", lines=lines)


def commercial_replacement(claim_id: str = "CEDAR-2511-0003") -> Claim:
    """A commercial plan's replacement claim."""
    lines = (line("99491", 1, "130.00", "0003-1"), line("99437", 1, "90.00", "0003-2"))
    base = professional(claim_id)
    return replace(base, patient=patient(3), coverage=COMMERCIAL, frequency="7", original_reference="ICN-55512", lines=lines)


def secondary(claim_id: str = "CEDAR-2511-0004") -> Claim:
    """Medicare second to a spouse's group plan, with that plan's remittance."""
    prior = PriorAdjudication(
        on=date(2025, 12, 1),
        relationship="01",
        payments=(
            PriorPayment(
                "0001-1", Decimal("40.00"), (Adjustment("CO", "45", Decimal("25.00")), Adjustment("PR", "2", Decimal("20.00")))
            ),
            PriorPayment("0001-2", Decimal("0.00"), (Adjustment("CO", "96", Decimal("120.50")),)),
        ),
        holder_family_name="Núñez",
        holder_given_name="Rosa",
    )
    base = professional(claim_id)
    coverage = replace(MEDICARE, rank=2, msp_type="12")
    return replace(base, patient=patient(4), coverage=coverage, other_coverage=COMMERCIAL, prior=prior)


def dependent(claim_id: str = "CEDAR-2511-0005") -> Claim:
    """A commercial plan that the patient's husband holds, with a group number."""
    coverage = replace(
        COMMERCIAL, group_number="GRP-77", relationship="01", holder_family_name="Núñez", holder_given_name="Ramón"
    )
    lines = (line("99491", 1, "130.00", "0005-1"),)
    return replace(professional(claim_id), patient=patient(5), coverage=coverage, lines=lines)


def elsewhere(claim_id: str = "CEDAR-2511-0006") -> Claim:
    """An office that sees its patients away from its billing address; a nurse practitioner who is supervised."""
    practice = replace(OFFICE, facility=FACILITY, practitioners=(DOCTOR, NURSE))
    return replace(professional(claim_id), patient=patient(6), practice=practice, rendering=NURSE, supervising=DOCTOR)


def clinic_elsewhere(claim_id: str = "JUNIPER-2511-0003") -> Claim:
    """A clinic away from its billing address, in a place that has no number of its own."""
    practice = replace(CLINIC, facility=replace(FACILITY, npi=""))
    return replace(institutional(claim_id), patient=patient(7), practice=practice)


def first_of_two(claim_id: str = "CEDAR-2511-0010") -> Claim:
    """A group plan that the patient's wife holds through her work, billed first; Medicare pays after it."""
    first = dependent()
    return replace(first, claim_id=claim_id, patient=patient(10), second_coverage=replace(MEDICARE, rank=2, msp_type="12"))


def medicare_first(claim_id: str = "CEDAR-2511-0011") -> Claim:
    """Medicare billed first; a retiree's plan of the patient's wife pays after it."""
    return replace(professional(claim_id), patient=patient(11), second_coverage=replace(dependent().coverage, rank=2))


def clinic_first(claim_id: str = "JUNIPER-2511-0005") -> Claim:
    """A clinic's claim to a group plan; Medicare pays after it."""
    second = replace(MEDICARE, rank=2, msp_type="12", payer_name="Medicare Part B")
    return replace(institutional(claim_id), patient=patient(12), coverage=COMMERCIAL, second_coverage=second)


def institutional(claim_id: str = "JUNIPER-2511-0001") -> Claim:
    """A rural health clinic's claim of traditional Medicare."""
    base = professional(claim_id)
    return replace(base, form="837I", practice=CLINIC, place_of_service="")


def institutional_void(claim_id: str = "JUNIPER-2511-0002") -> Claim:
    """A clinic's void of a claim Medicare has paid."""
    base = institutional(claim_id)
    return replace(base, patient=patient(5), frequency="8", original_reference="22511000001", condition_code="D1")


def institutional_second(claim_id: str = "JUNIPER-2511-0004") -> Claim:
    """A clinic's claim to Medicare second to the group plan of the patient's wife, who works."""
    first = secondary()
    assert first.prior is not None
    paid, rest = first.prior.payments
    agreed = replace(rest, adjustments=(Adjustment("CO", "45", Decimal("120.50")),))
    base = replace(institutional(claim_id), patient=patient(8), coverage=first.coverage)
    return replace(base, other_coverage=first.other_coverage, prior=replace(first.prior, payments=(paid, agreed)))


def altered(thing: Any, path: str, value: Any) -> Any:
    """A copy of nested dataclasses with the value at a dotted path replaced; numbers are 1-based places in a tuple."""
    head, _, rest = path.partition(".")
    if head.isdigit():
        place = int(head) - 1
        new = altered(thing[place], rest, value) if rest else value
        return (*thing[:place], new, *thing[place + 1 :])
    assert is_dataclass(thing), path
    assert head in {f.name for f in fields(thing)}, path
    return replace(thing, **{head: altered(getattr(thing, head), rest, value) if rest else value})
