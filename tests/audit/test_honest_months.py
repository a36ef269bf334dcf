"""An honest month raises nothing: from our own generator, and from the synthesizer."""

import math
from pathlib import Path

import pytest

from flows.ccm.audit import screen
from flows.ccm.decide import decide
from flows.ccm.practice import terms_of
from flows.ccm.service_month import ServiceMonth
from flows.intake.reading import InboxObject, read_month
from flows.rulebook.resolve import load
from flows.synthesize.dials import Dials
from flows.synthesize.generate import synthesize
from flows.tenancy.load import load_practice
from tests.audit.honest import RULES, honest

TENANTS = Path(__file__).parents[2] / "tenants"


@pytest.mark.parametrize(("unit", "calls"), [(1, True), (60, True), (60, False)], ids=["seconds", "minutes", "minutes, no calls"])
@pytest.mark.parametrize("patients", [12, 40, 120])
def test_no_flag_in_honest_months(patients, unit, calls):
    flags = [
        (seed, reason.id, reason.detail) for seed in range(10) for reason in honest(seed, patients, unit, calls).screen().month
    ]
    assert flags == []


def test_the_level_is_shared_by_all_p_values():
    statistics = honest(1, 100).screen().statistics
    tested = [s for s in statistics if s.p_value is not None]
    assert len(tested) > 5
    assert all(math.isclose(s.level * len(tested), RULES.audit.level) for s in tested)
    assert all(s.level is None for s in statistics if s.p_value is None)


def test_every_test_is_told_even_when_nothing_is_raised():
    screening = honest(2, 60).screen()
    assert {s.id for s in screening.statistics} == {key for key in RULES.reasons if key.startswith("audit.")}
    assert not any(s.flagged for s in screening.statistics)


def test_a_month_without_patients_has_too_few_for_everything():
    screening = honest(3, 0).screen()
    assert screening.by_patient == {}
    assert screening.month == ()
    assert all(s.too_few and s.p_value is None for s in screening.statistics)


def synthetic(slug: str, patients: int, seed: int, dials: Dials) -> set[str]:
    """The flags of a synthetic month, read through the intake as any month is."""
    practice, month, rulebook = load_practice(TENANTS, slug), ServiceMonth(2025, 11), load()
    rules = rulebook.in_force(month, terms_of(practice, month.last_day))
    made = synthesize(practice, month, patients, seed, dials)
    read = read_month((InboxObject(key, "1", data) for key, data in made.objects.items()), practice, month, rulebook.crosswalk)
    decisions = [decide(m, rules) for m in read.patient_months]
    return {reason.id for reason in screen(read.patient_months, decisions, rules).month}


@pytest.mark.parametrize("slug", ["bayview-family", "cumberland-rural", "gulfside-hospital"])
@pytest.mark.parametrize("seed", range(4))
def test_no_flag_in_synthetic_months(slug, seed):
    # faults of charts and logs are no audit risk, but for one that is: a person with two patients at once
    assert synthetic(slug, 40, seed, Dials(double_booked=0)) == set()


def test_the_synthetic_double_booking_is_raised():
    assert synthetic("bayview-family", 40, 1, Dials(double_booked=0.2)) == {"audit.impossible_day"}
