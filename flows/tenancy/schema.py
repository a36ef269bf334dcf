"""The shape of a tenant folder's files. Unknown keys are refused: a misspelt choice must not pass for no choice."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator

from flows.tenancy.numbers import Npi, Phone, State, TaxId, Taxonomy, TimeZone, ZipPlus4

REFUSED_PLACES = {
    **dict.fromkeys(("02", "10"), "CCM is not telehealth"),
    **dict.fromkeys(("21", "31", "51", "61"), "the facility's Part A payment includes the work"),
    "23": "an emergency room is no place a practice manages chronic care from",
}
CHOICE_VALUES = {
    "tcm_same_month": ("hold", "allow"),
    "service_dates": ("last_day", "full_month", "first_to_last", "threshold_day"),
    "staff_time_on_visit_day": ("exclude", "count"),
    "complex_choice": ("complexity", "highest_amount"),
    "consent_method": ("any", "written"),
    "attestation_before_submission": ("not_required", "required"),
}
# How documents look: no rule stands behind these, so the rulebook does not know them.
PRINT_CHOICES = {"care_plan_type_size": ("standard", "large"), "paper_claims": ("not_printed", "printed")}


def _place(value: str) -> str:
    if value in REFUSED_PLACES:
        raise ValueError(
            f"place of service {value} is refused, {REFUSED_PLACES[value]}; write where the practice sees patients, like 11"
        )
    return value


def _day(value: object) -> object:
    # pydantic alone would take a number for seconds since 1970
    if not (type(value) is date or (isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value))):
        raise ValueError("not a date; write it like 2025-01-31")
    return value


def _night_time(value: str) -> str:
    if not re.fullmatch(r"(2[0-3]|0[0-5]):[0-5][0-9]", value):
        raise ValueError("not a time of night; write one from 20:00 to 05:59, like 02:30")
    if value.startswith("01"):
        raise ValueError("the hour from 01:00 comes twice when clocks go back in the first days of November; choose another")
    return value


def _street(value: str) -> str:
    if value.upper().replace(".", "").replace(" ", "").startswith("POBOX"):
        raise ValueError("a post-office box is refused on claims; write the street address")
    return value


Text = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f~*:^]+$")]
Street = Annotated[Text, AfterValidator(_street)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Credential = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z_-]{1,19}$")]
Day = Annotated[date, BeforeValidator(_day)]
OptionalDay = Annotated[Day | None, BeforeValidator(lambda value: None if value == "" else value)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class AddressRecord(_Strict):
    """The practice location: a street address, never a post-office box, as claims require."""

    line1: Street
    line2: str = ""
    city: Text
    state: State
    postal_code: ZipPlus4


class FacilityRecord(AddressRecord):
    """Where the practice sees its patients, where that is not its billing address; ``npi`` where the place has its own."""

    name: Text
    npi: Npi | None = None


class ChoiceRecord(_Strict):
    """A recorded choice: its value, who made it, when, and on what source."""

    value: str
    by: Text
    on: Day
    source: Annotated[str, Field(min_length=1, max_length=300)]


class ScheduleRecord(_Strict):
    """When the month before is billed: a night of the new month and a local time of the practice's zone."""

    night: Annotated[int, Field(ge=1, le=3, strict=True)]
    at: Annotated[str, AfterValidator(_night_time)]


class PracticeRecord(_Strict):
    """``practice.toml``. ``contractor`` is the MAC's five-digit Part B number for the practice's location, ``contractor_part_a``
    its Part A number there."""

    name: Text
    kind: Literal["office", "hospital_outpatient", "rhc", "fqhc"]
    mac: str
    contractor: Annotated[str, Field(pattern=r"^[0-9]{5}$")]
    contractor_part_a: Annotated[str, Field(pattern=r"^([0-9]{5})?$")] = ""
    locality: Annotated[str, Field(pattern=r"^([0-9]{2})?$")] = ""
    time_zone: TimeZone
    npi: Npi
    tax_id: TaxId
    taxonomy: Taxonomy
    phone: Phone
    contact: Text
    place_of_service: Annotated[str, Field(pattern=r"^[0-9]{2}$"), AfterValidator(_place)]
    type_of_bill: Annotated[str, Field(validate_default=True)] = ""
    submitter_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{2,15}$")]
    control_series: Annotated[int, Field(ge=1, le=999, strict=True)]
    test: Annotated[bool, Field(strict=True)]
    address: AddressRecord
    facility: FacilityRecord | None = None
    choices: dict[str, ChoiceRecord] = {}
    schedule: ScheduleRecord | None = None

    @field_validator("type_of_bill")
    @classmethod
    def _bill_type(cls, value: str, info: ValidationInfo) -> str:
        wanted = {"rhc": "711", "fqhc": "771"}.get(info.data.get("kind", ""), "")
        if value != wanted:
            raise ValueError(
                f"must be {wanted!r} for this kind of practice" if wanted else "leave it out; only an RHC or FQHC has one"
            )
        return value

    @field_validator("choices")
    @classmethod
    def _choices(cls, value: dict[str, ChoiceRecord]) -> dict[str, ChoiceRecord]:
        known = CHOICE_VALUES | PRINT_CHOICES
        for name, choice in value.items():
            if name not in known:
                raise ValueError(f"{name!r} is no choice that a practice has; use {', '.join(known)}")
            if choice.value not in known[name]:
                raise ValueError(f"{name} cannot be {choice.value!r}; use {' or '.join(known[name])}")
        return value


class _Dated(_Strict):
    start: Day
    end: OptionalDay = None

    @field_validator("end")
    @classmethod
    def _after_start(cls, value: date | None, info: ValidationInfo) -> date | None:
        if value is not None and "start" in info.data and value < info.data["start"]:
            raise ValueError("lies before start; correct one of the two")
        return value


class PractitionerRecord(_Dated):
    """A row of ``practitioners.csv``."""

    id: Id
    family_name: Text
    given_name: Text
    credential: Credential
    npi: Npi
    taxonomy: Taxonomy
    email: Annotated[str, Field(pattern=r"^([^@\s]+@[^@\s]+\.[^@\s]+)?$")] = ""
    supervisor: Annotated[str, Field(max_length=40)] = ""


class StaffRecord(_Dated):
    """A row of ``staff.csv``; ``logins`` are separated by semicolons."""

    id: Id
    name: Text
    credential: Credential
    employer: Literal["practice", "vendor"]
    logins: Annotated[
        tuple[str, ...], BeforeValidator(lambda value: [part.strip() for part in value.split(";") if part.strip()])
    ] = ()


class ChargeRecord(_Dated):
    """A row of ``charges.csv``: dollars a unit."""

    code: Annotated[str, Field(pattern=r"^[0-9A-Z][0-9]{4}$")]
    amount: Annotated[Decimal, Field(gt=0, lt=100000, decimal_places=2)]
