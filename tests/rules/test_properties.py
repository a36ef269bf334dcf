"""What holds for any month: nothing lost, nothing twice, more work never pays less, and one of three outcomes."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.ccm.decide import decide
from flows.ccm.source import Source
from tests.rules.charts import charts, levels
from tests.rules.examples import compliant, rules_for
from tests.rules.time_entries import busy_with, crowded_entries, tidy_entries

bounded = settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])

NOVEMBER = rules_for()
ADD_ONS = {"99439": ("99490", 2), "99437": ("99491", 2), "99489": ("99487", 10)}
FAMILIES = ({"99490", "99439"}, {"99491", "99437"}, {"99487", "99489"}, {"G0511"})


def _counted(decision):
    return [(p.started, p.started + timedelta(seconds=p.seconds), p) for p in decision.pieces if p.fate == "counted"]


def _units(decision):
    return {line.code: line.units for line in decision.lines or decision.at_stake}


@bounded
@given(charts())
def test_counted_and_excluded_seconds_are_the_seconds_logged(month):
    decision = decide(month, NOVEMBER)
    logged = Counter()
    for e in month.time:
        logged[e.entry_id] += e.seconds
    told = Counter()
    for p in decision.pieces:
        told[p.entry_id] += p.seconds
    assert told == logged
    assert sum(decision.seconds.values()) + sum(decision.excluded.values()) == sum(logged.values())


@bounded
@given(charts())
def test_every_decision_is_one_of_three_and_says_why(month):
    decision = decide(month, NOVEMBER)
    kinds = {NOVEMBER.reasons[reason.id].kind for reason in decision.reasons}
    if decision.outcome == "bill":
        assert decision.lines and not decision.at_stake and not kinds
        assert decision.service_from <= decision.service_to
    elif decision.outcome == "hold":
        assert decision.at_stake and not decision.lines and kinds == {"hold"}
        assert all(NOVEMBER.reasons[reason.id].remedy for reason in decision.reasons)
    else:
        assert decision.outcome == "not_billable"
        assert not decision.lines and not decision.at_stake and "never" in kinds
    assert bool(decision.reasons) == any(not r.met for r in decision.requirements)


@bounded
@given(charts())
def test_no_date_of_a_claim_lies_outside_the_month_or_after_death(month):
    for convention in ("last_day", "full_month", "first_to_last", "threshold_day"):
        decision = decide(month, rules_for(choices={"service_dates": convention}))
        if decision.outcome == "bill":
            assert date(2025, 11, 1) <= decision.service_from <= decision.service_to <= date(2025, 11, 30)
            assert month.patient.died is None or decision.service_to <= month.patient.died


@bounded
@given(charts(crowded_entries) | charts())
def test_no_minute_counts_twice_for_one_patient(month):
    spans = sorted(_counted(decide(month, NOVEMBER)), key=lambda span: span[:2])
    for (_, end, _), (start, _, _) in pairwise(spans):
        assert end <= start


@bounded
@given(crowded_entries)
def test_all_qualified_time_of_a_compliant_patient_counts_once(entries):
    decision = decide(compliant(time=entries), NOVEMBER)
    covered = {e.started + timedelta(seconds=s) for e in entries for s in range(0, e.seconds, 60)}
    assert sum(decision.seconds.values()) == 60 * len(covered)


@bounded
@given(crowded_entries, crowded_entries)
def test_no_minute_of_a_person_counts_for_two_patients(ours, theirs):
    mine = decide(compliant(time=ours, busy=busy_with(theirs)), NOVEMBER)
    others = decide(compliant(time=theirs, busy=busy_with(ours)), NOVEMBER)
    for start, end, piece in _counted(mine):
        for other_start, other_end, other in _counted(others):
            assert piece.person != other.person or end <= other_start or other_end <= start


@bounded
@given(charts(crowded_entries) | charts(), st.randoms(use_true_random=False))
def test_order_and_duplicates_change_nothing(month, random):
    delivered = list(month.time)
    for e in month.time:
        if random.random() < 0.5:
            delivered.append(replace(e, entry_id=f"again {e.entry_id}", source=Source("a later file", e.source.line)))
    random.shuffle(delivered)
    once, again = decide(month, NOVEMBER), decide(replace(month, time=tuple(delivered)), NOVEMBER)
    assert again.seconds == once.seconds
    assert (again.outcome, _units(again), again.rendering) == (once.outcome, _units(once), once.rendering)
    assert {r.id for r in again.reasons} == {r.id for r in once.reasons}


@bounded
@given(charts(crowded_entries), st.randoms(use_true_random=False))
def test_what_the_files_are_called_and_how_they_are_split_changes_nothing(month, random):
    numbers = [e.source.line for e in month.time]
    random.shuffle(numbers)
    renamed = tuple(
        replace(e, entry_id=f"row {n}", source=Source(random.choice("ab"), n)) for e, n in zip(month.time, numbers, strict=True)
    )
    once, again = decide(month, NOVEMBER), decide(replace(month, time=renamed), NOVEMBER)
    assert again.seconds == once.seconds
    assert (again.outcome, _units(again), again.rendering) == (once.outcome, _units(once), once.rendering)


@bounded
@given(
    tidy_entries(),
    levels,
    st.sampled_from(["complexity", "highest_amount"]),
    st.sampled_from(["office", "rhc", "hospital_outpatient"]),
)
def test_more_time_never_lowers_the_amount_at_stake(entries, level, choice, kind):
    """National non-facility dollars, by which families are chosen; with one practitioner at most."""
    rules = rules_for(kind=kind, choices={"complex_choice": choice})
    amount = Decimal(0)
    for so_far in range(1, len(entries) + 1):
        decision = decide(compliant(time=entries[:so_far], decision_making=level), rules)
        more = sum((rules.choice_amounts[code] * units for code, units in _units(decision).items()), Decimal(0))
        assert more >= amount
        amount = more


@bounded
@given(charts() | charts(tidy_entries()), st.sampled_from(["complexity", "highest_amount"]))
def test_add_ons_stand_on_their_base_and_families_never_mix(month, choice):
    units = _units(decide(month, rules_for(choices={"complex_choice": choice})))
    assert sum(bool(family & set(units)) for family in FAMILIES) <= 1
    for code, count in units.items():
        base, limit = ADD_ONS.get(code, (code, 1))
        assert units[base] == 1
        assert 1 <= count <= limit
