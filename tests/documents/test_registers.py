"""The CSV registers, read back as a spreadsheet would."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.outbox.registers import write_registers
from flows.outbox.spreadsheet import defused
from tests.documents.examples import FORMULA_NAME, LONG_NOTE, REASONS, month_result


def _read(name: str) -> list[dict[str, str]]:
    body = b"".join(write_registers(month_result())[name])
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def test_held_has_a_row_a_reason_with_message_remedy_and_what_is_at_stake():
    rows = _read("held.csv")
    assert [(r["mrn"], r["reason_id"], f"{r['reason']}/{r['of']}") for r in rows] == [
        ("M0005", "consent.missing", "1/2"),
        ("M0005", "care_plan.outdated", "2/2"),
    ]
    for row in rows:
        assert row["message"] == REASONS[row["reason_id"]].message
        assert row["what_to_do"] == REASONS[row["reason_id"]].remedy
        assert row["codes_at_stake"] == "99490 ×1, 99439 ×1"
        assert (row["patient_charge"], row["patient_expected_estimate"]) == ("135.00", "106.42")
        assert row["minutes_seconds_counted"] == "30:00"
    assert rows[1]["sources"] == "inbox/records/conditions.csv:9"


def test_not_billable_and_rejected_rows_say_why():
    assert [(r["mrn"], r["reason_id"], r["detail"]) for r in _read("not-billable.csv")] == [
        ("M0006", "patient.died", "died 2025-10-30"),
        ("M0007", "time.below_threshold", "19:59"),
    ]
    assert [(r["source"][-3:], r["field"], r["detail"], r["candidate_mrns"]) for r in _read("rejected-rows.csv")] == [
        (":12", "seconds", "'-5", ""),
        (":13", "", "'=1+1", "M0001; M0007"),
    ]


def test_the_time_log_has_each_piece_once_with_actual_seconds():
    rows, month = _read("time-log.csv"), month_result()
    pieces = [piece for decision in month.decisions for piece in decision.pieces]
    assert sorted(r["entry_id"] for r in rows) == sorted(p.entry_id for p in pieces)
    assert sum(int(r["seconds"]) for r in rows) == sum(p.seconds for p in pieces)
    by_entry = {r["entry_id"]: r for r in rows}
    assert by_entry["c3"]["counted"] == "no"
    assert by_entry["c3"]["excluded_because"] == "Face-to-face contact does not count."
    assert (by_entry["c2"]["person"], by_entry["c2"]["credential"], by_entry["c2"]["employer"]) == ("Tom Baker", "RN", "vendor")
    assert by_entry["c6"]["description"] == LONG_NOTE
    assert (by_entry["c7"]["patient"], by_entry["c7"]["description"]) == (f"'{FORMULA_NAME}, Carl", "'+1-800 =HYPERLINK(1)")
    assert by_entry["c9"]["description"] == "'\ttab first"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\t=", "\ufeff=", "\u200b=", "＝", "＠", "\n=", "\xa0=", '"=', "|"])
def test_a_cell_that_could_start_a_formula_starts_with_an_apostrophe(start):
    assert defused(start + "cmd") == "'" + start + "cmd"


@pytest.mark.parametrize("text", ["", "Alba", "O'Neil-Smith", "1-2", "a=b", "x@y.example", "’tis"])
def test_any_other_text_is_left_alone(text):
    assert defused(text) == text


@given(st.text())
def test_no_text_is_lost_and_none_is_live(text):
    cell = defused(text)
    assert cell in (text, "'" + text)
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))
