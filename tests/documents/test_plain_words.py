"""What a reader is told of a decision's detail: persons by name, days in words, no name of a field; and nothing else changed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ccm.decision import Reason
from flows.ccm.patient import CARE_PLAN_ELEMENTS, CONSENT_ELEMENTS
from flows.outbox.plain_words import ground, shown, told, with_days, word
from tests.documents.examples import PRACTICE


@pytest.mark.parametrize(
    ("reason", "detail", "read"),
    [
        ("consent.incomplete", "lacking: cost_share", "not on record: what the patient pays"),
        ("care_plan.incomplete", "lacking: conditions, care_team", "nothing is written under: health conditions, care team"),
        ("consent.other_practitioner", "given for np_b, dr_a bills", "given for Grace Okafor, NP, Elena Rivera, MD bills"),
        ("consent.other_practitioner", "given for dr_x, nobody bills", "given for dr_x, nobody bills"),
        ("conflict.tcm", "99496 on 2025-11-04, same", "99496 on November 4, 2025, by the billing practitioner"),
        ("conflict.elsewhere", "G0181 on 2025-11-04, elsewhere", "G0181 on November 4, 2025, by somebody outside the practice"),
        ("coverage.not_covered", "medicare_advantage, CCM not_covered", "Medicare Advantage, does not cover CCM"),
        ("coverage.unverified", "commercial, CCM unverified", "commercial plan, whether it covers CCM is not verified"),
        ("audit.manual_time", "v7: 80% of 90 minutes", "Tom Baker, RN: 80% of 90 minutes"),
        ("audit.impossible_day", "rn1's own entries overlap 2 time(s)", "Ann Lee, RN's own entries overlap 2 time(s)"),
        ("claim.invalid", "patient.address: none on record. Record it.", "patient address: none on record. Record it."),
        ("claim.invalid", "patient's number: another has it", "patient's number: another has it"),
        # Texts of the record, in which nothing is taken for a word of ours:
        ("care_plan.outdated", "last revised 2025-03-10; goals lacking began 2025-10-02",
         "last revised March 10, 2025; goals lacking began October 2, 2025"),
        ("conditions.uncoded", "no ICD-10-CM code: rn1 dr_a same", "no ICD-10-CM code: rn1 dr_a same"),
        ("time.below_threshold", "13 min staff", "13 min staff"),
    ],
)  # fmt: skip
def test_a_detail_as_it_is_read(reason, detail, read):
    assert shown(Reason(reason, detail), PRACTICE) == read


def test_a_register_keeps_days_for_programs():
    assert (
        told(Reason("conflict.tcm", "99496 on 2025-11-04, same"), PRACTICE) == "99496 on 2025-11-04, by the billing practitioner"
    )


def test_the_checklists_ground_names_persons_too():
    assert (
        with_days(ground("consent", "verbal of 2025-01-06 for dr_a", PRACTICE))
        == "verbal of January 6, 2025 for Elena Rivera, MD"
    )


@pytest.mark.parametrize("topic", ["consent.incomplete", "care_plan.incomplete"])
def test_every_element_has_a_plain_word(topic):
    elements = CONSENT_ELEMENTS if topic.startswith("consent") else CARE_PLAN_ELEMENTS
    read = shown(Reason(topic, "lacking: " + ", ".join(elements)), PRACTICE)
    assert "_" not in read
    assert all(word(topic, element) in read for element in elements)


def test_what_only_looks_like_a_day_is_left_alone():
    assert with_days("2025-02-30 and 12025-01-01") == "2025-02-30 and 12025-01-01"


@given(st.text(max_size=60))
def test_of_any_other_text_only_days_change(text):
    read = shown(Reason("visit.missing", text), PRACTICE)
    if not re.search(r"\d{4}-\d{2}-\d{2}", text):
        assert read == text
