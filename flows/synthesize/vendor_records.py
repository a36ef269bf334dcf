"""One call as each contact center writes it down, with what surrounds it in a real export: other legs, waits, other channels."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

PACIFIC = ZoneInfo("America/Los_Angeles")
LINE = "+15105550100"  # the contact center's own number


@dataclass(frozen=True, slots=True)
class Call:
    """A call and who answered for how long. ``told`` is what the agent entered in the call's own attributes, if anything."""

    id: str
    started: datetime  # UTC, when the agent was connected
    talk: int
    agent: str
    phone: str  # E.164, the patient's
    told: dict[str, str]

    @property
    def lot(self) -> int:
        """A number that hangs on the call alone."""
        return crc32(f"lot {self.id}".encode())


def amazon_connect(call: Call) -> list[dict[str, Any]]:
    """The contact record; every fifth is delivered twice, the older without attributes; every ninth call was transferred on."""
    hold, work = call.lot % 90, call.lot % 45
    end = call.started + timedelta(seconds=call.talk + hold)
    # Transferred on: the customer hangs up long after this agent has left.
    gone = end + timedelta(minutes=17 if call.lot % 9 == 0 else 0)
    record = {
        "AWSContactTraceRecordFormatVersion": "2017-03-10",
        "Agent": {
            "AfterContactWorkDuration": work,
            "AgentInteractionDuration": call.talk,
            "ConnectedToAgentTimestamp": _z(call.started),
            "CustomerHoldDuration": hold,
            "NumberOfHolds": int(hold > 0),
            "Username": call.agent,
        },
        "AgentConnectionAttempts": 1,
        "Attributes": call.told,
        "Channel": "VOICE",
        "ContactId": call.id,
        "CustomerEndpoint": {"Address": call.phone, "Type": "TELEPHONE_NUMBER"},
        "DisconnectTimestamp": _z(gone),
        "InitialContactId": None,
        "InitiationMethod": "OUTBOUND",
        "InitiationTimestamp": _z(call.started - timedelta(seconds=8)),
        "LastUpdateTimestamp": _z(gone + timedelta(minutes=1)),
        "SystemEndpoint": {"Address": LINE, "Type": "TELEPHONE_NUMBER"},
    }
    out = [record]
    if call.lot % 5 == 0:
        record["LastUpdateTimestamp"] = _z(gone + timedelta(days=6))
        out.insert(0, record | {"Attributes": {}, "LastUpdateTimestamp": _z(gone + timedelta(minutes=1))})
    if call.lot % 9 == 0:
        ids = {"ContactId": f"{call.id}-b", "InitialContactId": call.id, "PreviousContactId": call.id}
        out.append(record | ids | {"Agent": None, "Attributes": {}, "InitiationMethod": "TRANSFER"})
    if call.lot % 13 == 0:
        out.append(record | {"ContactId": f"{call.id}-c", "Channel": "CHAT", "Attributes": {}})
    return out


FIVE9 = (
    "CALL ID,DATE,TIMESTAMP,CAMPAIGN,CALL TYPE,AGENT,AGENT NAME,DISPOSITION,ANI,CUSTOMER NAME,DNIS,CALL TIME,IVR TIME,"
    "QUEUE WAIT TIME,RING TIME,TALK TIME,HOLD TIME,PARK TIME,AFTER CALL WORK TIME,TRANSFERS,ABANDONED,MRN"
)
_DISPOSITIONS = {"chronic": "CCM chronic conditions", "acute": "CCM acute", "preventive": "CCM preventive", "": "Completed"}


def five9(call: Call) -> list[dict[str, str]]:
    """The agent's leg, and for inbound calls the leg before it, which nobody answered."""
    inbound = call.lot % 3 == 0
    waits = (20 + call.lot % 40, call.lot % 100, call.lot % 15) if inbound else (0, 0, 6)
    local = (call.started - timedelta(seconds=sum(waits))).astimezone(PACIFIC)
    row = {
        "CALL ID": call.id,
        "DATE": f"{local:%Y/%m/%d}",
        "TIMESTAMP": f"{local:%a, %d %b %Y %H:%M:%S}",
        "CAMPAIGN": "Care calls",
        "CALL TYPE": "Inbound" if inbound else "Manual",
        "AGENT": call.agent,
        "AGENT NAME": "",
        "DISPOSITION": _DISPOSITIONS[call.told.get("about", "")],
        "ANI": call.phone[2:] if inbound else LINE[2:],
        "CUSTOMER NAME": "",
        "DNIS": LINE[2:] if inbound else call.phone[2:],
        "CALL TIME": _clock(call.talk + sum(waits)),
        "IVR TIME": _clock(waits[0]),
        "QUEUE WAIT TIME": f"{_clock(waits[1])}.{call.lot % 1000:03d}",
        "RING TIME": _clock(waits[2]),
        "TALK TIME": _clock(call.talk),
        "HOLD TIME": _clock(call.lot % 70),
        "PARK TIME": "00:00:00",
        "AFTER CALL WORK TIME": _clock(call.lot % 50),
        "TRANSFERS": "0",
        "ABANDONED": "0",
        "MRN": call.told.get("mrn", ""),
    }
    lost = row | {"AGENT": "[None]", "TALK TIME": "00:00:00", "DISPOSITION": "Queue Timeout", "MRN": ""}
    return [lost, row] if inbound and call.lot % 2 else [row]


def twilio(call: Call) -> list[dict[str, Any]]:
    """The patient's leg and the agent's below it; now and then a call that nobody answered."""
    shared = {
        "account_sid": "AC00000000000000000000000000000000",
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_updated": _rfc(call.started + timedelta(seconds=call.talk + 1)),
        "end_time": _rfc(call.started + timedelta(seconds=call.talk)),
        "price": None,
        "queue_time": str(call.lot % 2000),
        "start_time": _rfc(call.started),
        "status": "completed",
    }
    parent = shared | {"sid": f"{call.id}-p", "parent_call_sid": None, "direction": "inbound", "from": call.phone, "to": LINE}
    parent |= {"duration": str(call.talk + 12), "start_time": _rfc(call.started - timedelta(seconds=12))}
    leg = shared | {"sid": call.id, "parent_call_sid": parent["sid"], "direction": "outbound-dial", "duration": str(call.talk)}
    leg |= {"from": call.phone, "to": f"client:{call.agent}"}
    missed = leg | {
        "sid": f"{call.id}-m",
        "status": "no-answer",
        "duration": "",
        "direction": "outbound-api",
        "parent_call_sid": None,
    }
    return [parent, missed, leg] if call.lot % 7 == 0 else [parent, leg]


def genesys(call: Call) -> list[dict[str, Any]]:
    """The conversation: customer, queue, an agent who was alerted and did not answer, and the one who did, with a hold."""
    first, hold = call.talk // 2, call.lot % 60
    marks = [0, first, first + hold, call.talk + hold, call.talk + hold + 20]
    kinds = ("interact", "hold", "interact", "wrapup")
    segments = [
        {"segmentType": kind, "segmentStart": _ms(call, a), "segmentEnd": _ms(call, b), "conference": False}
        for kind, a, b in zip(kinds, marks, marks[1:], strict=False)
    ]
    metrics = {"tAnswered": 4000, "tTalkComplete": call.talk * 1000, "tHeldComplete": hold * 1000, "tAcw": 20000}
    session = {
        "sessionId": f"{call.id}-s",
        "mediaType": "voice",
        "direction": "outbound",
        "ani": f"tel:{LINE}",
        "dnis": f"tel:{call.phone}",
        "remote": f"tel:{call.phone}",
        "metrics": [{"name": n, "value": v, "emitDate": _ms(call, marks[3])} for n, v in metrics.items()],
        "segments": [{"segmentType": "alert", "segmentStart": _ms(call, -4), "segmentEnd": _ms(call, 0)}, *segments],
    }
    alerted = session | {"sessionId": f"{call.id}-t", "metrics": [], "segments": session["segments"][:1]}
    people = [
        {"participantId": f"{call.id}-c", "purpose": "customer", "attributes": call.told, "sessions": []},
        {"participantId": f"{call.id}-q", "purpose": "acd", "sessions": [session | {"sessionId": f"{call.id}-q"}]},
        {"participantId": f"{call.id}-a", "purpose": "agent", "userId": call.agent, "sessions": [session]},
    ]
    if call.lot % 4 == 0:
        people.insert(2, {"participantId": f"{call.id}-n", "purpose": "agent", "userId": "another", "sessions": [alerted]})
    return [
        {
            "conversationId": call.id,
            "conversationStart": _ms(call, -10),
            "conversationEnd": _ms(call, marks[4]),
            "originatingDirection": "outbound",
            "participants": people,
        }
    ]


def ringcentral(call: Call) -> list[dict[str, Any]]:
    """The detailed view: the company's leg, a leg that was not taken, the extension's leg; some records in simple view."""
    inbound = call.lot % 2 == 0
    parties = ({"phoneNumber": call.phone}, {"phoneNumber": LINE, "name": "Care line"})
    leg = {
        "startTime": _ms(call, 0),
        "duration": call.talk,
        "type": "Voice",
        "direction": "Inbound" if inbound else "Outbound",
        "action": "Phone Call" if inbound else "VoIP Call",
        "result": "Accepted" if inbound else "Call connected",
        "from": parties[0 if inbound else 1],
        "to": parties[1 if inbound else 0],
    }
    own = {"extension": {"id": call.agent}}
    record = leg | {"id": f"{call.id}-r", "sessionId": call.id, "lastModifiedTime": _ms(call, call.talk + 60)}
    if call.lot % 6 == 0:
        return [record | own]
    company = leg | {"duration": call.talk + 15, "startTime": _ms(call, -15), "legType": "Accept", "master": True}
    missed = leg | {"result": "Missed", "duration": 15, "startTime": _ms(call, -15), "extension": {"id": "another"}}
    return [record | {"duration": call.talk + 15, "legs": [company, missed, leg | own | {"legType": "Accept"}]}]


def _z(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ms(call: Call, after: int) -> str:
    return (call.started + timedelta(seconds=after)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _rfc(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
