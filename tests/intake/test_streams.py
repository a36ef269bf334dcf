"""Objects read as streams: however their bytes arrive, the same lines; what is let go still tells which version holds."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.intake import objects
from flows.intake.lines import NewlineLines, TextLines
from flows.intake.objects import Content, InboxObject, look_through
from flows.intake.text_encoding import as_utf8
from tests.intake.practice_fixture import read

RECORDS = "inbox/records/export"
TEXTS = (
    st.lists(
        st.sampled_from([b"a", b"\n", b"\r", b"\r\n", b" ", b"\n\n\n\n", b"\xc3", b"\xa9", b"\xff", b'"', b"\xef\xbb\xbf"]),
        max_size=40,
    )
    .map(b"".join)
    .filter(bytes.strip)
)


@st.composite
def pieces(draw: st.DrawFn, given: st.SearchStrategy[bytes] = TEXTS) -> list[bytes]:
    data = draw(given)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def content(parts: list[bytes], key: str = "x") -> Content:
    return look_through(InboxObject(key, "1", lambda: iter(parts)))


@given(pieces())
def test_lines_of_a_csv_are_those_of_the_whole_text(parts: list[bytes]):
    expected = []
    for number, raw in enumerate(b"".join(parts).removeprefix(b"\xef\xbb\xbf").splitlines(keepends=True), 1):
        try:
            line = raw.decode()
        except UnicodeDecodeError:
            line = None
        if line is None or line.strip():
            expected.append((number, line))
    lines = TextLines(content(parts), 5)
    assert list(iter(lines.next, None)) == expected


@given(pieces())
def test_lines_of_a_json_export_are_those_of_the_whole_text(parts: list[bytes]):
    whole = b"".join(parts).removeprefix(b"\xef\xbb\xbf").split(b"\n")
    lines = NewlineLines(content(parts))
    assert list(lines) == [(number, raw) for number, raw in enumerate(whole, 1) if raw.strip()]
    assert lines.last == len(whole)


@given(pieces(), st.integers(0, 30))
def test_what_is_known_of_a_text_does_not_hang_on_its_pieces(parts: list[bytes], taken: int):
    data = b"".join(parts)
    found = content(parts)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert found.size == len(data)
    assert found.head(taken) == data[:taken]
    assert found.text.holds_utf8 == any(c > "\x7f" for c in data.decode("utf-8", "ignore"))
    read_so, note = as_utf8(found)
    if not found.text.is_utf8 and note:
        assert read_so.whole() == data.decode("cp1252").encode()
    else:
        assert read_so.whole() == data.removeprefix(b"\xef\xbb\xbf")


@given(pieces(TEXTS.map(gzip.compress)), pieces(TEXTS.map(gzip.compress)), st.integers(1, 12))
def test_gzip_members_one_behind_the_other_are_one_text(first: list[bytes], second: list[bytes], padding: int):
    expected = gzip.decompress(b"".join(first)) + gzip.decompress(b"".join(second))
    assert content([*first, *second, b"\0" * padding]).whole() == expected
    cut = content([*first, b"".join(second)[:-1]])
    assert cut.fault.startswith("the compressed file is cut short")
    assert cut.whole() == expected
    followed = content([*first, *second, b"more"])
    assert followed.fault.startswith("bytes follow")
    assert followed.whole() == expected


def test_a_checksum_that_fails_behind_many_rows_keeps_none_of_them():
    packed = bytearray(gzip.compress(b"".join(b"%d\n" % n for n in range(200_000))))
    packed[-6] ^= 1
    found = content([bytes(packed)], "x.gz")
    assert found.fault.startswith("the compressed file is damaged")
    assert list(found.chunks()) == []


@pytest.mark.parametrize("key", ["inbox/calls/2025-11/log.csv.gz", "inbox/calls/2025-11/log.json.gz", f"{RECORDS}.ndjson.gz"])
def test_very_many_blank_lines_are_read_as_none(key: str):
    packed = gzip.compress(b"\n" * (8 << 20), 1)
    month = read({key: packed})
    (account,) = month.inputs
    assert account.rows == account.rejected
    assert account.rows <= 1


def test_an_object_longer_than_any_month_is_refused_before_a_row_is_read(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(objects, "MAX_BYTES", 1000)
    month = read({f"{RECORDS}.ndjson.gz": gzip.compress(b'{"resourceType":"Observation"}\n' * 40)})
    assert [(r.reason, r.source.line, r.detail[-8:]) for r in month.rejects] == [("row.unreadable", 1, "split it")]
    assert month.inputs[0].rows == 1


@pytest.mark.parametrize(
    ("key", "mend"),
    [
        ("inbox/records/bundle.json", "export it as NDJSON, one resource a line"),
        ("inbox/calls/2025-11/twilio-1.json", "export it in parts, or one record a line"),
    ],
)
def test_one_document_longer_than_is_held_is_one_clear_reject(key: str, mend: str, monkeypatch: pytest.MonkeyPatch):
    for room in ("objects", "json_records"):
        monkeypatch.setattr(f"flows.intake.{room}.WHOLE_BYTES", 1 << 20)
    entries = [{"resource": {"resourceType": "Patient", "id": str(n)}} for n in range(20_000)]
    month = read({key: json.dumps({"resourceType": "Bundle", "entry": entries, "calls": []}, indent=1)})
    (reject,) = month.rejects
    assert reject.reason == "row.unreadable"
    assert reject.detail.startswith(f"the file is one document of more than 1 MiB; {mend}")


def test_records_one_a_line_may_be_longer_than_is_held(monkeypatch: pytest.MonkeyPatch):
    call = {"account_sid": "AC", "direction": "inbound", "from": "+15595550101", "to": "+15595550100"}
    call |= {"start_time": "Tue, 04 Nov 2025 18:00:00 +0000", "duration": "60"}
    text = "".join(json.dumps(call | {"sid": f"CA{n}"}) + "\n" for n in range(300))
    key = "inbox/calls/2025-11/twilio-1.json"
    held = read({key: text})
    for room in ("objects", "json_records"):
        monkeypatch.setattr(f"flows.intake.{room}.WHOLE_BYTES", 1 << 10)
    assert read({key: text}) == held
    assert held.inputs[0].rows == 300


def encounter(status: str, updated: str, code: str = "99213") -> str:
    coding = {"system": "http://www.ama-assn.org/go/cpt", "code": code}
    return json.dumps(
        {
            "resourceType": "Encounter",
            "id": "e1",
            "meta": {"lastUpdated": updated} if updated else {},
            "status": status,
            "subject": {"reference": "Patient/p1"},
            "period": {"start": "2025-06-02"},
            "type": [{"coding": [coding]}],
        }
    )


ENROLLED = "mrn,family_name,given_name,born,sex,enrolled\np1,Ash,Jo,1950-01-01,F,2025-01-06\n"
PATIENT = json.dumps({"resourceType": "Patient", "id": "p1", "name": [{"family": "Ash", "given": ["Jo"]}]})
EARLY, LATE = "2025-06-03T23:30:00Z", "2025-06-04T01:00:00-02:00"
SUPERSEDED, PLANNED = "Encounter superseded by a later version", "Encounter that did not take place"
VERSIONS = [
    # what happened; (status, updated) as read one after the other; whether the visit holds; what is told of the other
    ("a mistake taken back", [("finished", EARLY), ("entered-in-error", LATE)], 0, SUPERSEDED),
    ("a mistake taken back, read first", [("entered-in-error", LATE), ("finished", EARLY)], 0, SUPERSEDED),
    ("planned, then held", [("planned", EARLY), ("finished", LATE)], 1, PLANNED),
    ("held, the plan read last", [("finished", LATE), ("planned", EARLY)], 1, PLANNED),
    ("held, no times told", [("finished", ""), ("planned", "")], 1, PLANNED),
    ("planned, no times told", [("planned", ""), ("finished", "")], 0, "row.bad_value"),
]


@pytest.mark.parametrize(("versions", "visits", "told"), [v[1:] for v in VERSIONS], ids=[v[0] for v in VERSIONS])
def test_a_version_that_was_let_go_still_counts(versions: list[tuple[str, str]], visits: int, told: str):
    files: dict[str, str | bytes] = {f"inbox/records/e{n}.ndjson": encounter(*told) + "\n" for n, told in enumerate(versions)}
    month = read(files | {"inbox/records/p.ndjson": PATIENT + "\n", "inbox/records/patients.csv": ENROLLED})
    (patient,) = month.patient_months
    assert len(patient.visits) == visits
    assert told in {name for item in month.inputs for name in item.ignored} | {r.reason for r in month.rejects}
    assert sum(item.rows for item in month.inputs if "/e" in item.key) == 2


def test_a_large_object_is_opened_again_and_a_small_one_is_not():
    opened: list[int] = []

    def body(size: int) -> Iterator[bytes]:
        opened.append(size)
        yield from (b"x" * (1 << 20) for _ in range(size))

    for size, times in ((2, 1), (9, 2)):
        opened.clear()
        found = look_through(InboxObject("x", "1", lambda size=size: body(size)))  # type: ignore[misc]
        assert len(found.whole()) == size << 20
        assert len(opened) == times
