"""The case format: what a case may say, and what it means where it says nothing (a compliant patient of an office practice)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Mac = Literal["JE", "JF", "J5", "J6", "J8", "J15", "JH", "JJ", "JK", "JL", "JM", "JN"]
Element = Literal["availability", "cost_share", "revocation", "one_practitioner"]
PlanElement = Literal["conditions", "goals", "medications", "care_team", "specialists", "monitoring", "self_management"]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]\d{4}$")]
LineText = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]\d{4} x\d+$")]


def _a_day(value: Any) -> Any:
    """A TOML date, never a date-time or a text that happens to look like one."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise ValueError("write a date like 2025-11-04, without quotes")


def _a_moment(value: Any) -> Any:
    if isinstance(value, date):
        return value
    raise ValueError("write a date-time like 2025-11-04T10:00:00, or a date, without quotes")


Day = Annotated[date, BeforeValidator(_a_day)]
Moment = Annotated[datetime | date, BeforeValidator(_a_moment)]


class Table(BaseModel):
    """A table whose keys are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class PracticeTable(Table):
    """The practice and its recorded choices."""

    kind: Literal["office", "hospital_outpatient", "rhc", "fqhc"] = "office"
    mac: Mac = "JE"
    time_zone: str = "America/Los_Angeles"
    service_dates: Literal["last_day", "full_month", "first_to_last", "threshold_day"] | None = None
    tcm_same_month: Literal["hold", "allow"] = "hold"
    staff_time_on_visit_day: Literal["exclude", "count"] = "exclude"
    complex_choice: Literal["complexity", "highest_amount"] = "complexity"
    consent_method: Literal["any", "written"] = "any"


class ConditionTable(Table):
    """A condition of the problem list."""

    icd10: str = ""
    since: Day = date(2020, 1, 1)
    expected_months: int = 12
    significant_risk: bool = True
    resolved: Day | None = None


class VisitTable(Table):
    """The initiating visit."""

    on: Day = date(2025, 1, 6)
    code: str = "99214"


class ConsentTable(Table):
    """The consent on record."""

    on: Day = date(2025, 1, 6)
    method: Literal["written", "verbal"] = "written"
    decision: Literal["granted", "declined"] = "granted"
    explained: list[Element] = ["availability", "cost_share", "revocation", "one_practitioner"]
    practitioner: str = "dr_a"
    revoked: Day | None = None


class CarePlanTable(Table):
    """The comprehensive care plan."""

    on: Day = date(2025, 1, 10)
    revised: Day | None = None
    missing: list[PlanElement] = []


class AuthorizationTable(Table):
    """An authorization and the days it covers."""

    number: str = "AUTH-1"
    start: Day = Field(alias="from")
    end: Day = Field(alias="to")


class CoverageTable(Table):
    """The plan in force."""

    plan: Literal["medicare", "medicare_advantage", "commercial"] = "medicare"
    ccm: Literal["covered", "not_covered", "unverified"] = "covered"
    authorization: AuthorizationTable | Literal["required", "not_required"] = "not_required"


class StayTable(Table):
    """An inpatient stay; both days are inpatient days."""

    start: Day = Field(alias="from")
    end: Day | None = Field(alias="to", default=None)


class PatientTable(Table):
    """The patient's records."""

    born: Day = date(1948, 5, 17)
    died: Day | None = None
    enrolled: Day = date(2025, 1, 6)
    disenrolled: Day | None = None
    conditions: list[ConditionTable] = [ConditionTable(icd10="E11.9"), ConditionTable(icd10="I10")]
    decision_making: Literal["straightforward", "low", "moderate", "high"] = "low"
    initiating_visit: VisitTable | Literal[False] = VisitTable()
    consent: ConsentTable | Literal[False] = ConsentTable()
    care_plan: CarePlanTable | Literal[False] = CarePlanTable()
    coverage: CoverageTable = CoverageTable()
    inpatient: list[StayTable] = []
    practitioner: Literal["dr_a", "dr_b"] = "dr_a"


class TimeTable(Table):
    """One logged activity."""

    at: Moment
    minutes: Annotated[int, Field(gt=0)]
    by: Literal["MD", "DO", "NP", "PA", "CNS", "CNM", "RN", "LPN", "CMA", "PharmD", "care_manager", "none"] = "RN"
    who: str | None = None
    what: Literal[
        "patient_call",
        "chart_review",
        "care_plan_update",
        "medication_reconciliation",
        "specialist_coordination",
        "transportation",
        "community_resources",
    ] = "patient_call"
    about: Literal["chronic", "acute", "preventive"] = "chronic"
    mode: Literal["remote", "face_to_face"] = "remote"


class ServiceTable(Table):
    """Another service of the patient."""

    code: Code
    on: Day
    by: Literal["same", "other", "elsewhere"] = "same"


class MinutesTable(Table):
    """Counted minutes by performer, excluded minutes by reason."""

    staff: int | None = None
    practitioner: int | None = None
    excluded: dict[str, int] | None = None


class ExpectTable(Table):
    """What must come of it; a key left out is not checked."""

    outcome: Literal["bill", "hold", "not_billable"]
    lines: list[LineText]
    reasons: list[str] | None = None
    dates: Annotated[list[Day], Field(min_length=2, max_length=2)] | None = None
    diagnoses: list[str] | None = None
    place_of_service: str | None = None
    claim: Literal["837P", "837I", "none"] | None = None
    minutes: MinutesTable | None = None


class Case(Table):
    """One case."""

    name: Annotated[str, StringConstraints(min_length=1)]
    month: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    practice: PracticeTable = PracticeTable()
    patient: PatientTable = PatientTable()
    time: list[TimeTable] = []
    also_billed: list[ServiceTable] = []
    expect: ExpectTable
