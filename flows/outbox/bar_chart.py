"""Small bar charts as numbers: where each bar stands. The template ``bar-chart.svg`` draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LABEL, _TOP, _GAP = 22, 22, 0.28


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar in the chart's own units: its corner, its size, its label below and its figure above."""

    x: float
    y: float
    width: float
    height: float
    label: str
    figure: str

    @property
    def middle(self) -> float:
        """The bar's middle, where its texts are centred."""
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True, slots=True)
class BarChart:
    """A chart with a title and a sentence that says the same in words, for who cannot see it."""

    id: str
    title: str
    description: str
    width: int
    height: int
    baseline: float
    bars: tuple[Bar, ...]
    centred: bool  # texts on the bars' middles; else at their left edges: a PDF makes each centred text an object of its own


def bar_chart(
    chart_id: str,
    title: str,
    values: Sequence[tuple[str, float, str]],
    width: int = 480,
    height: int = 150,
    centred: bool = True,
) -> BarChart:
    """A chart of (label, value, figure) in the order given; values are at least 0 and the highest fills the height."""
    top = max((value for _, value, _ in values), default=0) or 1
    room, slot = height - _LABEL - _TOP, width / max(len(values), 1)
    bars = []
    for position, (label, value, figure) in enumerate(values):
        tall = round(room * value / top, 2)
        bars.append(
            Bar(
                x=round(slot * (position + _GAP / 2), 2),
                y=round(_TOP + room - tall, 2),
                width=round(slot * (1 - _GAP), 2),
                height=tall,
                label=label,
                figure=figure,
            )
        )
    description = "; ".join(f"{label}: {figure or 'none'}" for label, _, figure in values)
    return BarChart(chart_id, title, description, width, height, float(height - _LABEL), tuple(bars), centred)
