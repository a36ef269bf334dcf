"""The stops file: its shape, and its thresholds as the core carries them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from flows.ccm.citation import Citation
from flows.ccm.stop_rules import StopRules
from flows.rulebook.schema import Dated

Count = Annotated[int, Field(gt=0)]
Margin = Annotated[float, Field(gt=0, lt=1)]


class StopBlock(Dated):
    """The stops in one version."""

    level: Annotated[float, Field(gt=0, lt=0.5)]
    months: Count
    within_months: Count
    least_months: Count
    count_ratio: Annotated[float, Field(gt=1)]
    hold_rate_margin: Margin
    rejected_rows_margin: Margin
    withdrawn_margin: Margin

    @model_validator(mode="after")
    def _reachable(self) -> StopBlock:
        if not self.least_months <= self.months <= self.within_months:
            raise ValueError("least_months, months and within_months must not fall in this order: else nothing is ever stopped")
        return self


def resolved(block: StopBlock) -> StopRules:
    """The thresholds of one version as the core carries them."""
    cited = Citation(block.citation.title, block.citation.url, block.citation.verified)
    return StopRules(**block.model_dump(exclude={"effective", "until", "citation"}), citation=cited)
