"""Lines of text shaped before: what Pango measured for a text in a look is so in every document."""

from __future__ import annotations

from collections.abc import Hashable
from math import inf
from typing import Any

from weasyprint.text.line_break import Layout, split_first_line, strut

from flows.outbox.layout_caches.kept import LONGEST, kept

_split, _strut, _reactivate = split_first_line, strut, Layout.reactivate
# Every property that shaping, breaking or drawing a line reads.
_READ = (
    *("direction", "lang", "font_language_override", "font_family", "font_style", "font_stretch", "font_weight", "font_size"),
    *("font_variation_settings", "font_kerning", "font_variant_ligatures", "font_variant_position", "font_variant_caps"),
    *("font_variant_numeric", "font_variant_alternates", "font_variant_east_asian", "font_feature_settings", "word_spacing"),
    *("letter_spacing", "overflow_wrap", "word_break", "tab_size", "white_space", "text_decoration_line", "hyphens"),
    *("hyphenate_limit_chars", "hyphenate_limit_zone", "hyphenate_character"),
)
_ALIVE = ("layout", "language", "style")  # a layout's links to Pango and to its document


def look_of(style: Any) -> int:
    """The number of a style's look; a style is complete before text is set in it."""
    number = style.__dict__.get("_look")
    if number is None:
        caches = kept(style.font_config)
        assert caches is not None
        number = style._look = caches.look(tuple(_fixed(style[name]) for name in _READ))
    return int(number)


def _fixed(value: Any) -> Hashable:
    if isinstance(value, list):
        return tuple(value)
    return frozenset(value) if isinstance(value, set) else value


def first_line(
    text: str,
    style: Any,
    context: Any,
    max_width: Any,
    justification_spacing: Any,
    is_line_start: Any = True,
    minimum: Any = False,
) -> tuple[Any, ...]:
    """In place of ``split_first_line``."""
    caches = kept(style.font_config)
    if caches is None or len(text) > LONGEST:
        return _split(text, style, context, max_width, justification_spacing, is_line_start, minimum)
    width = inf if max_width is None else max_width
    whole = look_of(style), text, justification_spacing
    fits = caches.fitting.find(whole)
    if fits is not None and width >= fits[0]:
        return _again(fits[1], max_width)
    first = *whole, width, is_line_start, minimum
    line = caches.lines.find(first)
    if line is not None:
        return _again(line, max_width)
    layout, *measured = _split(text, style, context, max_width, justification_spacing, is_line_start, minimum)
    line = {name: value for name, value in layout.__dict__.items() if name not in _ALIVE}, measured
    if measured[1] is None and layout.text == text and measured[2] <= width:
        # All of the text in one line: any wider line holds it as well, and it measures the same there.
        caches.fitting.keep(whole, (min(width, measured[2] + 1, fits[0] if fits else inf), line))
    else:
        caches.lines.keep(first, line)
    return (layout, *measured)


def _again(line: tuple[dict[str, Any], list[Any]], max_width: Any) -> tuple[Any, ...]:
    layout = Layout.__new__(Layout)
    layout.__dict__.update(line[0])
    layout.max_width = max_width
    return (layout, *line[1])


def line_height(style: Any) -> Any:
    """In place of ``strut``."""
    if kept(style.font_config) is None:
        return _strut(style)
    height = style.__dict__.get("_strut")
    if height is None:
        height = style._strut = _strut(style)
    return height


def ready_when_asked(self: Any, style: Any) -> None:
    """In place of ``Layout.reactivate``: Pango is asked only where the line was not painted before."""
    if kept(style.font_config) is None:
        _reactivate(self, style)
    else:
        self.style = style


def ready(layout: Any) -> None:
    """Make a layout ready that was put off."""
    if "layout" not in layout.__dict__:
        _reactivate(layout, layout.style)


def let_go(self: Any) -> None:
    """In place of ``Layout.deactivate``: of what there is to let go."""
    for name in _ALIVE:
        self.__dict__.pop(name, None)
