"""The order of a claim's diagnoses, for any problem list: nothing added, nothing twice, no disease before its cause."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.citation import Citation
from flows.ccm.diagnosis_order import CodeFirst, in_order
from tests.rules.examples import rules_for

IN_FORCE = rules_for().code_first
CODES = (
    "I110",
    "I129",
    "I130",
    "E1122",
    "N1831",
    "N184",
    "I5022",
    "I509",
    "G309",
    "G20A1",
    "F0280",
    "I10",
    "E119",
    "J449",
    "F331",
)
BEFORE = {  # by hand from the guidelines: each with what must not stand before it
    "I50": ("I11", "I13"),
    "N18": ("I12", "I13", "E1122"),
    "F02": ("G30", "G20"),
}
PLAIN = [f"E{number}" for number in range(200, 212)]  # no rule speaks of these
listed = st.lists(st.sampled_from(CODES), unique=True)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(listed, listed)
def test_an_underlying_disease_is_never_after_what_it_brings_and_nothing_is_added_or_lost(managed, others):
    order = in_order(managed, others, IN_FORCE)
    assert set(order) <= {*managed, *others}
    assert set(managed[:2]) <= set(order)
    assert len(set(order)) == len(order) == min(12, len({*managed, *others}))
    for then, causes in BEFORE.items():
        brought = [code for code in order if code.startswith(then) and code not in managed[:2]]
        assert not brought or {code for code in (*managed, *others) if code.startswith(causes)} <= set(order)
        first = next((at for at, code in enumerate(order) if code.startswith(then)), len(order))
        assert not [code for code in order[first:] if code.startswith(causes)]
    unruled = [code for code in managed if not code.startswith((*BEFORE, *sum(BEFORE.values(), ())))]
    kept = [code for code in order if code in unruled]
    assert kept == unruled[: len(kept)], "what no rule names keeps its place among its like"


def test_twelve_are_kept_and_a_cause_is_not_the_one_left_out():
    managed = [f"E{number}" for number in range(100, 111)] + ["N184"]
    order = in_order(managed, ["I129"], IN_FORCE)
    assert len(order) == 12 and order[-1] == "I129"


@pytest.mark.parametrize(
    ("managed", "others", "off"),
    [
        ([*PLAIN[:11], "N184"], ["I129"], {"N184"}),  # no room for the pair: the cause alone, which many qualify beside
        (["N184", *PLAIN[:11]], ["I129"], {PLAIN[10]}),  # the cause is drawn up: the last of twelve that qualify falls off
        ([*PLAIN[:12]], ["I129", "N184"], {"I129", "N184"}),
        (["N184", "J449"], [*PLAIN[:10], "I129"], {PLAIN[9]}),  # a cause goes before what only stands on the problem list
        (["J449", "N184"], [f"I12{n}" for n in range(10)] + ["I130", "I131"], {"I130", "I131"}),  # two that qualify stay
    ],
)
def test_what_falls_off_beyond_twelve(managed, others, off):
    order = in_order(managed, others, IN_FORCE)
    assert {*managed, *others} - set(order) == off
    assert len(order) == 12


def test_rules_that_name_each_other_come_to_an_end():
    cited = Citation("a title of ten letters", "https://example.org")
    rules = (CodeFirst(("A1",), ("B1",), cited), CodeFirst(("B1",), ("A1",), cited))
    assert sorted(in_order(["A10", "B10"], [], rules)) == ["A10", "B10"]
