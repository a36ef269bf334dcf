"""An answer that Prefect's server gives in pages, whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

_PAGE = 200  # as many as the server gives at once
_Item = TypeVar("_Item")


def whole_answer(ask: Callable[..., list[_Item]], **wanted: Any) -> list[_Item]:
    """Everything that a client's ``ask`` has for ``wanted``. Raises what the client raises."""
    found: list[_Item] = []
    while page := ask(**wanted, limit=_PAGE, offset=len(found)):
        found += page
        if len(page) < _PAGE:
            break
    return found
