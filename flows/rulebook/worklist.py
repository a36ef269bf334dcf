"""The worklist file: its shape."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from flows.rulebook.schema import Dated


class WorklistBlock(Dated):
    """How near a unit is near, and how old a plan is due, in one version."""

    within_minutes: Annotated[int, Field(gt=0, lt=30)]
    plan_age_months: Annotated[int, Field(gt=0)]
