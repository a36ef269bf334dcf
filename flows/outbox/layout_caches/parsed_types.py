"""C arrays by name: an array's type is parsed once, not once for each length that a document's glyphs happen to have."""

from __future__ import annotations

import re
from typing import Any

from weasyprint.text.ffi import ffi

_ARRAY = re.compile(r"(\w+)\[\d+\]")


class LengthsUnsaid:
    """WeasyPrint's ``ffi``, for which an array that is given its items is as long as they are many."""

    def __getattr__(self, name: str) -> Any:
        return getattr(ffi, name)

    def new(self, kind: str, items: Any = None) -> Any:
        """In place of ``ffi.new``."""
        array = _ARRAY.fullmatch(kind) if isinstance(items, list | tuple) else None
        return ffi.new(f"{array[1]}[]" if array else kind, items)
