"""Audit binders: out of sealed packets alone, the same for ever, in the order reviewers ask, nothing of the question lost."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pikepdf
import pytest

from flows import packets
from flows.__main__ import main
from flows.binder import PacketAltered, binders, months_between
from flows.ccm.service_month import ServiceMonth
from flows.outbox import templates
from flows.outbox.binder_pages import PAGES, write_pages, write_styles
from flows.outbox.plain_words import ground, with_days
from flows.packets import MANIFEST
from flows.settings import Settings
from flows.store import Store
from tests.documents.pdf_text import squeezed, text_of
from tests.packet.conftest import MONTH, packet_of, withdrawn
from tests.packet.files import held

ROOT = Path(__file__).parents[2]
SLUG = "bayview-family"


@pytest.fixture
def store(own: Settings, packet, monkeypatch) -> Store:
    """The packet as number 1 of its month, and the environment that a command needs to find it."""
    for name, value in {"BUCKET": own.bucket, "S3_ENDPOINT": own.endpoint, "S3_ACCESS_KEY": own.access_key}.items():
        monkeypatch.setenv(f"CCM_{name}", value)
    monkeypatch.setenv("CCM_S3_SECRET_KEY", own.secret_key)
    monkeypatch.chdir(ROOT)
    kept = Store(own, SLUG)
    publish(kept, packet, 1)
    return kept


def publish(store: Store, packet: dict[str, bytes], number: int) -> None:
    packets.publish(store, MONTH, number, held({n: d for n, d in packet.items() if n != MANIFEST}), packet[MANIFEST])


def ccm(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return int(left.value.code or 0)


def test_a_binder_has_every_section_in_the_reviewers_order_with_a_bookmark(office, store):
    claim = office.claims[0]
    (made,) = binders(store, [MONTH], claims=[claim.claim_id])
    assert made.name == f"2025-11-{claim.claim_id}.pdf"
    with pikepdf.open(io.BytesIO(made.pdf)) as pdf, pdf.open_outline() as outline:
        (root,) = outline.root
        assert [item.title for item in root.children] == [
            *("Claim", "Consent", "Care plan in force", "Time log", "Supervision", "Eligibility and coverage"),
            *("Requirements as decided", "Rule citations", "Where the facts came from"),
        ]
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo["/Title"]) == f"Audit binder · claim {claim.claim_id} · November 2025"


def test_it_shows_the_evidence_of_its_patient_and_of_no_other(office, store):
    claim = office.claims[0]
    month, decision = next(
        (m, d) for m, d in zip(office.patient_months, office.decisions, strict=True) if m.patient.key == claim.patient.key
    )
    (made,) = binders(store, [MONTH], patient=claim.patient.mrn)
    text = text_of(made.pdf)
    for piece in decision.pieces:
        assert squeezed(f"entry {piece.entry_id}") in text
    for item in (*month.care_plan.goals, *month.care_plan.medications, *month.care_plan.self_management):
        assert squeezed(item.text) in text
    for requirement in decision.requirements:
        assert squeezed(with_days(ground(requirement.id, requirement.ground, office.practice))) in text
    for source in {holder.source for holder in (*month.consents, *month.coverages, *month.conditions)}:
        assert squeezed(str(source)) in text
    for used in {i.sha256 for i in office.inputs if i.key in {p.source.key for p in decision.pieces}}:
        assert used in text
    assert not [c.patient.mrn for c in office.claims[1:] if c.patient.mrn in text]


def binder_files(month):
    return {PAGES: b"".join(write_pages(month)), **write_styles()}


def test_the_same_bytes_after_templates_and_rulebook_changed(office, store, tmp_path, monkeypatch):
    before = {made.name: made.pdf for made in binders(store, [MONTH], claims=[c.claim_id for c in office.claims[:2]])}
    sealed = binder_files(office)
    altered = tmp_path / "templates"
    shutil.copytree(templates.templates_dir(), altered)
    for path in altered.iterdir():
        if path.suffix == ".css":
            path.write_text(
                path.read_text(encoding="utf-8") + "\nh1, p, td { color: #ff0000; font-size: 20pt }\n", encoding="utf-8"
            )
        if path.suffix == ".html":
            path.write_text(path.read_text(encoding="utf-8").replace("<h1", "<p>New look</p><h1"), encoding="utf-8")
    monkeypatch.setattr(templates, "templates_dir", lambda: altered)
    monkeypatch.setattr("flows.rulebook.read.HOME", tmp_path / "no-rulebook")
    for cached in (templates._environment, templates.static_text):
        cached.cache_clear()
    try:
        assert binder_files(office) != sealed
        after = {made.name: made.pdf for made in binders(store, [MONTH], claims=[c.claim_id for c in office.claims[:2]])}
    finally:
        for cached in (templates._environment, templates.static_text):
            cached.cache_clear()
    assert len(before) == 2
    assert after == before


def test_a_claim_that_was_withdrawn_later_comes_from_the_packet_that_sent_it(office, store):
    gone, kept = office.claims[0].claim_id, office.claims[1].claim_id
    publish(store, packet_of(withdrawn(office, 0), 2), 2)
    made = list(binders(store, [MONTH], claims=[gone, kept]))
    assert {b.claim_id: (b.packet, b.newest) for b in made} == {gone: (1, 2), kept: (2, 2)}


def test_no_binder_is_made_of_a_packet_that_was_altered(office, store):
    key = f"packets/{MONTH}/1/{PAGES}"
    store.put(key, store.read(key).replace(b"granted", b"granteD", 1))
    with pytest.raises(PacketAltered) as raised:
        list(binders(store, [MONTH], claims=[office.claims[0].claim_id]))
    assert raised.value.problems == ("2025-11: packet 1: binder/pages.jsonl is not as it was sealed; run `ccm verify` on it",)


def test_the_command_answers_every_claim_of_the_list(office, store, tmp_path, capsys):
    known = [c.claim_id for c in office.claims[:2]]
    listed = tmp_path / "asked.csv"
    listed.write_text("payer,claim_id\r\n" + "".join(f"x,{i}\r\n" for i in (*known, "C" + "A" * 16)), encoding="utf-8")
    out = tmp_path / "out"
    arguments = ("--from", "2025-10", "--to", "2025-12", "--out", str(out))
    assert ccm("binder", SLUG, "--claims", str(listed), *arguments) == 1
    assert sorted(path.name for path in out.iterdir()) == sorted(f"2025-11-{i}.pdf" for i in known)
    assert f"C{'A' * 16}: in no sealed packet of {SLUG} from 2025-10 to 2025-12" in capsys.readouterr().out
    assert ccm("binder", SLUG, "--patient", office.claims[2].patient.key, *arguments) == 0
    assert (out / f"2025-11-{office.claims[2].claim_id}.pdf").is_file()
    assert ccm("binder", SLUG, "--patient", "nobody", *arguments) == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("C123\n", "asked, line 1: no claim id"),
        ("CAAAAAAAAAAAAAAAA\n\nMrs Smith\n", "asked, line 3: no claim id"),
        ("claim_id,x\n", "asked: no claim id in it"),
        ("", "asked: no claim id in it"),
    ],
)
def test_a_line_that_asks_for_nothing_known_is_refused_not_skipped(store, tmp_path, monkeypatch, capsys, text, told):
    monkeypatch.chdir(tmp_path)
    Path("asked").write_text(text, encoding="utf-8")
    assert ccm("binder", SLUG, "--claims", "asked", "--from", "2025-11", "--to", "2025-11", "--out", "out") == 2
    assert told in capsys.readouterr().err
    assert "Smith" not in capsys.readouterr().err
    assert not Path("out").exists()


@pytest.mark.parametrize(
    ("practice", "month", "told"),
    [
        ("gulfside-hospital", "2025-11", "no sealed packet from 2025-11 to 2025-11; it has none; check its name"),
        (SLUG, "2025-08", "no sealed packet from 2025-08 to 2025-08; its packets are of 2025-11 to 2025-11; ask for those"),
    ],
)
@pytest.mark.parametrize("asked", ["--patient", "--claims"])
def test_where_nothing_was_sealed_one_line_says_so_and_nothing_of_patients(store, tmp_path, capsys, practice, month, told, asked):
    # a packet that was begun and never sealed is none
    store.put("packets/2025-08/1/held.csv", b"")
    (tmp_path / "ids").write_text("CAAAAAAAAAAAAAAAA\n")
    what = (asked, str(tmp_path / "ids") if asked == "--claims" else "M1")
    out = tmp_path / "out"
    assert ccm("binder", practice, *what, "--from", month, "--to", month, "--out", str(out)) == 2
    assert capsys.readouterr() == ("", f"ccm: {practice}: {told}\n")
    assert not out.exists()


def test_months_between():
    year = months_between(ServiceMonth(2025, 11), ServiceMonth(2026, 2))
    assert [str(month) for month in year] == ["2025-11", "2025-12", "2026-01", "2026-02"]
    assert months_between(ServiceMonth(2025, 11), ServiceMonth(2025, 10)) == ()
    with pytest.raises(ValueError, match="more than 240 months"):
        months_between(ServiceMonth(2001, 1), ServiceMonth(2025, 1))


def test_a_file_in_place_of_the_folder_is_a_set_up_error(store, tmp_path, capsys):
    taken = tmp_path / "taken"
    taken.write_text("")
    assert ccm("binder", SLUG, "--patient", "M1", "--from", "2025-11", "--to", "2025-11", "--out", str(taken)) == 2
    assert f"{taken}: file exists" in capsys.readouterr().err
