"""Payers as a practice reads of them: by the plan's name, with its payer id, where the records have them."""

from __future__ import annotations

from collections.abc import Mapping

from flows.ccm.claim_record import MEDICARE, payer_of
from flows.ccm.month_result import MonthResult
from flows.ccm.patient import Coverage
from flows.outbox.plain_words import word


def plan_name(cover: Coverage) -> str:
    """One plan; as a claim record has it where its name is not on record."""
    if cover.plan == MEDICARE:
        return "Medicare"
    return f"{cover.payer_name} ({cover.payer_id})" if cover.payer_name else payer_of(cover)


def payer_names(result: MonthResult) -> dict[str, str]:
    """The month's plans by what a claim record calls them. Of a plan spelled in several ways one spelling, always the same."""
    names: dict[str, str] = {}
    for cover in (c for month in result.patient_months for c in month.coverages):
        known = payer_of(cover)
        names[known] = min(names.get(known, plan_name(cover)), plan_name(cover), key=lambda name: (name == known, name))
    return names


def said(payer: str, names: Mapping[str, str]) -> str:
    """A payer that a claim record names, by its plan's name; by kind and payer id where no record of the month names it now."""
    kind, _, payer_id = payer.partition(" ")
    return names.get(payer) or f"{word('coverage', kind)} {payer_id}".strip()
