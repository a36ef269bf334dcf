"""A packet is proved from its own files; whatever is changed in it is named, and so is a file that lies about the decisions."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows import ledger
from flows.ccm.decision import BILL, Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.outbox.manifest import read_manifest, with_seal, write_manifest
from flows.packets import MANIFEST
from flows.verify.packet import verify_packet
from tests.packet.files import held

SHEET = "claims/claim-sheet.csv"


_JSON = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
_KEYS = (st.text() | st.sampled_from(["rulebook", "seal ", 'seal"', "test", '\n "test": '])).filter(lambda key: key != "seal")


def claim_file(files: dict[str, bytes]) -> str:
    return max((name for name in files if name.endswith(".837")), key=lambda name: len(files[name]))


def test_a_packet_as_it_was_sealed_has_no_fault(packet, rural_packet):
    assert verify_packet(packet) == ()
    assert verify_packet(rural_packet) == ()
    assert b"005010X222A1" in packet[claim_file(packet)]
    assert b"005010X223A2" in rural_packet[claim_file(rural_packet)]


def test_one_flipped_byte_in_each_file_is_named(packet):
    for name, data in packet.items():
        for at in (0, len(data) // 2, len(data) - 1) if data else ():
            assert_named(packet, name, at, 0x01)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_flipped_byte_anywhere_is_named(packet, data):
    name = data.draw(st.sampled_from(sorted(packet)))
    at = data.draw(st.integers(0, len(packet[name]) - 1))
    assert_named(packet, name, at, data.draw(st.integers(1, 255)))


def test_damage_to_the_claim_sheets_header_is_named(packet):
    for at in range(0, packet[SHEET].index(b"\n"), 5):
        assert_named(packet, SHEET, at, 0x02)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_of_claims_evidence_or_manifest_stops_the_check(office, packet, data):
    name = data.draw(st.sampled_from([claim_file(packet), SHEET, "decisions.jsonl", "rejected-rows.csv", listed_in(packet)]))
    body, at = packet[name], data.draw(st.integers(0, len(packet[name])))
    damaged = body[:at] + data.draw(st.binary(max_size=6)) + body[at + data.draw(st.integers(0, 6)) :]
    resealed(office, packet, name, damaged)


def listed_in(packet: dict[str, bytes]) -> str:
    return next(name for name in packet if name.startswith("attestations/") and name.endswith(".jsonl"))


def assert_named(packet: dict[str, bytes], name: str, at: int, flip: int) -> None:
    body = bytearray(packet[name])
    body[at] ^= flip
    faults = verify_packet({**packet, name: bytes(body)})
    assert [fault for fault in faults if fault.startswith(f"{name}: ")], (name, at)
    assert all("\n" not in fault for fault in faults)


def test_a_missing_file_and_a_stranger_are_named(packet):
    for name in packet:
        without = {n: d for n, d in packet.items() if n != name}
        assert any(fault.startswith(f"{name}: missing") for fault in verify_packet(without)), name
    assert verify_packet({**packet, "claims/more.837": b""}) == (
        "claims/more.837: not of this packet; the manifest does not list it",
    )


def resealed(month: MonthResult, packet: dict[str, bytes], name: str, data: bytes) -> tuple[str, ...]:
    """The faults of the packet with a file replaced and a manifest that vouches for it."""
    files = {n: d for n, d in packet.items() if n != MANIFEST} | {name: data}
    return verify_packet({**files, MANIFEST: write_manifest(month, 1, 0, held(files).sums)})


@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        (rb"HC:99490\*\d+", b"HC:99490*9999", "line 1 charge"),
        (rb"HC:99490\*", b"HC:99491*", "line 1 code"),
        (rb"\*UN\*1", b"*UN*2", "line 1 units"),
        (rb"DTP\*472\*D8\*20251130", b"DTP*472*D8*20251129", "line 1 first date, line 1 last date"),
        (rb"HI\*ABK:\w+", b"HI*ABK:I509", "diagnoses"),
        (rb"NM1\*IL\*1\*[^*]+", b"NM1*IL*1*SMITHSON", "patient's family name"),
        (rb"DMG\*D8\*\d{8}", b"DMG*D8*19000101", "date of birth"),
        (rb"\*MI\*\w+", b"*MI*1EG4TE5MK73", "patient's number"),
        (rb"REF\*6R\*\w+", b"REF*6R*C1", "line 1 control number"),
        (rb"(CLM\*\w+\*)\d+", rb"\g<1>1", "total charge"),
        (rb":B:1\*", b"X:B:1*", "place of service"),
        (rb":B:1\*", b":B:7*", "frequency or the payer's own number"),
        (rb"(NM1\*82\*.*XX\*)\d+", rb"\g<1>1987654328", "practitioner"),
    ],
)
def test_a_claim_that_says_other_than_the_decision_is_named_though_the_manifest_vouches_for_it(office, packet, find, put, told):
    name = claim_file(packet)
    changed = re.sub(find, put, packet[name], count=1)
    assert changed != packet[name]
    faults = [fault for fault in resealed(office, packet, name, changed) if fault.startswith(f"{name}: ")]
    assert len(faults) == 1
    assert re.fullmatch(rf"{re.escape(name)}: claim C\w{{16}}: .*{re.escape(told)}.* not as decided", faults[0])


@pytest.mark.parametrize(
    ("find", "put", "told"),
    [
        (rb"(NM1\*85\*.*XX\*)\d+", rb"\g<1>1987654328", "practice"),
        (rb"REF\*EI\*\d+", b"REF*EI*987654321", "practice"),
    ],
)
def test_a_file_that_bills_for_another_practice_is_named(office, packet, find, put, told):
    name = claim_file(packet)
    faults = resealed(office, packet, name, re.sub(find, put, packet[name], count=1))
    ours = [fault for fault in faults if fault.startswith(f"{name}: ")]
    assert ours and all(re.fullmatch(rf"{re.escape(name)}: claim C\w{{16}}: .*{told}.* not as decided", fault) for fault in ours)
    assert any(fault.startswith(f"{SHEET}: claim ") for fault in faults)


def test_a_claim_that_goes_to_another_payer_than_the_sheet_says_is_named(office, packet):
    name = claim_file(packet)
    sent_elsewhere = re.sub(rb"(NM1\*PR\*2\*[^~]*PI\*)\w+", rb"\g<1>99999", packet[name], count=1)
    (fault,) = resealed(office, packet, name, sent_elsewhere)
    assert re.fullmatch(rf"{SHEET}: claim C\w+: lines, dates, parties or total not as in the 837 file", fault)


def test_a_claim_file_without_a_claim_is_named(office, packet):
    assert resealed(office, packet, "claims/extra.837", b"ISA*").count("claims/extra.837: no claim can be read in it") == 1


def test_a_claim_left_out_or_written_twice_or_unknown_is_named(office, packet):
    name = claim_file(packet)
    (head, *claims), tail = re.split(rb"(?=HL\*\d+\*1\*22)", packet[name]), b""
    claims[-1], tail = re.split(rb"(?=SE\*)", claims[-1])
    left_out = resealed(office, packet, name, head + b"".join(claims[1:]) + tail)
    assert any(re.fullmatch(r"claims.jsonl: claim C\w+ is sent and in no 837 file", fault) for fault in left_out)
    assert f"{SHEET}: 1 claim(s) that no 837 file sends" in left_out
    twice = resealed(office, packet, name, head + claims[0] + b"".join(claims) + tail)
    assert any("is in the claim files 2 times" in fault for fault in twice)
    unknown = resealed(office, packet, name, re.sub(rb"CLM\*\w+", b"CLM*CXYZ", packet[name], count=1))
    assert f"{name}: a claim (CXYZ) that this packet does not send" in unknown


@pytest.mark.parametrize(("find", "put"), [(rb",99490,1,", b",99490,2,"), (rb"2025-11-30,2025-11-30", b"2025-11-01,2025-11-30")])
def test_a_sheet_that_says_other_than_the_decision_is_named(office, packet, find, put):
    changed = re.sub(find, put, packet[SHEET], count=1)
    assert changed != packet[SHEET]
    (fault,) = resealed(office, packet, SHEET, changed)
    assert re.fullmatch(rf"{SHEET}: claim C\w+: lines, dates, parties or total not as in the 837 file", fault)


def altered(packet: dict[str, bytes], **changes: object) -> bytes:
    """The decisions with the first billed one changed."""
    decisions = list(ledger.from_lines(packet["decisions.jsonl"], Decision))
    at = next(n for n, d in enumerate(decisions) if d.outcome == BILL)
    decisions[at] = replace(decisions[at], **changes)
    return ledger.to_lines(decisions)


def test_decisions_changed_afterwards_disagree_with_claims_balances_and_attested_list(office, packet):
    first = next(d for d in office.decisions if d.outcome == BILL)
    faults = resealed(office, packet, "decisions.jsonl", altered(packet, diagnoses=first.diagnoses[:1]))
    assert any("diagnoses not as decided" in f and f.startswith("claims/") for f in faults)
    assert any(f.startswith("attestations/") and ".jsonl: patient" in f for f in faults)
    faults = resealed(office, packet, "decisions.jsonl", altered(packet, pieces=first.pieces[1:]))
    assert any(f.startswith("decisions.jsonl: patient") and "s given a fate" in f for f in faults)
    assert any(f.startswith("manifest.json: seconds, counted") for f in faults)


def test_an_attestation_of_another_list_is_named(office, packet):
    listed = listed_in(packet)
    changed = packet[listed].replace(b'"place_of_service":"11"', b'"place_of_service":"12"', 1)
    faults = resealed(office, packet, listed, changed)
    assert len(faults) == 2
    assert re.fullmatch(rf"{listed}: patient \w+: place_of_service not as decided", faults[0])
    assert faults[1] == f"{listed.removesuffix('.jsonl')}.pdf: does not carry the fingerprint of {listed}"


def test_no_fault_tells_who_the_patient_is(office, packet):
    people = {word for m in office.patient_months for word in (m.patient.family_name, m.patient.mrn, m.patient.mbi)}
    for name in packet:
        faults = verify_packet({**packet, name: packet[name][: len(packet[name]) // 2]})
        assert faults
        assert not [word for word in people for fault in faults if word and word in fault]


def test_a_manifest_is_read_only_as_it_was_written(packet):
    assert read_manifest(packet[MANIFEST])["month"] == "2025-11"
    assert read_manifest(packet[MANIFEST].replace(b'"packet": 1', b'"packet": 2')) is None
    assert read_manifest(packet[MANIFEST] + b" ") is None
    assert read_manifest(b"[]") is None


def test_evidence_is_one_decision_for_each_patient_month(office, packet):
    months = ledger.from_lines(packet["patient-months.jsonl"], PatientMonth)
    faults = resealed(office, packet, "patient-months.jsonl", ledger.to_lines(months[1:]))
    assert any("not one decision for each line" in fault for fault in faults)


def with_manifest(packet: dict[str, bytes], /, **changes: object) -> tuple[str, ...]:
    """The faults of the packet under a manifest that was changed and sealed again; None leaves a key out."""
    content = read_manifest(packet[MANIFEST]) | changes
    kept = {key: value for key, value in content.items() if value is not None or key not in changes}
    return verify_packet({**packet, MANIFEST: with_seal(kept)})


@pytest.mark.parametrize(
    "changes",
    [
        {"files": None},
        {"files": []},
        {"files": {"held.csv": "x"}},
        {"inputs": "x"},
        {"inputs": [{"rows": None}]},
        {"balance": {}},
        {"balance": None},
        {"packet": -1},
        {"month": "2025-13"},
        {"practice": None},
        {"test": "yes"},
        {"released": {}},
    ],
)
def test_a_manifest_sealed_in_another_shape_is_one_fault(packet, changes):
    (told,) = with_manifest(packet, **changes)
    assert told.startswith(f"{MANIFEST}: sealed, and not a manifest as this version writes it")


@pytest.mark.parametrize("data", [b"[" * 100_000, b"null", b"\xff", b"{}"])
def test_what_is_no_manifest_is_one_fault(packet, data):
    (told,) = verify_packet({**packet, MANIFEST: data})
    assert told.startswith(f"{MANIFEST}: not as it was sealed")


def test_a_manifest_of_another_month_or_of_other_sums_sent_is_named(packet):
    assert any("not all of 2025-12" in fault for fault in with_manifest(packet, month="2025-12"))
    balance = read_manifest(packet[MANIFEST])["balance"]
    claims = balance["claims"] | {"sent_charged": "1.00"}
    (told,) = with_manifest(packet, balance=balance | {"claims": claims})
    assert told.startswith(f"{MANIFEST}: claims sent")


@pytest.mark.parametrize(
    ("name", "find", "put"),
    [
        ("billed.csv", rb",\d+\.\d\d(,Medicare,,\r)", rb",1.00\1"),
        ("billed.csv", rb"(,Medicare,,)\r", rb"\g<1>80.00\r"),
        ("billed.csv", rb"99490 ", b"99491 "),
        ("held.csv", rb"\Z", b"M1,A,B,1950-01-01,1,1,consent.missing,,,,,20:00,99490,,1.00\r\n"),
        ("not-billable.csv", rb"time\.below_threshold", b"consent.missing"),
        ("time-log.csv", rb",yes,", b",no,"),
        ("claims/cms-1500.csv", rb"(line 1: charge),\d+", rb"\1,9"),
        ("claims/cms-1500.csv", rb"(number at the plan),\w+", rb"\1,X1"),
    ],
)
def test_what_the_practice_reads_is_held_against_the_evidence_though_the_manifest_vouches_for_it(office, packet, name, find, put):
    changed = re.sub(find, put, packet[name], count=1)
    assert changed != packet[name]
    (told,) = resealed(office, packet, name, changed)
    assert told.startswith(f"{name}: ")


def test_a_file_left_out_of_packet_and_manifest_is_named(office, packet):
    plan = next(name for name in packet if name.startswith("care-plans/"))
    registers = ["billed.csv", "held.csv", "not-billable.csv", "rejected-rows.csv", "time-log.csv", "time-log.pdf"]
    for name in ["index.html", SHEET, "claims/cms-1500.csv", "documents.json", plan, *registers]:
        files = {n: d for n, d in packet.items() if n not in (MANIFEST, name)}
        faults = verify_packet({**files, MANIFEST: write_manifest(office, 1, 0, held(files).sums)})
        assert any(fault.startswith(f"{name}: ") for fault in faults), name


@given(st.dictionaries(_KEYS, _JSON))
def test_a_manifest_of_any_content_is_sorted_json_with_its_own_hash(content: dict[str, object]):
    def text(told: dict[str, object]) -> bytes:
        return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"

    written = with_seal(content)
    assert written == text(content | {"seal": hashlib.sha256(text(content)).hexdigest()})
    assert read_manifest(written) == content
