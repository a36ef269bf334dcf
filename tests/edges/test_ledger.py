"""Evidence reads back exactly, and is the same bytes for the same facts."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.decision import Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.service_month import ServiceMonth
from flows.ledger import LedgerError, from_lines, to_lines

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
zones = st.sampled_from([UTC, timezone(timedelta(hours=-8)), timezone(timedelta(hours=5, minutes=45))])
st.register_type_strategy(str, words)
st.register_type_strategy(
    datetime, st.integers(0, 4 * 10**9).flatmap(lambda at: zones.map(lambda zone: datetime.fromtimestamp(at, zone)))
)
st.register_type_strategy(Decimal, st.decimals(-100000, 100000, places=2))
st.register_type_strategy(ServiceMonth, st.builds(ServiceMonth, st.integers(2024, 2090), st.integers(1, 12)))
months = st.builds(PatientMonth)
decisions = st.builds(Decision)


@settings(max_examples=60, deadline=None)
@given(st.lists(months, max_size=3))
def test_patient_months_read_back_exactly(records: list[PatientMonth]):
    data = to_lines(records)
    assert data.count(b"\n") == len(records)
    assert from_lines(data, PatientMonth) == tuple(records)
    assert to_lines(from_lines(data, PatientMonth)) == data


@settings(max_examples=60, deadline=None)
@given(st.lists(decisions, max_size=3))
def test_decisions_read_back_exactly(records: list[Decision]):
    data = to_lines(records)
    assert from_lines(data, Decision) == tuple(records)
    for line in data.splitlines():
        read = json.loads(line)
        again = json.dumps(read, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert again.encode() == line, "keys sorted, no spaces, UTF-8"


def one(**changes: object) -> Decision:
    plain = Decision(
        practice="north",
        month=ServiceMonth(2025, 11),
        patient_key="k1",
        outcome="not_billable",
        lines=(),
        at_stake=(),
        reasons=(),
        flags=(),
        seconds={"staff": 600, "practitioner": 0},
        excluded={},
        pieces=(),
        family="",
        considered=(),
        requirements=(),
        service_from=date(2025, 11, 30),
        service_to=None,
        place_of_service="11",
        claim_form="none",
        rendering="dr_a",
        diagnoses=("E119", "I10"),
        rules_version="v",
    )
    return replace(plain, **changes)


def test_the_order_of_a_mapping_does_not_show():
    assert to_lines([one(seconds={"a": 1, "b": 2})]) == to_lines([one(seconds={"b": 2, "a": 1})])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"outcome":"not_billable"', b'"outcome":7'),
        (b'"rendering":"dr_a",', b""),
        (b'"family":"",', b'"family":"","famly":"",'),
        (b'"family":""', b'"family": ""'),
        (b'"2025-11-30"', b'"30/11/2025"'),
        (b"600", b"600.0"),
        (b"}\n", b"\n"),
    ],
)
def test_a_line_that_is_not_ours_is_refused_by_number_without_its_content(old: bytes, new: bytes):
    line = to_lines([one()])
    assert old in line
    with pytest.raises(LedgerError) as raised:
        from_lines(line + line.replace(old, new, 1), Decision)
    assert str(raised.value).startswith("line 2: not a Decision")
    assert "k1" not in str(raised.value)
