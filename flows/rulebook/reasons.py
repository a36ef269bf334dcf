"""The shape of reasons.toml: what a hold, a rejected row or a flag says, and how it is cured."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from flows.rulebook.schema import Strict


class Said(Strict):
    """What a reason says."""

    message: Annotated[str, StringConstraints(min_length=5)]


Remedy = Annotated[str, StringConstraints(min_length=5)]


class Curable(Said):
    """What a hold or a rejected row says, and how to cure it."""

    remedy: Remedy


FileKind = Literal[
    "calls",
    "fhir",
    "patients",
    "identity",
    "conditions",
    "consents",
    "care_plans",
    "coverage",
    "remittances",
    "visits",
    "other_services",
    "inpatient",
    "decision_making",
    "payer_references",
]
RejectId = Literal["row.unreadable", "row.missing_field", "row.bad_value", "patient.unmatched", "patient.ambiguous"]


class Reasons(Strict):
    """All reasons by kind, and what cures a rejected row in files that have words of their own for it."""

    hold: dict[str, Curable]
    never: dict[str, Said]
    excluded: dict[str, Said]
    reject: dict[str, Curable]
    remedy_in: dict[FileKind, dict[RejectId, Remedy]] = Field(default_factory=dict)
    flag: dict[str, Said]
