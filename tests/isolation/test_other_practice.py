"""A patient whom another practice bills: neither the packet nor the registry says who that is, or where."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from flows import month_claims, steps
from flows.ccm.claims import claim_id
from flows.ccm.month_result import MonthResult
from flows.registry import open_registry
from flows.store import RegistryStore, StoreError
from tests.golden.months import decided
from tests.isolation.canary_search import Search
from tests.isolation.server import Guarded, guarded_s3

HERE, ELSEWHERE = "bayview-family", "zqelsewhere"


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with guarded_s3([HERE, ELSEWHERE]) as both:
        yield both


@pytest.fixture(scope="module")
def held(guarded: Guarded) -> tuple[MonthResult, MonthResult]:
    """The month as it is, and held after another practice with facts of its own has billed the same patients."""
    result = decided("office-2025-11")
    facts = {"slug": ELSEWHERE, "name": "Zqelsewhere Clinic", "npi": "1992999991", "tax_id": "998877665"}
    other = dataclasses.replace(result, practice=dataclasses.replace(result.practice, **facts))
    theirs = open_registry(guarded.worker, other.practice)
    assert month_claims.confirm_claims(theirs, month_claims.claim_month(theirs, other)) is other
    return result, month_claims.claim_month(open_registry(guarded.worker, result.practice), result)


def test_a_held_patient_s_packet_names_no_other_practice(held: tuple[MonthResult, MonthResult]):
    result, after = held
    billed = {d.patient_key for d in result.decisions if d.outcome == "bill"}
    assert len(billed) > 3
    assert {d.patient_key for d in after.decisions if "conflict.other_practice" in [r.id for r in d.reasons]} == billed
    files = steps.make_packet(after, 1, 1)
    assert any(b"conflict.other_practice" in files[name] for name in ("decisions.jsonl",))
    assert b"other practice" in files["held.csv"] or b"another practice" in files["held.csv"]
    told = Search([ELSEWHERE, "1992999991", "998877665"])
    assert {name: told.found(data) for name, data in files.items() if told.found(data)} == {}


def test_what_a_practice_s_credentials_read_in_the_registry_tells_nothing(
    guarded: Guarded, held: tuple[MonthResult, MonthResult]
):
    result, _ = held
    mine = RegistryStore(guarded.worker, HERE)
    names = [wish.name for wish in open_registry(guarded.worker, result.practice).wishes(result)]
    read = [mine.find(name)[0] for name in names]
    people = [m.patient for m in result.patient_months]
    known = {text for p in people for text in (p.mrn, p.mbi, p.family_name, p.given_name, p.born.isoformat(), p.phone) if text}
    ids = [
        claim_id(slug, month) for slug in (HERE, ELSEWHERE) for month in result.patient_months
    ]  # plain hashes of practice and patient
    told = Search([*known, *ids, HERE, ELSEWHERE, result.practice.npi, "1992999991", "998877665"])
    assert told.found("\n".join(names).encode() + b"\n".join(read)) == set()
    assert len({json.loads(data)["holder"] for data in read}) == len(read), (
        "no token twice, so that they cannot be counted together"
    )
    with pytest.raises(StoreError, match="AccessDenied"):
        mine.find("0" * 64)
