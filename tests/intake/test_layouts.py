"""Each contact center's form, and the trap in it: which seconds are one agent's talk, and when they began."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.intake.vendor_samples import (
    agent,
    as_csv,
    connect,
    faults,
    five9,
    genesys,
    left_out,
    lines,
    read_exports,
    ringcentral,
    stretch,
    times,
    twilio,
)

AGAIN = "2025-11-10T17:48:33Z"


def started(intake):
    return [e.started for m in intake.patient_months for e in m.time]


def test_a_call_that_was_transferred_on_counts_its_own_agents_talk():
    on = connect(ContactId="c2", InitialContactId="c1", PreviousContactId="c1", Agent=None, Attributes={})
    intake = read_exports(a_jsonl=lines(connect(), on))
    assert times(intake) == [("n1", 239, 239)]
    assert started(intake) == [datetime(2025, 11, 4, 17, 20, 32, tzinfo=UTC)]
    assert left_out(intake) == {"call without an agent": 1}


@pytest.mark.parametrize("files", ["one file", "older file first", "newer file first"])
def test_a_contact_delivered_again_supersedes_wherever_it_comes(files):
    old, new = connect(Attributes={"mrn": "M2", "about": "acute"}), connect(LastUpdateTimestamp=AGAIN)
    given = {
        "one file": {"a_jsonl": lines(new, old)},
        "older file first": {"a_jsonl": lines(old), "b_jsonl": lines(new)},
        "newer file first": {"a_jsonl": lines(new), "b_jsonl": lines(old)},
    }[files]
    intake = read_exports(**given)
    assert [(m.patient.mrn, e.about) for m in intake.patient_months for e in m.time] == [("M1", "chronic")]
    assert left_out(intake) == {"time.duplicate": 1}


def test_two_deliveries_that_differ_and_are_of_one_time_are_nobodys_to_choose():
    intake = read_exports(a_jsonl=lines(connect(), connect(Attributes={"mrn": "M2", "about": "chronic"})))
    assert times(intake) == []
    assert faults(intake) == [("row.bad_value", "entry_id")] * 2


def test_the_same_delivery_twice_is_one_call():
    intake = read_exports(a_jsonl=lines(connect()), b_jsonl=lines(connect()))
    assert times(intake) == [("n1", 239, 239)]
    assert left_out(intake) == {"time.duplicate": 1}


def test_other_channels_are_no_calls():
    assert left_out(read_exports(a_jsonl=lines(connect(Channel="CHAT")))) == {"not a telephone call": 1}


# What a call record does not say is not guessed: the row is rejected, naming the field and where the layout reads it.
LACKING = [
    ("no word of what it was about", connect(Attributes={"mrn": "M1"}), ("row.missing_field", "about"), "Attributes.about"),
    ("a word of its own", connect(Attributes={"mrn": "M1", "about": "ccm"}), ("row.bad_value", "about"), "'ccm'"),
    ("no patient", connect(Attributes={"about": "chronic"}), ("patient.unmatched", ""), "facts"),
    ("a patient unknown", connect(Attributes={"mrn": "X", "about": "chronic"}), ("patient.unmatched", ""), "facts"),
    (
        "no talk told",
        connect(Agent={"Username": "n1", "ConnectedToAgentTimestamp": AGAIN}),
        ("row.missing_field", "seconds"),
        "Inter",
    ),
    ("no start", connect(Agent={"Username": "n1", "AgentInteractionDuration": 9}), ("row.missing_field", "started"), "Connected"),
    ("no id", connect(ContactId=None), ("row.missing_field", "entry_id"), "ContactId"),
    (
        "a start that is no time",
        connect(Agent={"Username": "n1", "AgentInteractionDuration": 9, "ConnectedToAgentTimestamp": "04/11/2025 17:20"}),
        ("row.bad_value", "started"),
        "iso",
    ),
    (
        "negative talk",
        connect(Agent={"Username": "n1", "AgentInteractionDuration": -9, "ConnectedToAgentTimestamp": AGAIN}),
        ("row.bad_value", "seconds"),
        "whole number",
    ),
    ("twilio says neither whom nor what about", twilio(), ("row.missing_field", "about"), "nowhere"),
    ("ringcentral the same", ringcentral(), ("row.missing_field", "about"), "nowhere"),
]


@pytest.mark.parametrize(("name", "record", "fault", "word"), LACKING, ids=[row[0] for row in LACKING])
def test_what_a_record_lacks_rejects_it_by_name(name, record, fault, word):
    intake = read_exports(a_jsonl=lines(record))
    assert times(intake) == []
    assert faults(intake) == [fault]
    assert word in intake.rejects[0].detail


def test_five9_is_read_by_header_in_pacific_time_after_the_waits():
    turned = [dict(reversed(list(five9().items())))]
    for rows in ([five9()], turned):
        intake = read_exports(a_csv=as_csv(rows))
        assert times(intake) == [("n1", 400, 400)]
        assert started(intake) == [datetime(2025, 11, 4, 17, 0, 20, tzinfo=UTC)]


def test_five9_rows_without_an_agent_and_without_an_answer():
    rows = [five9(AGENT="[None]"), five9(CALL_ID="2", TALK_TIME="00:00:00"), five9(CALL_ID="3", AGENT="")]
    intake = read_exports(a_csv=as_csv(rows))
    assert left_out(intake) == {"call without an agent": 1, "call without talk time": 1}
    assert faults(intake) == [("row.missing_field", "staff_id")]


def test_legs_of_one_five9_call_are_each_agents_own():
    rows = [five9(), five9(AGENT="dr_a", TIMESTAMP="Tue, 04 Nov 2025 09:10:00", TALK_TIME="00:05:00")]
    assert times(read_exports(a_csv=as_csv(rows))) == [("n1", 400, 400), ("dr_a", 300, 300)]


FIVE9_FAULTS = [
    ("a disposition that the layout does not know", {"DISPOSITION": "Voicemail"}, ("row.missing_field", "about")),
    ("seconds without colons", {"TALK_TIME": "400"}, ("row.bad_value", "seconds")),
    ("an hour that the clocks skip", {"TIMESTAMP": "Sun, 09 Mar 2025 02:30:00"}, ("row.bad_value", "started")),
    ("another date form", {"TIMESTAMP": "2025-11-04T09:00:00"}, ("row.bad_value", "started")),
]


@pytest.mark.parametrize(("name", "change", "fault"), FIVE9_FAULTS, ids=[row[0] for row in FIVE9_FAULTS])
def test_five9_faults(name, change, fault):
    assert faults(read_exports(a_csv=as_csv([five9(**change)]))) == [fault]


def test_a_report_of_exactly_the_caps_length_is_said_to_be_suspect():
    intake = read_exports(a_csv=as_csv([five9(CALL_ID=str(n)) for n in range(5000)]))
    assert [name for name in left_out(intake) if "row cap of 5000" in name]
    intake = read_exports(a_csv=as_csv([five9(CALL_ID=str(n)) for n in range(4999)]))
    assert not left_out(intake)


DOCUMENTED = "entry_id,started,seconds,staff_id,mrn,activity,about,mode,call_id\n" + (
    "e1,2025-11-04T09:00:00,600,n1,M1,patient_call,chronic,remote,{}\n"
)


@pytest.mark.parametrize("form", ["list", "page", "lines", "run together"])
def test_twilio_in_any_of_its_containers(form):
    records = [
        twilio(sid="CAp", to="+15595550100", direction="inbound", duration="310"),
        twilio(sid="CAm", duration="", status="no-answer", start_time=""),
        twilio(parent_call_sid="CAp"),
    ]
    text = {
        "list": json.dumps(records, indent=2),
        "page": json.dumps({"calls": records, "page": 0, "next_page_uri": None}),
        "lines": lines(*records),
        "run together": "".join(map(json.dumps, records)),
    }[form]
    intake = read_exports(a_json=text, d_csv=DOCUMENTED.format("CAp"))
    assert times(intake) == [("n1", 600, 301)]
    assert left_out(intake) == {
        "call record of a documented entry": 1,
        "call without an agent": 1,
        "call without talk time": 1,
    }


def test_genesys_counts_each_agents_interact_segments():
    first = agent(1, "nnurse", stretch("alert", "17:00:00", "17:00:10"), stretch("interact", "17:00:10", "17:05:10"))
    first["sessions"][0]["segments"] += [stretch("hold", "17:05:10", "17:09:10"), stretch("interact", "17:09:10", "17:10:00")]
    second = agent(2, "dr_a", stretch("interact", "17:10:00", "17:12:00"), stretch("wrapup", "17:12:00", "17:20:00"))
    idle = agent(3, "n2", stretch("alert", "17:00:00", "17:00:10"))
    chat = agent(4, "n2", stretch("interact", "17:00:00", "17:30:00"), mediaType="chat")
    intake = read_exports(a_json=json.dumps({"conversations": [genesys(first, second, idle, chat)]}))
    assert times(intake) == [("n1", 350, 350), ("dr_a", 120, 120)]
    assert started(intake)[0] == datetime(2025, 11, 4, 17, 0, 10, tzinfo=UTC)
    assert left_out(intake) == {"call without talk time": 1, "not a telephone call": 1}
    assert [i.rows for i in intake.inputs if i.key.endswith("a.json")] == [4]


def test_genesys_metrics_are_milliseconds_where_there_are_no_segments():
    metrics = [{"name": "tTalkComplete", "value": 123_999}, {"name": "tHandle", "value": 999_000}]
    session = agent(1, "nnurse", stretch("alert", "17:00:00", "17:00:10"), metrics=metrics)
    assert times(read_exports(a_json=json.dumps(genesys(session)))) == [("n1", 123, 123)]


def test_a_genesys_conversation_still_going_on_is_rejected():
    going = genesys(agent(1, "nnurse", stretch("interact", "17:00:00", None)))
    assert faults(read_exports(a_json=json.dumps([going]))) == [("row.bad_value", "seconds")]


def test_a_conversation_without_agents_is_one_row_aside():
    assert left_out(read_exports(a_json=json.dumps(genesys()))) == {"call without an agent": 1}


def test_ringcentral_legs_and_simple_view():
    leg = {"startTime": "2025-11-04T17:00:15.000Z", "duration": 385, "type": "Voice", "result": "Accepted"}
    legs = [leg | {"master": True, "duration": 400}, leg | {"extension": {"id": "nnurse"}}]
    legs.append(leg | {"result": "Missed", "extension": {"id": "n2"}})
    detailed = read_exports(a_json=json.dumps({"records": [ringcentral(legs=legs)]}), d_csv=DOCUMENTED.format("rs1"))
    assert times(detailed) == [("n1", 600, 385)]
    assert left_out(detailed) == {
        "call record of a documented entry": 1,
        "call that nobody took": 1,
        "call without an agent": 1,
    }
    simple = read_exports(a_json=json.dumps({"records": [ringcentral()]}), d_csv=DOCUMENTED.format("rs1"))
    assert times(simple) == [("n1", 600, 400)]


def test_a_crm_report_is_documented_time():
    row = {
        "Activity ID": "A1",
        "Started": "11/30/2025 11:50:00 PM",
        "Duration": "0:20:05",
        "Assigned To": "nnurse",
        "Activity Type": "Care plan",
        "Concern": "Chronic",
        "Contact Mode": "In person",
        "Patient Last Name": "Nunez",
        "Patient First Name": "Jose",
        "Patient Birthdate": "05/17/1948",
    }
    bad = row | {"Activity ID": "A2", "Patient Birthdate": "17/05/1948"}
    intake = read_exports(a_csv=as_csv([row, bad]))
    (entry,) = [e for m in intake.patient_months for e in m.time]
    assert (entry.entry_id, entry.seconds, entry.call_seconds, entry.mode) == ("A1", 1205, None, "face_to_face")
    assert entry.started == datetime(2025, 12, 1, 7, 50, tzinfo=UTC)
    assert faults(intake) == [("row.bad_value", "born")]
