"""Which Medicare contractor serves a practice: the MAC jurisdictions, their contractor numbers and states, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files


@cache
def contractors() -> dict[str, dict[str, tuple[str, ...]]]:
    """Part B contractor numbers with their states, by MAC jurisdiction; the source is cited in ``contractors.toml``."""
    table = tomllib.loads(files("flows.tenancy").joinpath("contractors.toml").read_text(encoding="utf-8"))
    return {
        mac: {number: tuple(states) for number, states in numbers.items()}
        for mac, numbers in table.items()
        if isinstance(numbers, dict)
    }


def fault(mac: str, contractor: str, part_a: str, state: str) -> tuple[str, str] | None:
    """The key at fault and what is wrong with it, or None. ``part_a`` is empty where the practice bills Part B alone. Part A
    numbers share the first two digits of the state's Part B number; the rest is not checked, for want of a published list."""
    numbers = contractors().get(mac)
    if numbers is None:
        return "mac", f"{mac!r} is no MAC jurisdiction; use one of {' '.join(contractors())}"
    serving = [number for number, states in numbers.items() if state in states]
    if not serving:
        return "mac", f"{mac} does not serve {state}; use the jurisdiction of the practice's own state"
    if contractor not in serving:
        return "contractor", f"{contractor} does not serve {state} in {mac}; use {' or '.join(serving)}"
    if part_a and (part_a[:2] not in {number[:2] for number in serving} or part_a in serving):
        return "contractor_part_a", f"{part_a} is not of {mac}'s Part A in {state}; numbers there begin with {serving[0][:2]}"
    return None
