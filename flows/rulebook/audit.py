"""The audit file: its shape, and its thresholds as the core carries them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from flows.ccm import audit_rules as core
from flows.ccm.citation import Citation
from flows.rulebook.schema import CitationText, Dated, Strict

Count = Annotated[int, Field(gt=0)]
Ratio = Annotated[float, Field(ge=1)]
Share = Annotated[float, Field(gt=0, lt=1)]


class IdenticalMinutes(Strict):
    """When equal totals are too many."""

    patients: Annotated[int, Field(ge=2)]
    window_minutes: Count
    ratio: Ratio
    minimum: Count
    citation: CitationText


class ThresholdHeaping(Strict):
    """When a threshold's own minute is too dense."""

    window_minutes: Count
    ratio: Ratio
    minimum: Count
    add_on_steps: Annotated[int, Field(ge=0)]
    citation: CitationText


class RoundedMinutes(Strict):
    """When too many durations are round."""

    multiple: Annotated[int, Field(ge=2)]
    share: Share
    minimum: Count
    citation: CitationText


class ClonedDescription(Strict):
    """When one text stands for too many patients."""

    patients: Annotated[int, Field(ge=2)]
    characters: Count
    citation: CitationText


class ImpossibleDay(Strict):
    """What one person cannot have done."""

    hours: Annotated[int, Field(gt=0, le=24)]
    span_hours: Annotated[int, Field(gt=0, le=24)]
    days_in_a_row: Count
    overlap_seconds: Count
    citation: CitationText


class ManualTime(Strict):
    """When too much time has no call record."""

    call_share: Share
    all_share: Share
    minimum: Count
    records: Count
    citation: CitationText


class AuditBlock(Dated):
    """The screening in one version."""

    level: Annotated[float, Field(gt=0, lt=0.5)]
    identical_minutes: IdenticalMinutes
    threshold_heaping: ThresholdHeaping
    rounded_minutes: RoundedMinutes
    cloned_description: ClonedDescription
    impossible_day: ImpossibleDay
    manual_time: ManualTime


def resolved(block: AuditBlock) -> core.AuditRules:
    """The thresholds of one version as the core carries them."""

    def cited(text: CitationText) -> Citation:
        return Citation(text.title, text.url, text.verified)

    def numbers(table: Strict) -> dict[str, int | float]:
        return table.model_dump(exclude={"citation"})

    return core.AuditRules(
        level=block.level,
        citation=cited(block.citation),
        identical_minutes=core.IdenticalMinutes(
            **numbers(block.identical_minutes), citation=cited(block.identical_minutes.citation)
        ),
        threshold_heaping=core.ThresholdHeaping(
            **numbers(block.threshold_heaping), citation=cited(block.threshold_heaping.citation)
        ),
        rounded_minutes=core.RoundedMinutes(**numbers(block.rounded_minutes), citation=cited(block.rounded_minutes.citation)),
        cloned_description=core.ClonedDescription(
            **numbers(block.cloned_description), citation=cited(block.cloned_description.citation)
        ),
        impossible_day=core.ImpossibleDay(**numbers(block.impossible_day), citation=cited(block.impossible_day.citation)),
        manual_time=core.ManualTime(**numbers(block.manual_time), citation=cited(block.manual_time.citation)),
    )
