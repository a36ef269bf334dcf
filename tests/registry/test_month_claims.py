"""A decided month against the registry: what is held, what is freed, what the vendor alone sees."""

from __future__ import annotations

import dataclasses
from datetime import date

from flows import ledger, month_claims, packets, steps
from flows.ccm.month_result import MonthResult
from flows.ccm.patient import Consent
from flows.collisions import collisions
from flows.registry import open_registry
from flows.settings import Settings
from flows.store import Store, client
from tests.golden.months import decided
from tests.packet.files import held


def test_of_two_practices_the_second_is_held_and_learns_no_more(own: Settings):
    result = decided("office-2025-11")
    elsewhere = dataclasses.replace(result.practice, slug="elsewhere")
    first, second = open_registry(own, result.practice), open_registry(own, elsewhere)
    billed = {claim.patient.key for claim in result.claims}
    assert month_claims.confirm_claims(first, month_claims.claim_month(first, result)) is result
    assert month_claims.claim_month(first, result) is result, "the same month again is no conflict"
    held = month_claims.claim_month(second, dataclasses.replace(result, practice=elsewhere))
    assert held.claims == ()
    for before, after in zip(result.decisions, held.decisions, strict=True):
        if before.patient_key not in billed:
            assert after == before
            continue
        assert (after.outcome, after.lines, after.at_stake) == ("hold", (), before.lines)
        added = after.reasons[len(before.reasons) :]
        assert [(r.id, r.detail, r.sources) for r in added] == [("conflict.other_practice", "", ())]
    month_claims.settle_registry(Store(own, "bayview-family"), first, held, 0)
    assert month_claims.claim_month(second, result) is result, "withdrawn claims free the registry"


def test_two_records_of_one_number_are_both_held_and_neither_claimed(own: Settings):
    result = decided("office-2025-11")
    one, other = (claim.patient.key for claim in result.claims[:2])
    shared = tuple(
        dataclasses.replace(m, patient=dataclasses.replace(m.patient, mbi="1EG4TE5MK73")) if m.patient.key in (one, other) else m
        for m in result.patient_months
    )
    registry = open_registry(own, result.practice)
    held = month_claims.claim_month(registry, dataclasses.replace(result, patient_months=shared))
    changed = [after for before, after in zip(result.decisions, held.decisions, strict=True) if after != before]
    assert sorted(d.patient_key for d in changed) == sorted((one, other))
    assert {d.reasons[-1].id for d in changed} == {"claim.invalid"}
    position = [m.patient.key for m in shared].index(one)
    assert registry.entry(registry.name_of(shared[position], result.decisions[position])) is None


def test_a_later_consent_elsewhere_takes_over_before_sealing(own: Settings):
    result = decided("office-2025-11")
    elsewhere = dataclasses.replace(result.practice, slug="elsewhere")
    first, second = open_registry(own, result.practice), open_registry(own, elsewhere)
    key = result.claims[0].patient.key
    renewed = tuple(
        dataclasses.replace(m, consents=(*m.consents, dataclasses.replace(m.consents[-1], on=date(2025, 11, 20))))
        if m.patient.key == key
        else m
        for m in result.patient_months
    )
    mine = month_claims.claim_month(first, result)
    assert mine is result
    theirs = month_claims.claim_month(second, dataclasses.replace(result, practice=elsewhere, patient_months=renewed))
    assert [claim.patient.key for claim in theirs.claims] == [key]
    kept = month_claims.confirm_claims(first, mine)
    assert {c.patient.key for c in result.claims} - {c.patient.key for c in kept.claims} == {key}
    assert month_claims.confirm_claims(second, theirs) is theirs


def test_consent_of_the_month_decides_not_a_later_one(own: Settings):
    result = decided("office-2025-11")
    later = Consent(date(2025, 12, 5), "written", "granted", frozenset(), "dr")
    months = tuple(dataclasses.replace(m, consents=(*m.consents, later)) for m in result.patient_months)
    registry = open_registry(own, result.practice)
    told = registry.wishes(dataclasses.replace(result, patient_months=months))
    assert [w.consent for w in told] == [w.consent for w in registry.wishes(result)]
    assert all(w.consent <= result.month.last_day for w in told)


def publish(own: Settings, result: MonthResult) -> None:
    files = {
        steps.PATIENT_MONTHS: ledger.to_lines(result.patient_months),
        steps.DECISIONS: ledger.to_lines(result.decisions),
    }
    packets.publish(Store(own, result.practice.slug), result.month, 1, held(files), b"{}")


def test_the_vendor_alone_sees_who_collides(own: Settings):
    result = decided("office-2025-11")
    other = dataclasses.replace(result, practice=dataclasses.replace(result.practice, slug="elsewhere"))
    first, second = open_registry(own, result.practice), open_registry(own, other.practice)
    assert collisions(own, [result.practice, other.practice], result.month) == ()
    month_claims.confirm_claims(first, month_claims.claim_month(first, result))
    publish(own, result)
    assert collisions(own, [result.practice, other.practice], result.month) == ()
    held = month_claims.claim_month(second, other)
    publish(own, held)
    before = client(own).list_objects_v2(Bucket=own.bucket)["Contents"]
    found = collisions(own, [result.practice, other.practice], result.month)
    assert len(found) == len(result.claims)
    for mine, theirs in found:
        assert (mine.practice, mine.outcome, mine.standing) == ("bayview-family", "bill", "sealed here")
        assert (theirs.practice, theirs.outcome, theirs.standing) == ("elsewhere", "hold", "sealed elsewhere")
        assert mine.patient_key == theirs.patient_key and mine.consent == theirs.consent
    assert client(own).list_objects_v2(Bucket=own.bucket)["Contents"] == before, "nothing is written"
    practices_own = b"".join(packets.read_packet(Store(own, "elsewhere"), result.month, 1).values())
    assert practices_own.count(b"conflict.other_practice") == len(found)
