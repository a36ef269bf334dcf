"""Chronic conditions and what belongs to each: codes, medications, goals, monitoring, advice, things to talk about."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from flows.ccm.patient import PlanItem


@dataclass(frozen=True, slots=True)
class ChronicCondition:
    """A condition of the clinical list. ``linked`` codes replace its own where the conditions they name go with it."""

    id: str
    icd10: str
    snomed: str
    name: str
    share: float  # of an older primary-care panel
    crosswalked: bool
    medications: tuple[PlanItem, ...]
    goals: tuple[PlanItem, ...]
    monitoring: tuple[PlanItem, ...]
    self_management: tuple[PlanItem, ...]
    specialist: str
    topics: tuple[str, ...]
    linked: tuple[tuple[frozenset[str], str, str], ...]

    def codes(self, others: Collection[str]) -> tuple[str, str]:
        """ICD-10-CM and SNOMED CT code of this condition in a patient who also has ``others`` (condition ids)."""
        for needed, icd10, snomed in self.linked:
            if needed <= set(others):
                return icd10, snomed
        return self.icd10, self.snomed


def _items(lines: list[str]) -> tuple[PlanItem, ...]:
    return tuple(PlanItem(*line.split("|")) for line in lines)


@cache
def clinical_list() -> tuple[ChronicCondition, ...]:
    """The conditions of conditions.toml, in its order."""
    return tuple(
        ChronicCondition(
            id=row["id"],
            icd10=row["icd10"],
            snomed=row["snomed"],
            name=row["name"],
            share=row["share"],
            crosswalked=row.get("crosswalked", False),
            medications=_items(row["medications"]),
            goals=_items(row["goals"]),
            monitoring=_items(row["monitoring"]),
            self_management=_items(row["self_management"]),
            specialist=row["specialist"],
            topics=tuple(row["topics"]),
            linked=tuple((frozenset(link["with"]), link["icd10"], link["snomed"]) for link in row.get("linked", ())),
        )
        for row in _file()["condition"]
    )


@cache
def uncoded() -> tuple[tuple[str, str], ...]:
    """Rare diseases as (SNOMED CT code, name): no common crosswalk has an ICD-10-CM code for them."""
    return tuple((row["snomed"], row["name"]) for row in _file()["uncoded"])


@cache
def _file() -> dict:
    return tomllib.loads(Path(__file__).with_name("conditions.toml").read_text("utf-8"))


def draw_conditions(rng: Random) -> tuple[ChronicCondition, ...]:
    """Two to seven conditions, each about as common as in an older panel, in the order of the clinical list."""
    listed = clinical_list()
    chosen = [c for c in listed if rng.random() < c.share]
    while len(chosen) < 2:
        extra = rng.choices(listed, weights=[c.share for c in listed])[0]
        if extra not in chosen:
            chosen.append(extra)
    while len(chosen) > 7:
        chosen.remove(rng.choice(chosen))
    return tuple(c for c in listed if c in chosen)
