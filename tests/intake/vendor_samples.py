"""One sound record of each contact center about the fixture's patients, to vary in tests."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from flows.intake.reading import Intake
from tests.intake.practice_fixture import CALL_HEADER, PATIENTS, assert_balanced, read

FOLDER = "inbox/calls/2025-11/"
RECORDS = {"inbox/records/patients.csv": PATIENTS}
TOLD = {"mrn": "M1", "about": "chronic"}
DOCUMENTED = CALL_HEADER + ",call_id"


def connect(**changes: Any) -> dict[str, Any]:
    """The transferred call of the public sample: 239 s of talk and 221 s of hold; the customer hangs up 19 minutes later."""
    agent = {
        "AgentInteractionDuration": 239,
        "CustomerHoldDuration": 221,
        "AfterContactWorkDuration": 5,
        "ConnectedToAgentTimestamp": "2025-11-04T17:20:32Z",
        "Username": "nnurse",
    }
    record = {
        "ContactId": "c1",
        "InitialContactId": None,
        "InitiationTimestamp": "2025-11-04T17:20:09Z",
        "DisconnectTimestamp": "2025-11-04T17:47:28Z",
        "LastUpdateTimestamp": "2025-11-04T17:48:33Z",
        "Channel": "VOICE",
        "Agent": agent,
        "Attributes": dict(TOLD),
        "CustomerEndpoint": {"Address": "+15595550101", "Type": "TELEPHONE_NUMBER"},
    }
    return record | changes


def five9(**changes: str) -> dict[str, str]:
    row = {
        "CALL ID": "300001",
        "TIMESTAMP": "Tue, 04 Nov 2025 09:00:00",
        "CALL TYPE": "Inbound",
        "AGENT": "nnurse",
        "DISPOSITION": "CCM chronic conditions",
        "ANI": "5595550101",
        "DNIS": "5595550100",
        "IVR TIME": "00:00:10",
        "QUEUE WAIT TIME": "00:00:05.900",
        "RING TIME": "00:00:05",
        "TALK TIME": "00:06:40",
        "HOLD TIME": "00:03:00",
        "AFTER CALL WORK TIME": "00:02:00",
        "MRN": "M1",
    }
    return row | {name.replace("_", " "): value for name, value in changes.items()}


def as_csv(rows: list[dict[str, str]], end: str = "\r\n") -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0].keys(), lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def twilio(**changes: Any) -> dict[str, Any]:
    record = {
        "sid": "CA1",
        "account_sid": "AC1",
        "parent_call_sid": None,
        "direction": "outbound-dial",
        "start_time": "Tue, 04 Nov 2025 17:00:00 +0000",
        "date_updated": "Tue, 04 Nov 2025 17:10:00 +0000",
        "duration": "301",
        "queue_time": "9000",
        "status": "completed",
        "from": "+15595550101",
        "to": "client:nnurse",
    }
    return record | {name.rstrip("_"): value for name, value in changes.items()}


def stretch(kind: str, start: str, end: str | None) -> dict[str, str]:
    """A segment of 2025-11-04, from and to ``HH:MM:SS``; without an end it was still going on."""
    told = {"segmentType": kind, "segmentStart": f"2025-11-04T{start}.250Z"}
    return told | ({"segmentEnd": f"2025-11-04T{end}.750Z"} if end else {})


def genesys(*agents: dict[str, Any], **changes: Any) -> dict[str, Any]:
    customer = {"participantId": "p0", "purpose": "customer", "attributes": dict(TOLD), "sessions": []}
    record = {"conversationId": "g1", "conversationStart": "2025-11-04T17:00:00.000Z", "participants": [customer, *agents]}
    return record | changes


def agent(number: int, user: str, *segments: dict[str, str], **changes: Any) -> dict[str, Any]:
    session = {"sessionId": f"s{number}", "mediaType": "voice", "segments": list(segments)} | changes
    return {"participantId": f"p{number}", "purpose": "agent", "userId": user, "sessions": [session]}


def ringcentral(**changes: Any) -> dict[str, Any]:
    record = {
        "id": "r1",
        "sessionId": "rs1",
        "startTime": "2025-11-04T17:00:00.000Z",
        "duration": 400,
        "type": "Voice",
        "direction": "Inbound",
        "result": "Accepted",
        "from": {"phoneNumber": "+15595550101"},
        "to": {"phoneNumber": "+15595550100"},
        "extension": {"id": "nnurse"},
    }
    return record | changes


def lines(*records: Any) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def read_exports(**files: str | bytes) -> Intake:
    """Read exports by file name (``a_json`` is a.json) beside the fixture's patients, balanced."""
    named = {FOLDER + name.replace("__", "-").replace("_", ".", 1): data for name, data in files.items()}
    intake = read(named | RECORDS)
    assert_balanced(intake)
    return intake


def times(intake: Intake) -> list[tuple[str, int, int | None]]:
    """Who, how long and how much of it on a call, of every entry."""
    return [(e.person, e.seconds, e.call_seconds) for m in intake.patient_months for e in m.time]


def faults(intake: Intake) -> list[tuple[str, str]]:
    return [(r.reason, r.field) for r in intake.rejects]


def left_out(intake: Intake) -> dict[str, int]:
    """The exclusions of the calls folder by name."""
    found: dict[str, int] = {}
    for item in intake.inputs:
        if item.key.startswith(FOLDER):
            for name, count in item.ignored.items():
                found[name] = found.get(name, 0) + count
    return found
