"""Patient-months for property tests: compliant but for a few things drawn at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from flows.ccm.patient import (
    CARE_PLAN_ELEMENTS,
    CONSENT_ELEMENTS,
    CarePlan,
    Condition,
    Consent,
    Coverage,
    InitiatingVisit,
    InpatientStay,
    OtherService,
    PlanItem,
)
from flows.ccm.patient_month import PatientMonth
from tests.rules.examples import compliant
from tests.rules.time_entries import any_entries

days = st.dates(date(2025, 10, 1), date(2025, 12, 31))
levels = st.sampled_from([None, "straightforward", "low", "moderate", "high"])
_perhaps = st.none() | days
_ITEM = (PlanItem("as written"),)

_consents = st.builds(
    Consent,
    days,
    st.sampled_from(["written", "verbal", ""]),
    st.sampled_from(["granted", "granted", "declined"]),
    st.sampled_from([frozenset(), frozenset({"availability"}), frozenset(CONSENT_ELEMENTS)]),
    st.sampled_from(["dr_a", "dr_a", "dr_b", ""]),
    _perhaps,
)
_conditions = st.builds(
    Condition,
    st.sampled_from(["E11.9", "I10", "J44.9", ""]),
    _perhaps,
    st.sampled_from(["", "diabetes"]),
    st.sampled_from([None, 3, 12]),
    st.sampled_from([None, True, False]),
    _perhaps,
)
_plans = st.builds(
    lambda on, revised, lacking: CarePlan(on, revised, **{e: _ITEM for e in CARE_PLAN_ELEMENTS if e != lacking}),
    days,
    _perhaps,
    st.sampled_from(["", *CARE_PLAN_ELEMENTS]),
)
_services = st.builds(
    OtherService,
    st.sampled_from(["99490", "99495", "G0181", "G0182", "90960", "99426", "G0557", "99457"]),
    days,
    st.sampled_from(["same", "other", "elsewhere"]),
)
_stays = st.builds(
    lambda on, length: InpatientStay(on, None if length is None else on + timedelta(length)), days, st.sampled_from([0, 3, None])
)
_coverages = st.builds(
    Coverage,
    st.sampled_from(["medicare", "medicare_advantage", "commercial"]),
    st.sampled_from(["covered", "not_covered", "unverified"]),
    st.sampled_from([None, True, False]),
)

# What may be drawn, by the field of the patient-month that it replaces.
_DRAWN: dict[str, st.SearchStrategy] = {
    "enrolled": _perhaps,
    "disenrolled": _perhaps,
    "conditions": st.lists(_conditions, max_size=3).map(tuple),
    "consents": st.lists(_consents, max_size=3).map(tuple),
    "care_plan": st.none() | _plans,
    "visits": st.lists(st.builds(InitiatingVisit, days, st.sampled_from(["99214", "99211"])), max_size=2).map(tuple),
    "coverages": st.lists(_coverages, max_size=2).map(tuple),
    "other_services": st.lists(_services, max_size=2).map(tuple),
    "inpatient": st.lists(_stays, max_size=2).map(tuple),
    "died": days,
}


@st.composite
def charts(draw: st.DrawFn, entries: st.SearchStrategy = any_entries) -> PatientMonth:
    """A patient-month with any time, any decision making, and up to three of its records drawn at random."""
    drawn = {name: draw(_DRAWN[name]) for name in sorted(draw(st.sets(st.sampled_from(sorted(_DRAWN)), max_size=3)))}
    month = compliant(time=draw(entries), decision_making=draw(levels))
    died = drawn.pop("died", None)
    return replace(month, patient=replace(month.patient, died=died), **drawn)
