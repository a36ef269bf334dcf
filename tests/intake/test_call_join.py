"""Documented time and the call behind it: one time entry, its talk time from the record, no second twice."""

from __future__ import annotations

import pytest

from tests.intake.practice_fixture import call
from tests.intake.vendor_samples import DOCUMENTED, connect, faults, left_out, lines, read_exports, times

BARE = {"mrn": "M1"}


def entry(call_id: str = "c1", **given: str) -> str:
    row = {"entry_id": "e1", "started": "2025-11-04T09:20:32", "minutes": "10", "staff_id": "n1"} | given
    return call(**row) + f",{call_id}"


def documented(*rows: str) -> str:
    return "\n".join([DOCUMENTED, *rows, ""])


CASES = [
    # documented entries, attributes of the call, entries wanted, what the call record's row became
    ("documented beyond the call", [entry()], {}, [("n1", 600, 239)], "joined"),
    ("documented by login", [entry(staff_id="NNURSE")], {}, [("n1", 600, 239)], "joined"),
    ("documented shorter than the call", [entry(minutes="2")], {}, [("n1", 120, 239)], "joined"),
    ("in two entries", [entry(minutes="3"), entry(entry_id="e2", minutes="5", started="2025-11-04T10:00:00")], {},
     [("n1", 180, 180), ("n1", 300, 59)], "joined"),
    ("delivered twice", [entry(), entry()], {}, [("n1", 600, 239), ("n1", 600, 239)], "joined"),
    ("another call", [entry("c9")], {}, [("n1", 600, None)], ("row.missing_field", "about")),
    ("another person's entry", [entry(staff_id="dr_a")], {}, [("dr_a", 600, None)], ("row.missing_field", "about")),
    ("another person's entry, the call tells all", [entry(staff_id="dr_a")], {"about": "chronic"},
     [("dr_a", 600, None), ("n1", 239, 239)], "entry"),
    ("another patient's entry", [entry(mrn="M2")], {}, [("n1", 600, None)], ("row.bad_value", "call_id")),
    ("an entry that was rejected", [entry(about="")], {}, [], ("row.missing_field", "about")),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rows", "told", "wanted", "fate"), CASES, ids=[c[0] for c in CASES])
def test_a_call_and_its_documentation(name, rows, told, wanted, fate):
    intake = read_exports(a_jsonl=lines(connect(Attributes=BARE | told)), b_csv=documented(*rows))
    assert sorted(times(intake), key=str) == sorted(wanted, key=str)
    assert left_out(intake) == ({"call record of a documented entry": 1} if fate == "joined" else {})
    of_call = [f for f, r in zip(faults(intake), intake.rejects, strict=True) if r.source.key.endswith("jsonl")]
    assert of_call == ([fate] if isinstance(fate, tuple) else [])


def test_a_record_that_repeats_a_leg_adds_no_talk_time():
    again = connect(ContactId="c1-x", InitialContactId="c1")
    later = again["Agent"] | {"ConnectedToAgentTimestamp": "2025-11-04T18:00:00Z", "AgentInteractionDuration": 60}
    intake = read_exports(a_jsonl=lines(connect(), again), b_csv=documented(entry()))
    assert times(intake) == [("n1", 600, 239)]
    intake = read_exports(a_jsonl=lines(connect(), again | {"Agent": later}), b_csv=documented(entry()))
    assert times(intake) == [("n1", 600, 299)]


def test_the_call_record_holds_against_what_the_documentation_says_of_it():
    text = documented(entry() + ",555").replace("call_id", "call_id,call_seconds", 1)
    assert times(read_exports(a_jsonl=lines(connect()), b_csv=text)) == [("n1", 600, 239)]
    assert times(read_exports(b_csv=text)) == [("n1", 600, 555)]
