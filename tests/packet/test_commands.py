"""``ccm verify`` and ``ccm attest verify`` on a stored packet, on a copied one, and on a correction."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from flows import steps
from flows.attest import to_sign
from flows.ccm.practice import Choice
from flows.outbox.awaiting import CHOICE, NOTE
from flows.packets import MANIFEST
from flows.steps import Sealed
from flows.verify.packet import verify_packet
from tests.packet.conftest import MONTH, packet_of, withdrawn
from tests.packet.signing import signed
from tests.packet.test_binder import SLUG, ccm, store

__all__ = ["store"]


def test_a_stored_packet_is_proved(store, capsys):
    assert ccm("verify", SLUG, "2025-11") == 0
    assert f"{SLUG} 2025-11, packet 1: " in capsys.readouterr().out
    assert ccm("verify", SLUG, "2025-11", "--packet", "2") == 2
    assert "packet 2 is not sealed" in capsys.readouterr().err
    assert ccm("verify", SLUG, "2025-12") == 2


def test_a_copied_packet_is_proved_and_a_changed_byte_named(packet, tmp_path, capsys):
    for name, data in packet.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert ccm("verify", str(tmp_path)) == 0
    assert f": seal {json.loads(packet[MANIFEST])['seal']}; " in capsys.readouterr().out
    (tmp_path / "held.csv").write_bytes(packet["held.csv"] + b" ")
    (tmp_path / "care-plans" / "more.pdf").write_bytes(b"")
    capsys.readouterr()
    assert ccm("verify", str(tmp_path)) == 1
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told[:-1]] == ["care-plans/more.pdf", "held.csv"]
    (tmp_path / MANIFEST).unlink()
    assert ccm("verify", str(tmp_path)) == 2


def test_a_correction_is_proved_with_what_it_sends_and_what_it_leaves(office, store):
    corrected = steps.correct_month(store, withdrawn(office, 0), 2)
    assert not isinstance(corrected, Sealed)
    packet = packet_of(corrected, 2)
    assert verify_packet(packet) == ()
    assert not [name for name in packet if name.endswith(".837")]  # Medicare takes no void by file


def test_one_signed_file_and_then_all_of_the_inbox(packet, store, tmp_path, capsys):
    names = to_sign(packet)
    copy = tmp_path / "signed.pdf"
    copy.write_bytes(signed(packet[names[0]]))
    assert ccm("attest", "verify", str(copy), SLUG, "2025-11") == 0
    assert f"covers {names[0]} of packet 1" in capsys.readouterr().out
    copy.write_bytes(packet[names[0]])
    assert ccm("attest", "verify", str(copy), SLUG, "2025-11") == 1
    assert "FAILS: signature: none" in capsys.readouterr().out
    assert ccm("attest", "verify", SLUG, "2025-11", "--inbox") == 1
    assert capsys.readouterr().out.count("no signed file covers it") == len(names)
    for number, name in enumerate(names):
        store.put(f"inbox/attestations/{MONTH}/scan {number}.pdf", signed(packet[name]))
    assert ccm("attest", "verify", SLUG, "2025-11", "--inbox") == 0
    assert f"{len(names)} of {len(names)} attestations signed" in capsys.readouterr().out


@pytest.mark.parametrize("value", ["required", "not_required", None])
def test_claims_await_attestation_only_where_the_practice_so_chose(office, packet, value):
    choices = {CHOICE: Choice(value, "Dr. Lindqvist", date(2025, 1, 2), "policy")} if value else {}
    made = packet_of(replace(office, practice=replace(office.practice, choices=choices)))
    waits = value == "required"
    assert (NOTE in made) is waits
    assert (b"Awaiting attestation" in made["index.html"]) is waits
    if waits:
        note = made[NOTE].decode()
        assert all(name in note for name in to_sign(packet))
        assert f"ccm attest verify {SLUG} 2025-11 --inbox --packet 1" in note


def test_a_copy_that_points_elsewhere_is_not_read(packet, tmp_path, capsys):
    (tmp_path / MANIFEST).write_bytes(packet[MANIFEST])
    (tmp_path / "held.csv").symlink_to(tmp_path / MANIFEST)
    assert ccm("verify", str(tmp_path)) == 2
    assert "held.csv: a link or a device" in capsys.readouterr().err
