"""Which of a patient's plans on record are in force, which is the same plan twice, and between which no order is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from flows import steps
from flows.ccm.patient import Coverage
from flows.ccm.payers import contested, coverages_on, first_payer, second_payer
from flows.ccm.source import Source
from tests.corrections.test_two_payers import COVERAGE, two_plans


def test_a_plan_that_the_export_and_the_table_name_by_two_ids_is_one():
    month = two_plans()
    intake = steps.read_month(month.shelf, month.practice, month.month)
    (held,) = [m for m in intake.patient_months if m.patient.mrn == "A1001"]
    table = next(c for c in held.coverages if c.plan == "commercial")
    exported = replace(table, payer_id="22667", member_id="w123401", rank=1, source=Source("all.ndjson", 7, "Coverage/c"))
    both = replace(held, coverages=(exported, *held.coverages))
    assert contested(both, month.month.last_day) == ()
    assert first_payer(both, month.month.last_day) == table
    renumbered = replace(exported, payer_id="60054", member_id="X9")
    assert contested(replace(held, coverages=(renumbered, *held.coverages)), month.month.last_day) == ()
    for twice in (replace(table, member_id="X9"), replace(table, payer_id="22667")):
        assert set(contested(replace(held, coverages=(twice, *held.coverages)), month.month.last_day)) == {table, twice}
    unnumbered = replace(table, member_id="")
    assert contested(replace(held, coverages=(unnumbered, *held.coverages)), month.month.last_day) == ()
    advantage = [
        replace(table, plan="medicare_advantage", payer_id=name, rank=rank) for name, rank in (("SYNMA1", 1), ("SYNMA2", 2))
    ]
    assert set(contested(replace(held, coverages=tuple(advantage)), month.month.last_day)) == set(advantage), "nobody has two"
    other = replace(exported, member_id="X9")
    assert set(contested(replace(held, coverages=(other, *held.coverages)), month.month.last_day)) == {table, other}


ADVANTAGE = "A1001,medicare_advantage,Sample Advantage,{payer},{number},2020-01-01,,{rank},,covered,2025-11,no,,,\n"


@pytest.mark.parametrize(
    ("medicare_rank", "plans", "billed"),
    [
        # The commonest way to enter an enrollee: traditional Medicare pays nothing for them, whatever its rank.
        ("2", [("SYNMA1", "A1", "1")], "SYNMA1"),
        ("1", [("SYNMA1", "A1", "1")], "SYNMA1"),
        ("1", [("SYNMA1", "A1", "2")], ""),
        ("2", [("SYNMA1", "A1", "1"), ("SYNMA2", "B1", "")], ""),  # the newer one, sent without a rank, is another plan
        ("2", [("SYNMA1", "A1", "1"), ("SYNMA1", "", "")], "SYNMA1"),
        ("2", [("SYNMA1", "A1", "1"), ("SYNMA9", "a-1", "")], "SYNMA1"),
    ],
)
def test_an_advantage_plan_stands_in_for_medicare(medicare_rank: str, plans: list[tuple[str, str, str]], billed: str):
    month = two_plans(medicare_rank=medicare_rank, first=False)
    for payer, number, rank in plans:
        row = ADVANTAGE.format(payer=payer, number=number, rank=rank)
        month.shelf.objects[COVERAGE] += row.encode()
    intake = steps.read_month(month.shelf, month.practice, month.month)
    (held,) = [m for m in intake.patient_months if m.patient.mrn == "A1001"]
    day = month.month.last_day
    assert bool(contested(held, day)) == (not billed)
    if billed:
        first, second = first_payer(held, day), second_payer(held, day)
        assert first is not None and (first.payer_id, second) == (billed, None)


def test_a_plan_that_the_table_ends_is_over_though_an_export_has_it_open():
    month = two_plans(first=False)
    intake = steps.read_month(month.shelf, month.practice, month.month)
    (held,) = [m for m in intake.patient_months if m.patient.mrn == "A1001"]
    begun = Coverage("medicare_advantage", "covered", start=date(2020, 1, 1), source=Source("coverage.csv", 2))
    ended = replace(begun, payer_id="SYNMA1", member_id="A1", end=date(2025, 9, 30))
    new = replace(begun, payer_id="SYNMA2", member_id="B1", start=date(2025, 10, 1))
    exported = replace(ended, end=None, source=Source("all.ndjson", 7, "Coverage/c"))
    day = month.month.last_day
    assert coverages_on(replace(held, coverages=(ended, new, exported)), day) == (new,)
    earlier = replace(ended, start=date(2018, 1, 1), end=date(2019, 12, 31))
    assert coverages_on(replace(held, coverages=(earlier, exported)), day) == (exported,), (
        "the table's was over before this began"
    )
