"""Call-log rows: what becomes a time entry, what is rejected, and on which line."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from random import Random

import pytest

from flows.ccm.source import Source
from tests.intake.practice_fixture import CALL_HEADER, PATIENTS, assert_balanced, call, read, read_calls

KEY = "inbox/calls/2025-11/a.csv"

BAD_ROWS = [
    ("no entry id", call(entry_id=""), "row.missing_field", "entry_id"),
    ("no time", call(started=""), "row.missing_field", "started"),
    ("no duration", call(minutes=""), "row.missing_field", "seconds"),
    ("no staff", call(staff_id=" "), "row.missing_field", "staff_id"),
    ("no activity", call(activity=""), "row.missing_field", "activity"),
    ("no patient", call(mrn=""), "row.missing_field", "mrn"),
    ("US date", call(started="11/04/2025 10:00"), "row.bad_value", "started"),
    ("31 November", call(started="2025-11-31T10:00:00"), "row.bad_value", "started"),
    ("25 o'clock", call(started="2025-11-04T25:00:00"), "row.bad_value", "started"),
    ("a fraction of a second", call(started="2025-11-04T10:00:00.5"), "row.bad_value", "started"),
    ("year 1", call(started="0001-01-01T00:00:00+14:00"), "row.bad_value", "started"),
    ("clocks set forward", call(started="2025-03-09T02:30:00"), "row.bad_value", "started"),
    ("zero minutes", call(minutes="0"), "row.bad_value", "minutes"),
    ("negative", call(minutes="-5"), "row.bad_value", "minutes"),
    ("fraction", call(minutes="10.5"), "row.bad_value", "minutes"),
    ("words", call(minutes="ten"), "row.bad_value", "minutes"),
    ("other digits", call(minutes="١٠"), "row.bad_value", "minutes"),
    ("more than a day", call(minutes="1441"), "row.bad_value", "minutes"),
    ("two durations", call(minutes="10", seconds="60"), "row.bad_value", "seconds"),
    ("unknown activity", call(activity="lunch"), "row.bad_value", "activity"),
    ("unknown about", call(about="both"), "row.bad_value", "about"),
    ("unknown mode", call(mode="video"), "row.bad_value", "mode"),
    ("bad birth date", call(born="17.5.1948"), "row.bad_value", "born"),
    ("too many columns", call() + ",x", "row.unreadable", ""),
    ("too few columns", "e1,2025-11-04T10:00:00", "row.unreadable", ""),
    ("open quote", call(description='"never closed'), "row.unreadable", ""),
]


@pytest.mark.parametrize(("name", "row", "reason", "field"), BAD_ROWS, ids=[r[0] for r in BAD_ROWS])
def test_bad_row_is_rejected_on_its_line_and_its_neighbours_are_read(name, row, reason, field):
    intake = read_calls(call(entry_id="before"), row, call(entry_id="after"))
    assert [(r.source, r.reason, r.field) for r in intake.rejects] == [(Source(KEY, 3), reason, field)]
    assert [e.entry_id for m in intake.patient_months for e in m.time] == ["after", "before"]
    assert_balanced(intake)


GOOD_TIMES = [
    ("local, winter", "2025-11-04T10:00:00", datetime(2025, 11, 4, 18, tzinfo=UTC)),
    ("local, no seconds", "2025-11-04 10:00", datetime(2025, 11, 4, 18, tzinfo=UTC)),
    ("offset", "2025-11-04T10:00:00-05:00", datetime(2025, 11, 4, 15, tzinfo=UTC)),
    ("Z", "2025-11-04T10:00:00.000Z", datetime(2025, 11, 4, 10, tzinfo=UTC)),
    ("clocks set back: the first", "2025-11-02T01:30:00", datetime(2025, 11, 2, 8, 30, tzinfo=UTC)),
    ("clocks set back: told apart", "2025-11-02T01:30:00-08:00", datetime(2025, 11, 2, 9, 30, tzinfo=UTC)),
    ("another month is kept", "2025-10-31T23:59:00", datetime(2025, 11, 1, 6, 59, tzinfo=UTC)),
]


@pytest.mark.parametrize(("name", "text", "instant"), GOOD_TIMES, ids=[r[0] for r in GOOD_TIMES])
def test_instants(name, text, instant):
    intake = read_calls(call(started=text))
    assert [e.started for m in intake.patient_months for e in m.time] == [instant]


@pytest.mark.parametrize(
    ("seconds", "minutes", "expected"), [("", "7", 420), ("61", "", 61), ("1215", "20", 1215), ("1215", "21", 1215)]
)
def test_durations(seconds, minutes, expected):
    intake = read_calls(call(seconds=seconds, minutes=minutes))
    assert [e.seconds for m in intake.patient_months for e in m.time] == [expected]


STAFF = [
    ("login, other case", "NNurse", "2025-11-04T10:00:00", ("n1", "LPN")),
    ("promoted", "n1", "2025-11-10T10:00:00", ("n1", "RN")),
    ("the local day decides", "n1", "2025-11-10T07:30:00Z", ("n1", "LPN")),
    ("left in January", "n2", "2025-11-04T10:00:00", ("n2", "")),
    ("unknown", "Zed", "2025-11-04T10:00:00", ("Zed", "")),
    ("practitioner", "DR_A", "2025-11-04T10:00:00", ("dr_a", "MD")),
]


@pytest.mark.parametrize(("name", "staff_id", "started", "expected"), STAFF, ids=[r[0] for r in STAFF])
def test_credential_is_the_one_in_force_that_day(name, staff_id, started, expected):
    intake = read_calls(call(staff_id=staff_id, started=started))
    assert [(e.person, e.credential) for m in intake.patient_months for e in m.time] == [expected]


def test_duplicates_are_kept_for_the_core_to_exclude():
    intake = read_calls(call(), call())
    assert [e.source.line for m in intake.patient_months for e in m.time] == [2, 3]


def test_lines_are_physical_when_a_text_is_quoted_over_lines():
    intake = read_calls(call(description='"one\ntwo, and ""three"""'), "", call(entry_id="e2", minutes="x"), call(entry_id="e3"))
    (month,) = [m for m in intake.patient_months if m.time]
    assert [(e.entry_id, e.source.line) for e in month.time] == [("e1", 2), ("e3", 6)]
    assert month.time[0].description == 'one\ntwo, and "three"'
    assert [r.source.line for r in intake.rejects] == [5]


def test_a_stray_quote_costs_its_own_row_only():
    rows = [call(entry_id=f"e{i}") for i in range(6)]
    rows[1] = call(entry_id="e1", description='"stray')
    rows[4] = call(entry_id="e4", description='stray"')
    intake = read_calls(*rows)
    assert sorted(e.entry_id for m in intake.patient_months for e in m.time) == ["e0", "e2", "e3", "e4", "e5"]
    assert [r.source.line for r in intake.rejects] == [3]


def _text(*rows: str, header: str = CALL_HEADER) -> str:
    return "\n".join([header, *rows, ""])


WHOLE = _text(*(call(entry_id=f"e{i}", description=f"note {i * 7919}") for i in range(400)))
CUT = gzip.compress(WHOLE.encode(), mtime=0)[:-200]
FLIPPED = bytearray(gzip.compress(WHOLE.encode(), mtime=0))
FLIPPED[-6] ^= 0xFF  # the checksum of the content

OBJECTS = [
    ("empty", b"", 1, "empty"),
    ("only blank lines", b"\n\n", 1, "no line"),
    ("not gzip", b"entry_id\n", 1, "not gzip"),
    ("checksum", bytes(FLIPPED), 1, "damaged"),
    ("UTF-16 with half a character", WHOLE.encode("utf-16") + b"\0", 1, "UTF-8"),
    ("column missing", _text(call(), call(), header=CALL_HEADER.replace("staff_id", "agent")).encode(), 2, "staff_id"),
    (
        "no duration column",
        _text("a,b,c,d,e,f,g", header="entry_id,started,staff_id,mrn,activity,about,mode").encode(),
        1,
        "minutes",
    ),
    ("semicolons", WHOLE.replace(",", ";").encode(), 400, "separated by commas"),
    ("column twice", _text(call(), header=CALL_HEADER.replace("mbi", "mrn")).encode(), 1, "twice"),
]


@pytest.mark.parametrize(("name", "data", "rows", "word"), OBJECTS, ids=[o[0] for o in OBJECTS])
def test_an_object_that_cannot_be_read_is_rejected_row_by_row_or_as_one_where_it_has_no_rows(name, data, rows, word):
    key = "inbox/calls/2025-11/a.csv" + (".gz" if name in ("not gzip", "checksum") else "")
    intake = read({key: data, "inbox/records/patients.csv": PATIENTS})
    assert {(r.reason, r.source.key) for r in intake.rejects} == {("row.unreadable", key)}
    assert len({r.source.line for r in intake.rejects}) == len(intake.rejects) == rows
    assert all(word in r.detail for r in intake.rejects)
    (item,) = [i for i in intake.inputs if i.key == key]
    assert (item.rows, item.rejected) == (rows, rows)
    assert_balanced(intake)


def test_a_truncated_gzip_keeps_the_whole_rows_before_the_cut():
    intake = read({"inbox/calls/2025-11/a.csv.gz": CUT, "inbox/records/patients.csv": PATIENTS})
    entries = [e for m in intake.patient_months for e in m.time]
    assert 0 < len(entries) < 400
    lines = WHOLE.splitlines()
    assert all(
        f",{e.description}" in lines[e.source.line - 1] and lines[e.source.line - 1].endswith(e.description) for e in entries
    )
    (reject,) = intake.rejects
    assert "cut short" in reject.detail
    assert reject.source.line > max(e.source.line for e in entries)
    assert_balanced(intake)


def test_a_line_that_is_not_utf8_costs_that_line_where_others_are():
    text = (
        _text(call(entry_id="e1", description="naïve"), call(entry_id="e2", description="caf?"), call(entry_id="e3"))
        .encode()
        .replace(b"f?", b"f\xe9")
    )
    intake = read({"inbox/calls/2025-11/a.csv": text, "inbox/records/patients.csv": PATIENTS})
    assert [(r.source.line, r.reason) for r in intake.rejects] == [(3, "row.unreadable")]
    assert_balanced(intake)


@pytest.mark.parametrize("form", ["bom", "crlf", "cr", "gzip", "upper-case header", "columns turned round", "utf-16", "utf-16be"])
def test_forms_of_one_file_read_alike(form):
    text = _text(call(entry_id="e1"), call(entry_id="e2", description="x"))
    data = {
        "bom": b"\xef\xbb\xbf" + text.encode(),
        "utf-16": text.encode("utf-16"),
        "utf-16be": b"\xfe\xff" + text.encode("utf-16-be"),
        "crlf": text.replace("\n", "\r\n").encode(),
        "cr": text.replace("\n", "\r").encode(),
        "gzip": gzip.compress(text[:40].encode()) + gzip.compress(text[40:].encode()),
        "upper-case header": text.replace(CALL_HEADER, CALL_HEADER.upper()).encode(),
        "columns turned round": "\n".join(",".join(reversed(line.split(","))) for line in text.splitlines()).encode(),
    }[form]
    plain = read({KEY: text, "inbox/records/patients.csv": PATIENTS})
    assert read({KEY: data, "inbox/records/patients.csv": PATIENTS}).patient_months == plain.patient_months


def test_a_file_that_is_windows_1252_throughout_is_read_and_said():
    text = _text(call(entry_id="e1", description="café – “fine”"), call(entry_id="e2"))
    intake = read({KEY: text.encode("cp1252"), "inbox/records/patients.csv": PATIENTS.encode("cp1252")})
    assert [e.description for m in intake.patient_months for e in m.time] == ["café – “fine”", ""]
    assert [list(i.ignored) for i in intake.inputs] == [["not UTF-8: read as Windows-1252"]] * 2
    assert {m.patient.family_name for m in intake.patient_months} >= {"Nuñez"}


def test_unknown_columns_and_objects_are_named():
    intake = read(
        {
            KEY: _text(call() + ",late", header=CALL_HEADER + ",shift"),
            "inbox/calls/2025-11/b.xlsx": b"PK",
            "inbox/records/README.md": "hello",
            "inbox/records/patients-2.csv": PATIENTS,
        }
    )
    ignored = {i.key: i.ignored for i in intake.inputs}
    assert ignored[KEY] == {"unknown column shift": 0}
    assert ignored["inbox/records/README.md"] == {"unknown object": 1}
    assert [(r.source.key, r.reason) for r in intake.rejects] == [("inbox/calls/2025-11/b.xlsx", "row.unreadable")]
    assert_balanced(intake)


@pytest.mark.parametrize(
    ("key", "body", "word"),
    [
        ("inbox/records/consents (2).csv", "mrn,on,decision\nM1,2025-01-02,granted\n", "rename it"),
        ("inbox/records/coverage.csv", b"PK\x03\x04\x14\x00", "Excel workbook"),
        ("inbox/calls/2025-11/b.csv", b"\xd0\xcf\x11\xe0\xa1\xb1", "Excel workbook"),
        ("inbox/calls/2025-11/c.json", b"%PDF-1.7\n", "PDF"),
        ("inbox/records/fhir/Patient.ndjson", b"PK\x03\x04\x14\x00", "zip archive"),
    ],
)
def test_a_file_that_is_not_what_its_place_asks_is_one_reject_that_says_what_it_is(key, body, word):
    intake = read({KEY: _text(call()), "inbox/records/patients.csv": PATIENTS, key: body})
    ((source, detail),) = [(r.source.key, r.detail) for r in intake.rejects]
    assert source == key
    assert word in detail
    assert_balanced(intake)


def test_a_cut_behind_a_rejected_row_is_a_row_of_its_own():
    text = _text(call(), call(entry_id="e2", minutes="x"))
    unfinished = gzip.compress(text.encode(), mtime=0)[:-8]  # the content is whole, its checksum is missing
    intake = read({"inbox/calls/2025-11/a.csv.gz": unfinished, "inbox/records/patients.csv": PATIENTS})
    assert [(r.source.line, r.reason) for r in intake.rejects] == [(3, "row.bad_value"), (4, "row.unreadable")]
    assert_balanced(intake)


def test_a_failed_checksum_keeps_no_row_however_far_it_was_unpacked():
    notes = Random(7)
    rows = [call(entry_id=f"e{i}", description=f"{notes.getrandbits(2000):x}") for i in range(600)]
    data = bytearray(gzip.compress(_text(*rows).encode(), mtime=0))
    assert len(data) > 2 * 65_536
    data[-6] ^= 0xFF
    intake = read({"inbox/calls/2025-11/a.csv.gz": bytes(data), "inbox/records/patients.csv": PATIENTS})
    assert [e for m in intake.patient_months for e in m.time] == []
    assert ["damaged" in r.detail for r in intake.rejects] == [True]
