"""What is kept between documents of one style: bounded, and gone with the style's font configuration."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from itertools import count
from typing import Any

_LINES = 6000  # each a few hundred bytes; a month's documents repeat a few hundred phrases
_STYLES = 3000  # a template has some hundred; more means sheets that change with the document
LONGEST = 400  # characters of a text that is kept: a longer one is hardly ever said twice
_NAME = "layout_caches"


class Recent:
    """The values last asked for, at most ``most`` of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def find(self, key: Hashable) -> Any:
        """The value kept under ``key``, or None."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def keep(self, key: Hashable, value: Any) -> None:
        """Keep a value; one too many, and the one that was asked for longest ago goes."""
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)


class Kept:
    """One style's caches."""

    def __init__(self) -> None:
        self.fitting = Recent(_LINES)  # texts that fit in a line, with the least width known to hold them
        self.lines = Recent(_LINES)  # first lines of texts, by the width given
        self.painted = Recent(_LINES)
        self.looks = Recent(_STYLES)
        self.fonts: dict[tuple[int, float], tuple[Any, Any]] = {}  # a font, and the layout that keeps it alive
        self._numbers = count()
        self.forget_styles()

    def forget_styles(self) -> None:
        """Begin the tree of computed styles anew."""
        self.sheets: tuple[Any, ...] = ()
        self.first: dict[Any, Any] = {}
        self.page_sizes: Any = None
        self.styles = 0

    def look(self, values: tuple[Hashable, ...]) -> int:
        """A number for everything of a style that text depends on; never given to two."""
        number = self.looks.find(values)
        if number is None:
            number = next(self._numbers) + 1
            self.looks.keep(values, number)
        return int(number)

    @property
    def too_many_styles(self) -> bool:
        """Whether the styles are more than templates can make: then they hold something of the documents."""
        return self.styles > _STYLES


def give(fonts: Any) -> None:
    """Let the documents laid out with this font configuration keep what they find out."""
    setattr(fonts, _NAME, Kept())


def kept(fonts: Any) -> Kept | None:
    """The caches of a font configuration, None where it was given none."""
    return getattr(fonts, _NAME, None)
