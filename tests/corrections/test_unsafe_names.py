"""An object of the inbox whose name could escape the practice's prefix: not opened, accounted for, and no month waits for it."""

from __future__ import annotations

import json

import pytest

from tests.corrections.practice_shelf import Month


@pytest.mark.parametrize("name", ["/patients.csv", "../patients.csv", "pa\\tients.csv", "./late.ndjson", "x/..//consents.csv"])
def test_an_object_with_an_unsafe_name_is_a_rejected_row_and_stops_no_month(name: str):
    month = Month()
    month.shelf.objects[f"inbox/records/{name}"] = month.shelf.objects["inbox/records/patients.csv"]
    assert month.bill().packet == 1
    (row,) = [r for r in month.rows(1, "rejected-rows.csv") if r["source"].startswith(f"inbox/records/{name}")]
    assert row["reason_id"] == "row.unreadable" and ("another name" in row["detail"] or "rename it" in row["detail"])
    (told,) = [i for i in json.loads(month.file(1, "manifest.json"))["inputs"] if i["key"] == f"inbox/records/{name}"]
    assert (told["sha256"], told["rows"], told["rejected"]) == ("", 1, 1)
