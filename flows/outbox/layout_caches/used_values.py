"""Used values of boxes: the lengths of a style that no containing block can change are worked out once for the style."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

from weasyprint.css.functions import check_math
from weasyprint.formatting_structure import boxes
from weasyprint.layout.percent import adjust_box_sizing, resolve_percentages, resolve_radii_percentages

from flows.outbox.layout_caches.kept import kept

_resolve, _resolve_radii, _in_flow = resolve_percentages, resolve_radii_percentages, boxes.Box.is_in_normal_flow
_RADII = tuple(f"border_{corner}_radius" for corner in ("top_left", "top_right", "bottom_right", "bottom_left"))
_SQUARE = dict.fromkeys(_RADII, (0, 0))
_SIDES = ("top", "right", "bottom", "left")
_ACROSS = ("margin_left", "margin_right", "padding_left", "padding_right", "width", "min_width", "max_width")
_EDGES = ("margin_top", "margin_bottom", "padding_top", "padding_bottom")
_DOWN = ("height", "min_height", "max_height")
# What a percentage of a height that depends on its content is of; the height itself is then automatic.
_OF_CONTENT = {"min_height": 0, "max_height": inf}


@dataclass(frozen=True, slots=True)
class _Lengths:
    """A style's lengths: those that are fixed, and the percentages of the others by what they are of."""

    fixed: dict[str, Any]
    across: tuple[tuple[str, float], ...]
    edges: tuple[tuple[str, float], ...]
    down: tuple[tuple[str, float], ...]
    borders: dict[str, Any] | None  # where a table may have resolved some already
    boxed: bool


def used_values(box: Any, containing_block: Any) -> None:
    """In place of ``resolve_percentages``."""
    style = box.style
    lengths = style.__dict__.get("_lengths")
    if lengths is None:
        if kept(style.font_config) is None or (lengths := _lengths(style)) is None:
            _resolve(box, containing_block)
            return
        style._lengths = lengths
    values = box.__dict__
    values.update(lengths.fixed)
    if lengths.across or lengths.edges or lengths.down:
        if isinstance(containing_block, boxes.Box):
            width, height = containing_block.width, containing_block.height
        else:
            width, height = containing_block
        for name, percent in lengths.across:
            values[name] = width * percent / 100
        for name, percent in lengths.edges:
            values[name] = (height if isinstance(box, boxes.PageBox) else width) * percent / 100
        for name, percent in lengths.down:
            if height == "auto" and name == "height":
                values[name] = "auto"
            else:
                values[name] = (_OF_CONTENT[name] if height == "auto" else height) * percent / 100
    if lengths.borders:
        for name, value in lengths.borders.items():
            if not hasattr(box, name):
                values[name] = value
    if lengths.boxed:
        adjust_box_sizing(box, "width")
        adjust_box_sizing(box, "height")


def used_radii(box: Any) -> None:
    """In place of ``resolve_radii_percentages``."""
    style = box.style
    square = style.__dict__.get("_square")
    if square is None:
        if kept(style.font_config) is None:
            _resolve_radii(box)
            return
        square = style._square = all((0, "px") in style[name] for name in _RADII)
    if square:
        box.__dict__.update(_SQUARE)
    else:
        _resolve_radii(box)


def in_normal_flow(self: Any) -> bool:
    """In place of ``Box.is_in_normal_flow``: nothing but the style says it."""
    style = self.style
    inside: bool | None = style.__dict__.get("_in_flow")
    if inside is None:
        inside = bool(_in_flow(self))
        if kept(style.font_config) is not None:
            style._in_flow = inside
    return inside


def _lengths(style: Any) -> _Lengths | None:
    """A style's lengths; None where one has to be calculated for each box."""
    fixed: dict[str, Any] = {}
    relative: dict[tuple[str, ...], list[tuple[str, float]]] = {_ACROSS: [], _EDGES: [], _DOWN: []}
    for names, percentages in relative.items():
        for name in names:
            value = style[name]
            if value is None or value == "auto":
                fixed[name] = 0 if value == "auto" and name in ("min_width", "min_height") else value
            elif check_math(value) or value.unit not in ("px", "%"):
                return None
            elif value.unit == "%":
                percentages.append((name, value.value))
            else:
                fixed[name] = value.value
    borders = {f"border_{side}_width": style[f"border_{side}_width"] for side in _SIDES}
    collapse = style["border_collapse"] == "collapse"
    if not collapse:
        fixed.update(borders)
    return _Lengths(
        fixed,
        *(tuple(percentages) for percentages in relative.values()),
        borders if collapse else None,
        style["box_sizing"] != "content-box",
    )
