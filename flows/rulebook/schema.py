"""The shape of each rulebook file. A key that is not named here is refused: a typo is never a silent rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Month = Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]\d{4}$")]
CodeRange = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]\d{4}(-[A-Z0-9]\d{4})?$")]
Kind = Literal["office", "hospital_outpatient", "rhc", "fqhc"]
By = Literal["same", "other", "elsewhere"]
Convention = Literal["last_day", "full_month", "first_to_last", "threshold_day"]
Amount = Annotated[Decimal, Field(ge=0)]


class Strict(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class CitationText(Strict):
    """Where a rule stands in print."""

    title: Annotated[str, StringConstraints(min_length=10)]
    url: Annotated[str, StringConstraints(pattern=r"^https://")]
    verified: bool = True


class Dated(Strict):
    """A block with its first service month, its last where it has one, and its citation."""

    effective: Month
    until: Month | None = None
    citation: CitationText

    def speaks_for(self) -> tuple[str, ...]:
        """What the block speaks for: of two blocks with one key, only one is in force in a month."""
        return ("",)


class Step(Strict):
    """A code and its minutes."""

    code: Code
    minutes: Annotated[int, Field(gt=0)]


class AddOn(Step):
    """The code for each further stretch, and how many units of it at most."""

    max_units: Annotated[int, Field(gt=0)]


class FamilyBlock(Dated):
    """A code family in one version."""

    id: str
    pool: Literal["practitioner", "month"]
    base: Step
    add_on: AddOn | None = None
    decision_making: list[Literal["straightforward", "low", "moderate", "high"]] = []
    flag_over_limit: bool

    def speaks_for(self) -> tuple[str, ...]:
        """The family's id."""
        return (self.id,)


class ForKinds(Dated):
    """A block that speaks for some kinds of practice."""

    kinds: Annotated[list[Kind], Field(min_length=1)]

    def speaks_for(self) -> tuple[str, ...]:
        """The kinds of practice."""
        return tuple(self.kinds)


class Offer(ForKinds):
    """The families that a kind of practice bills."""

    families: Annotated[list[str], Field(min_length=1)]


class FormBlock(ForKinds):
    """The claim form of a kind of practice, and its usual place of service."""

    claim: Literal["837P", "837I"]
    default_place: dict[Kind, str]


class SettingBlock(ForKinds):
    """Which practice expense applies to a kind of practice, and whether locality adjusts the rate."""

    setting: Literal["facility", "nonfacility"]
    locality: bool


class TimeBlock(Dated):
    """Whose time counts, by credential."""

    practitioners: Annotated[list[str], Field(min_length=1)]
    staff: Annotated[list[str], Field(min_length=1)]


class ConditionBlock(Dated):
    """How many conditions, and the months that one is expected to last."""

    count: Annotated[int, Field(gt=0)]
    months: Annotated[int, Field(gt=0)]


class VisitBlock(Dated):
    """Visits that may initiate CCM, and how long before enrolment."""

    codes: Annotated[list[Code], Field(min_length=1)]
    within_months: Annotated[int, Field(gt=0)]


class CodesBlock(Dated):
    """A list of codes."""

    codes: list[Code]


class ConsentBlock(Dated):
    """What a consent must have told."""

    elements: list[Literal["availability", "cost_share", "revocation", "one_practitioner"]]


class CoverageBlock(Dated):
    """Plans that cover CCM without a verification."""

    covered: list[Literal["medicare", "medicare_advantage", "commercial"]]


class UnlessChoice(Strict):
    """The recorded choice under which a conflict rule is dropped."""

    choice: str
    value: str


class Conflict(Strict):
    """Codes of other services, by whom, and the reason they raise."""

    codes: Annotated[list[CodeRange], Field(min_length=1)]
    by: Annotated[list[By], Field(min_length=1)]
    reason: str
    unless: UnlessChoice | None = None
    citation: CitationText


class ConflictBlock(Dated):
    """The conflicts in one version."""

    conflict: Annotated[list[Conflict], Field(min_length=1)]


class PlacesBlock(Dated):
    """Places of service that are billed, held, refused."""

    allowed: list[str]
    held: list[str]
    refused: list[str]


class MacBlock(Dated):
    """The date convention of some MAC jurisdictions."""

    jurisdictions: Annotated[list[str], Field(min_length=1)]
    convention: Convention

    def speaks_for(self) -> tuple[str, ...]:
        """The jurisdictions."""
        return tuple(self.jurisdictions)


class ChoiceBlock(Dated):
    """A question that sources answer differently: the readings, and the default one."""

    id: str
    default: str
    options: Annotated[dict[str, str], Field(min_length=2)]

    def speaks_for(self) -> tuple[str, ...]:
        """The choice's id."""
        return (self.id,)


class Values(Strict):
    """Relative values of a code."""

    work: Amount
    pe_nonfacility: Amount
    pe_facility: Amount
    mp: Amount


class RateBlock(Dated):
    """A fee schedule: relative values by code, flat amounts by code, the conversion factor."""

    year: int
    conversion_factor: Amount
    reduced_rate: Amount
    reduced_credentials: list[str]
    values: dict[Code, Values]
    flat: dict[Code, Amount] = {}


class Index(Strict):
    """A locality's cost indices."""

    work: Amount
    pe: Amount
    mp: Amount


class GpciBlock(Dated):
    """The cost indices of a year, by contractor and locality number."""

    year: int
    localities: dict[Annotated[str, StringConstraints(pattern=r"^\d{5}-\d{2}$")], Index]


class AttestationBlock(Dated):
    """What a billing practitioner signs."""

    title: str
    paragraphs: Annotated[list[str], Field(min_length=1)]
    signature_line: str


class IdentityBlock(Dated):
    """The points that order the queue of callers to be confirmed."""

    minimum: Annotated[int, Field(gt=0)]
    at_most: Annotated[int, Field(gt=0)]
    near_name: Annotated[float, Field(gt=0, le=1)]
    same_mbi: int
    same_born: int
    near_born: int
    same_phone: int
    same_family_name: int
    near_family_name: int
    same_given_name: int
    near_given_name: int
    nicknames: list[Annotated[list[str], Field(min_length=2)]]


class RequirementText(Strict):
    """A requirement that no other file cites."""

    says: str
    citation: CitationText


class RequirementBlock(Strict):
    """The requirements in one version."""

    effective: Month
    until: Month | None = None
    requirement: dict[str, RequirementText]

    def speaks_for(self) -> tuple[str, ...]:
        """One list of requirements is in force."""
        return ("",)
