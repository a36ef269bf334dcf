"""Tenancy refuses a choice's value before any month is run; the rulebook says what each value means. They name the same ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

from flows.tenancy.schema import CHOICE_VALUES, REFUSED_PLACES

RULEBOOK = Path(__file__).parents[2] / "flows/rulebook"


def table(name: str) -> dict:
    return tomllib.loads((RULEBOOK / name).read_text(encoding="utf-8"))


def test_choices_and_their_values_are_the_rulebooks():
    # "mac" stands for no choice of the practice's own: it is not recorded
    offered = {row["id"]: set(row["options"]) - {"mac"} for row in table("choices.toml")["choice"]}
    assert {name: set(values) for name, values in CHOICE_VALUES.items()} == offered


def test_the_places_refused_are_the_rulebooks():
    newest = table("places.toml")["version"][-1]
    assert set(REFUSED_PLACES) == set(newest["refused"])
