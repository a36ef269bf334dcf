"""Recognition, containers and encodings: what an object is told by, and what its damage costs."""

from __future__ import annotations

import gzip
import io
import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from flows.intake.layout import LayoutError, load_layouts
from tests.intake.practice_fixture import CALL_HEADER, PATIENTS, call, read
from tests.intake.vendor_samples import (
    FOLDER,
    RECORDS,
    as_csv,
    connect,
    faults,
    five9,
    left_out,
    lines,
    read_exports,
    times,
    twilio,
)

TWO = lines(connect(), connect(ContactId="c2"))


def parquet(rows: list[dict]) -> bytes:
    out = io.BytesIO()
    pd.DataFrame(rows).to_parquet(out, index=False)
    return out.getvalue()


STAMPED = five9() | {"CALL ID": 300001}
NESTED = [{k: v for k, v in connect(ContactId=c).items() if v is not None} | {"InitialContactId": c} for c in ("c1", "c2")]
CONTAINERS = [
    ("JSON lines", TWO.encode(), 2),
    ("CRLF", TWO.replace("\n", "\r\n").encode(), 2),
    ("blank lines", TWO.replace("\n", "\n\n").encode(), 2),
    ("run together", TWO.replace("\n", "").encode(), 2),
    ("a list", json.dumps(json.loads(f"[{TWO.strip().replace(chr(10), ',')}]"), indent=1).encode(), 2),
    ("gzip", gzip.compress(TWO.encode()), 2),
    ("BOM", b"\xef\xbb\xbf" + TWO.encode(), 2),
    ("UTF-16", TWO.encode("utf-16"), 2),
    ("Parquet, nested", parquet(NESTED), 2),
    ("Parquet, flat", parquet([STAMPED]), 1),
    ("Parquet of our own columns", parquet([dict(zip(CALL_HEADER.split(","), call().split(","), strict=True))]), 1),
    ("Five9 in UTF-16", as_csv([five9()]).encode("utf-16"), 1),
    ("Five9 in Windows-1252", as_csv([five9(CAMPAIGN="Señal")]).encode("cp1252"), 1),
    ("Five9 with quoted lines", as_csv([five9(CUSTOMER_NAME='a\n"b"'), five9(CALL_ID="2")]).encode(), 2),
    ("Five9 with columns nobody reads", as_csv([five9(COST="0.1")], end="\n").encode(), 1),
]


@pytest.mark.parametrize(("name", "data", "rows"), CONTAINERS, ids=[c[0] for c in CONTAINERS])
def test_containers_and_encodings(name, data, rows):
    intake = read_exports(export=data)
    assert len(times(intake)) == rows
    assert intake.rejects == ()
    said = {"not UTF-8: read as Windows-1252": 0} if "1252" in name else {}
    assert left_out(intake) == said


def test_an_instant_in_parquet_is_an_instant():
    row = connect()
    begun = datetime(2025, 11, 4, 17, 20, 32, tzinfo=UTC)
    row["Agent"]["ConnectedToAgentTimestamp"] = begun
    row |= {"LastUpdateTimestamp": begun, "InitialContactId": "c1"}
    intake = read_exports(export=parquet([row]))
    assert [e.started for m in intake.patient_months for e in m.time] == [begun]


def test_text_that_parquet_holds_as_bytes_is_text():
    row = {name: value.encode() for name, value in zip(CALL_HEADER.split(","), call(mrn="M1").split(","), strict=True)}
    intake = read({"inbox/calls/2025-11/a.parquet": parquet([row]), "inbox/records/patients.csv": PATIENTS})
    assert [(m.patient.mrn, e.seconds) for m in intake.patient_months for e in m.time] == [("M1", 600)]


DAMAGE = [
    # rows that are left, and the lines rejected
    ("a line cut short", TWO[:-40].encode(), 1, [2]),
    ("a garbled line", ("{garbled\n" + TWO).encode(), 2, [1]),
    ("a line that is no object", ("7\n" + TWO).encode(), 2, [1]),
    ("a line not UTF-8", "é\n".encode() + b"\xff\xfe\n" + TWO.encode(), 2, [1, 2]),
    ("gzip cut short", gzip.compress(TWO.encode() * 40, mtime=0)[:-30], None, None),
    ("a document cut short", json.dumps({"calls": [twilio()] * 3}, indent=1)[:-40].encode(), 0, [0]),
    ("brackets without end", b"[" * 100_000, 0, [0]),
    ("a number without end", b'{"sid": ' + b"9" * 9000 + b"}", 0, [0]),
    ("half a surrogate", b'{"ContactId": "\\ud800"}', 0, [0]),
    ("Parquet cut short", parquet([STAMPED])[:-10], 0, [0]),
    ("a spreadsheet", b"PK\x03\x04\x00\x00", 0, [0]),
]


@pytest.mark.parametrize(("name", "data", "left", "rejected"), DAMAGE, ids=[d[0] for d in DAMAGE])
def test_damage_costs_what_it_touches(name, data, left, rejected):
    intake = read_exports(export=data)
    assert {f for f, _ in faults(intake)} == {"row.unreadable"}
    if left is not None:
        assert len(times(intake)) == left
        assert [r.source.line for r in intake.rejects] == rejected
    else:  # the same two records, over and over, then the cut
        assert len(intake.rejects) == 1 and len(times(intake)) == 2


UNKNOWN = [
    ("a field missing", lines({k: v for k, v in connect().items() if k != "Channel"}), "amazon_connect", "Channel"),
    ("a column missing", as_csv([{k: v for k, v in five9().items() if k != "DISPOSITION"}]), "five9", "disposition"),
    ("nothing known", "when;who\n1;2\n", "", "no column"),
    ("JSON of another kind", '{"resourceType": "Patient"}', "", "no field"),
]


@pytest.mark.parametrize(("name", "text", "nearest", "missing"), UNKNOWN, ids=[u[0] for u in UNKNOWN])
def test_an_export_that_no_layout_fits_is_one_reject_naming_the_nearest(name, text, nearest, missing):
    intake = read_exports(export=text)
    (reject,) = intake.rejects
    assert nearest in reject.detail and missing in reject.detail.casefold().replace("channel", "Channel")


def test_a_file_name_can_say_the_layout_and_is_held_to_it():
    text = as_csv([five9()])
    assert times(read_exports(five9__nov_csv=text)) == [("n1", 400, 400)]
    (reject,) = read({FOLDER + "crm_activity-nov.csv": text} | RECORDS).rejects
    assert "crm_activity" in reject.detail and "Activity ID" in reject.detail


SOUND = """
title = "t"
source = "s"
nature = "call"
container = "json"
present = ["id"]
[record]
id = ["id"]
[started]
at = ["t"]
[[duration]]
at = ["d"]
[fields]
staff_id = "who"
"""
FAULTY = [
    ("a key misspelt", SOUND.replace("present", "presents"), "presents"),
    ("a constant for what only a person can say", SOUND + 'about = { value = "chronic" }\n', "may not be a constant"),
    ("no agent", SOUND.replace("staff_id", "phone"), "staff_id is missing"),
    ("a field unknown", SOUND + 'weight = "w"\n', "weight is no field"),
    ("a zone unknown", SOUND.replace('at = ["t"]', 'at = ["t"]\nzone = "Pacific"'), "no time zone"),
    ("a place that is none", SOUND + 'mrn = "a[b"\n', "is no place"),
    ("a pattern that is none", SOUND + "mrn = { at = ['m'], pattern = '(' }\n", "no regular expression"),
    ("no TOML", SOUND + "=", "not TOML"),
]


@pytest.mark.parametrize(("name", "text", "word"), FAULTY, ids=[f[0] for f in FAULTY])
def test_a_faulty_layout_is_refused_by_file_and_reason(tmp_path, name, text, word):
    (tmp_path / "mine.toml").write_text(text)
    (tmp_path / "sound.toml").write_text(SOUND)
    with pytest.raises(LayoutError) as refused:
        load_layouts(tmp_path)
    assert all(line.startswith("layouts/mine.toml: ") for line in refused.value.problems)
    assert any(word in line for line in refused.value.problems)


def test_a_layout_is_a_file_and_nothing_else(tmp_path):
    (tmp_path / "mine.toml").write_text(SOUND)
    assert [layout.name for layout in load_layouts(tmp_path)] == ["mine"]
