"""Whatever an export holds, nothing raises and every row is accounted for. `CCM_FUZZ=n` runs each test n times as long."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.intake.damage import ODD_TEXTS, SHORT, damaged, mutated
from tests.intake.practice_fixture import assert_balanced, read
from tests.intake.test_layout_objects import parquet
from tests.intake.vendor_samples import (
    FOLDER,
    RECORDS,
    agent,
    as_csv,
    connect,
    five9,
    genesys,
    lines,
    ringcentral,
    stretch,
    twilio,
)

REASONS = {"row.unreadable", "row.missing_field", "row.bad_value", "patient.unmatched", "patient.ambiguous"}

SAMPLES = [
    connect(),
    twilio(),
    ringcentral(legs=[ringcentral(), ringcentral(duration=3)]),
    genesys(agent(1, "nnurse", stretch("interact", "17:00:00", "17:05:00"), metrics=[{"name": "tTalkComplete", "value": 9}])),
]
CRM = {
    "Activity ID": "A1",
    "Started": "11/04/2025 09:00:00 AM",
    "Duration": "0:20:00",
    "Assigned To": "n1",
    "Activity Type": "Call",
    "Concern": "Chronic",
    "Contact Mode": "Phone",
    "Patient MRN": "M1",
    "Patient Birthdate": "05/17/1948",
    "Call ID": "c1",
}


def check(*files: bytes, name: str = "export{}") -> None:
    intake = read({FOLDER + name.format(n): data for n, data in enumerate(files)} | RECORDS)
    assert_balanced(intake)
    assert {r.reason for r in intake.rejects} <= REASONS
    told = [r.source for r in intake.rejects]
    assert len(set(told)) == len(told)
    assert len(intake.inputs) == len(files) + len(RECORDS)


@st.composite
def packed(draw, records):
    """Records as lines, a list, a page, or run together; perhaps in another encoding, compressed, or cut."""
    form = draw(st.sampled_from(["lines", "list", "page", "together"]))
    text = {
        "lines": lines(*records),
        "list": json.dumps(records, indent=draw(st.sampled_from([None, 1]))),
        "page": json.dumps({draw(st.sampled_from(["calls", "records", "conversations", "x"])): records}),
        "together": "".join(map(json.dumps, records)),
    }[form]
    return draw(damaged(text.encode(draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])), "replace")))


@SHORT
@given(st.data())
def test_json_exports(data):
    files = [
        data.draw(packed(records))
        for records in data.draw(st.lists(st.lists(mutated(SAMPLES), max_size=4), min_size=1, max_size=2))
    ]
    check(*files)


@SHORT
@given(st.data())
def test_table_exports(data):
    sample = data.draw(st.sampled_from([five9(), CRM]))
    rows = [sample | data.draw(st.dictionaries(st.sampled_from(sorted(sample)), ODD_TEXTS | st.text(max_size=6), max_size=4))]
    rows += [sample] * data.draw(st.integers(0, 3))
    text = as_csv(rows, data.draw(st.sampled_from(["\n", "\r\n", "\r"])))
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
    check(
        data.draw(damaged(text.encode(encoding, "replace"))), name=data.draw(st.sampled_from(["a{}", "a{}.csv", "five9-{}.csv"]))
    )


@SHORT
@given(st.data())
def test_any_bytes(data):
    start = data.draw(
        st.sampled_from([b"", b"{", b"[", b"PAR1", b"PK", b"\xff\xfe", b"\x1f\x8b", b'{"sid":', b"CALL ID,", b"\xef\xbb\xbf"])
    )
    check(start + data.draw(st.binary(max_size=60)), name=data.draw(st.sampled_from(["a{}", "a{}.csv", "a{}.json.gz"])))


PARQUET = [parquet([five9(), five9()]), parquet([CRM]), parquet([{k: v for k, v in connect().items() if v is not None}])]


@SHORT
@given(st.data())
def test_parquet(data):
    held = bytearray(data.draw(st.sampled_from(PARQUET)))
    for _ in range(data.draw(st.integers(0, 3))):
        # mostly in the footer, which says where all else is
        at = data.draw(st.integers(4, len(held) - 1))
        held[at] = data.draw(st.integers(0, 255))
    check(bytes(held)[: len(held) - data.draw(st.sampled_from([0, 0, 0, 1, 8]))])
