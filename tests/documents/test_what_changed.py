"""What a correction says changed: whatever puts a patient among the changes is said in words, in the register as on the page."""

from __future__ import annotations

import csv
import html
import io
import re
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from flows.ccm.correction import CHANGED, OTHER, Change, Correction
from flows.ccm.decision import COUNTED, Decision, DecisionLine, Reason
from flows.ccm.month_result import MonthResult
from flows.ccm.source import Source
from flows.ccm.substance import substance
from flows.outbox.correction_files import write_correction
from flows.outbox.page import write_page
from flows.outbox.what_changed import what_else_changed
from tests.documents.examples import month_result, piece

MONTH = month_result()
BEFORE = MONTH.decisions[0]
FIRST, *REST = BEFORE.pieces
LATE = piece("late", 26, 900, "v7", "time.face_to_face")


def change(after: Decision, before: Decision = BEFORE, **more: object) -> Change:
    return Change(MONTH.patient_months[0].patient, OTHER, before, after, **more)  # type: ignore[arg-type]


def corrected(*changes: Change) -> MonthResult:
    return replace(MONTH, correction=Correction(2, 1, (), (), changes))


def register(told: Change) -> dict[str, str]:
    data = write_correction(corrected(told))["changes.csv"]
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    return row


# What is another in the decision, and what a reader is told of it.
CASES = {
    "an entry that does not count": (
        {"pieces": (*BEFORE.pieces, LATE), "excluded": {"time.face_to_face": 900}},
        "Newly logged: 2025-11-26, 15:00 min not counted (Face-to-face contact does not count).",
    ),
    "an entry that is gone": ({"pieces": tuple(REST)}, "No longer logged: 2025-11-"),
    "an entry that no longer counts": (
        {"pieces": (replace(FIRST, fate="time.face_to_face"), *REST)},
        "not counted (Face-to-face contact does not count).",
    ),
    "many entries that no longer count": (
        {"pieces": tuple(replace(p, entry_id=f"e{n}", fate="time.face_to_face") for n, p in enumerate(BEFORE.pieces * 3))},
        "min not counted (Face-to-face",
    ),
    "an entry's note": ({"pieces": (replace(FIRST, description="Told again"), *REST)}, "Told otherwise in its person"),
    "an entry's hour": ({"pieces": (replace(FIRST, started=FIRST.started + timedelta(hours=1)), *REST)}, "Told otherwise"),
    "many entries": (
        {"pieces": (*BEFORE.pieces, *(replace(LATE, entry_id=f"late{n}") for n in range(5)))},
        "5 logged entries: was not there; now 75:00 min not counted (Face-to-face contact does not count).",
    ),
    "many entries that are shorter": (
        {"pieces": (*BEFORE.pieces, *(replace(LATE, entry_id=f"late{n}", fate=COUNTED, seconds=60) for n in range(5)))},
        "5 logged entries: was not there; now 5:00 min counted.",
    ),
    "many entries by another person": (
        {"pieces": tuple(replace(p, person="lpn_other") for p in BEFORE.pieces)},
        "told otherwise in person, activity, hour or note.",
    ),
    "a note of the decision": (
        {"flags": (Reason("audit.manual_time", "90 %"), Reason("coverage.second_due", "plan 2"))},
        "To look at now: coverage.second_due. plan 2.",
    ),
    "the diagnoses": ({"diagnoses": ("E119", "I10", "N1831")}, "E11.9 I10 N18.31."),
    "who it is billed under": ({"rendering": "np_b"}, "now Grace Okafor, NP."),
    "the day of service": ({"service_to": date(2025, 11, 29)}, "Dates of service: was 2025-11-30; now 2025-11-30 to 2025-11-29."),
    "the place": ({"place_of_service": "19"}, "Place of service: was 11; now 19."),
    "the form": ({"claim_form": "837I"}, "Claim form: was 837P; now 837I."),
    "the family": ({"family": "practitioner"}, "now practitioner."),
    "whose minutes": ({"seconds": {"practitioner": sum(BEFORE.seconds.values())}}, "Time by: was "),
    "the amount to expect": (
        {"lines": tuple(replace(line, expected=line.expected + Decimal(1)) for line in BEFORE.lines)},
        "Expected: was $106.42; now $108.42.",
    ),
    "what the first plan paid": (
        {"lines": tuple(replace(line, paid_first=Decimal(7)) for line in BEFORE.lines)},
        "Taken off it, as the first plan paid it: was $0.00; now $14.00.",
    ),
    "the charge": (
        {"lines": (DecisionLine("99490", 1, None, Decimal("60.49")), *BEFORE.lines[1:])},
        "Charge: was $135.00; now —.",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_each_part_of_a_decision_that_no_column_shows_is_said(what):
    fields, told = CASES[what]
    after = replace(BEFORE, **fields)
    assert substance(after) != substance(BEFORE), "the case is no change at all"
    row = register(change(after))
    assert told in row["also_changed"]
    assert all(row[f"{name}_before"] == row[f"{name}_after"] for name in ("outcome", "codes", "minutes_seconds", "reasons"))


def test_every_field_of_a_decisions_substance_has_a_case_or_a_column():
    columns = {"outcome", "lines", "at_stake", "seconds", "reasons"}
    told = {name for fields, _ in CASES.values() for name in fields}
    other = {name: f"not {getattr(BEFORE, name)}" for name in Decision.__slots__ if name not in told | columns}
    silent = [name for name, value in other.items() if substance(replace(BEFORE, **{name: value})) != substance(BEFORE)]
    assert silent == ["service_from"], "of the dates one case is enough"


def test_a_line_that_moved_and_a_copy_are_no_change():
    moved = tuple(replace(p, source=Source("inbox/calls/2025-11/other.csv", 99)) for p in BEFORE.pieces)
    assert what_else_changed(MONTH, change(replace(BEFORE, pieces=(*moved, replace(FIRST, fate="time.duplicate"))))) == ()


def test_what_the_claim_tells_is_not_told_twice_and_one_packet_alone_tells_nothing_more():
    after = replace(BEFORE, diagnoses=("I10", "E119"), pieces=(*BEFORE.pieces, LATE))
    told = what_else_changed(MONTH, change(after, differs=(("diagnoses", "E119 I10", "I10 E119"),)))
    assert [line.partition(":")[0] for line in told] == ["Newly logged"]
    assert what_else_changed(MONTH, replace(change(after), kind=CHANGED, before=None)) == ()


def test_the_page_says_it_with_days_in_words_under_roles_that_keep_the_table_one():
    page = write_page(corrected(change(replace(BEFORE, pieces=(*BEFORE.pieces, LATE)))), 2, {}).decode()
    table = page[page.index('<section id="changes"') : page.index('<section id="held"')]
    said = html.unescape(re.sub(r"<[^>]+>", "", table))
    assert "Newly logged: November 26, 2025, 15:00 min not counted" in said
    roles = [re.findall(rf'<{tag} [^>]*role="(\w+)"', table) for tag in ("table", "tr", "th", "td")]
    assert roles == [["table"], ["row"] * 2, ["columnheader"] * 4 + ["rowheader"], ["cell"] * 3]
    assert re.findall(r'data-label="([^"]+)"', table) == ["Before", "Now", "The claim"]
