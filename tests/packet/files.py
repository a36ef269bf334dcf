"""A packet's files as a run holds them before they are written."""

from __future__ import annotations

from collections.abc import Mapping

from flows.packets import Files


def held(files: Mapping[str, bytes]) -> Files:
    """These files, none of them elsewhere."""
    made = Files()
    made.update(files.items())
    return made
