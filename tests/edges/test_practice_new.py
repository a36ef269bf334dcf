"""A practice's folder from answers: refused ones are asked again, and what is written is what the check asks for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.__main__ import app
from flows.ccm.practice import Schedule
from flows.ccm.service_month import ServiceMonth
from flows.readiness import missing
from flows.settings import Settings
from flows.store import Store, client
from flows.tenancy import SetupError, load_practice
from flows.tenancy.new import QUESTIONS, fault, suggestion

ROOT = Path(__file__).parents[2]
ANSWERS = {
    "name": "Harbor Light Family Care (synthetic)",
    "kind": "office",
    "npi": "1555000011",
    "tax_id": "94-5550109",
    "taxonomy": "207Q00000X",
    "address.line1": "1 Example Wharf",
    "address.city": "Portland",
    "address.state": "OR",
    "address.postal_code": "97201-2001",
    "phone": "503-555-0101",
    "contact": "Billing Office",
    "time_zone": "America/Los_Angeles",
    "mac": "JF",
    "contractor": "02302",
    "place_of_service": "11",
    "submitter_id": "HARBOR1",
    "schedule.night": "2",
    "schedule.at": "02:30",
    "test": "true",
}


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("npi", "1555000012"),
        ("kind", "spa"),
        ("address.postal_code", "97201"),
        ("address.state", "ZZ"),
        ("address.line1", "P.O. Box 12"),
        ("taxonomy", "207Q"),
        ("time_zone", "Pacific"),
        ("mac", "JZ"),
        ("place_of_service", "02"),
        ("schedule.night", "4"),
        ("schedule.night", "second"),
        ("schedule.at", "12:00"),
        ("schedule.at", "01:30"),
        ("schedule.at", "2:30"),
        ("test", "perhaps"),
        ("name", ""),
    ],
)
def test_a_wrong_answer_is_refused_by_the_files_own_rule(key, answer):
    question = next(q for q in QUESTIONS if q.key == key)
    assert fault(question, answer)
    assert fault(question, ANSWERS[key]) == ""


def test_the_contractor_is_suggested_where_the_state_has_one():
    question = next(q for q in QUESTIONS if q.key == "contractor")
    assert suggestion(question, {"address.state": "OR", "kind": "office"}) == "02302"
    assert suggestion(question, {"address.state": "CA", "kind": "office"}) == ""


def test_a_folder_is_written_asked_again_where_wrong_and_never_over_another(tmp_path, monkeypatch):
    monkeypatch.setenv("CCM_TENANTS", str(tmp_path))
    typed = (
        "\n".join(f"{'123' + chr(10) if q.key == 'npi' else ''}{ANSWERS[q.key]}" for q in QUESTIONS if q.concerns(ANSWERS)) + "\n"
    )
    told = CliRunner().invoke(app, ["practice", "new", "harbor-light"], input=typed)
    assert told.exception is None, told.output
    assert "not an NPI" in told.output
    with pytest.raises(SetupError) as left:
        load_practice(tmp_path, "harbor-light")
    assert {line.split(":")[0].split("/")[-1] for line in left.value.problems} == {
        "practitioners.csv",
        "staff.csv",
        "charges.csv",
    }
    for name in ("practitioners.csv", "staff.csv", "charges.csv"):
        (tmp_path / "harbor-light" / name).write_text((ROOT / "tenants/bayview-family" / name).read_text())
    practice = load_practice(tmp_path, "harbor-light")
    assert (practice.address.city, practice.contractor, practice.control_series, practice.test) == ("Portland", "02302", 1, True)
    assert practice.schedule == Schedule(2, "02:30")
    again = CliRunner().invoke(app, ["practice", "new", "harbor-light"], input=typed)
    assert isinstance(again.exception, SetupError)


def test_a_clinic_is_asked_for_its_part_a_contractor_too():
    question = next(q for q in QUESTIONS if q.key == "contractor_part_a")
    assert [question.concerns({"kind": kind}) for kind in ("office", "rhc", "fqhc", "hospital_outpatient")] == [
        False,
        True,
        True,
        False,
    ]
    assert fault(question, "1510") and not fault(question, "15101")


def test_what_a_first_run_lacks_is_told(own: Settings):
    practice = load_practice(ROOT / "tenants", "bayview-family")
    store = Store(own, practice.slug)
    lines = missing(store, practice, ServiceMonth(2025, 11))
    assert [line for line in lines if "inbox" not in line] == []
    assert len(lines) == 2
    store.put("inbox/calls/2025-11/a.csv", b"x")
    store.put("inbox/records/patients.csv", b"x")
    (line,) = missing(store, practice, ServiceMonth(2025, 11))
    assert "no consents among the records" in line
    client(own).put_object(Bucket=own.bucket, Key=f"{practice.slug}/inbox/calls/2025-11/a\\b.csv", Body=b"x")
    store.put("inbox/records/export.ndjson.gz", b"x")
    (line,) = missing(store, practice, ServiceMonth(2025, 11))
    assert "files below bayview-family/inbox/calls/2025-11/ whose names are not read: 1;" in line
    client(own).delete_object(Bucket=own.bucket, Key=f"{practice.slug}/inbox/calls/2025-11/a\\b.csv")
    assert missing(store, practice, ServiceMonth(2025, 11)) == ()
    rural = load_practice(ROOT / "tenants", "cumberland-rural")
    bare = replace(rural, charges=tuple(c for c in rural.charges if c.code != "G0511"), staff=())
    lines = missing(Store(own, rural.slug), bare, ServiceMonth(2025, 6))
    assert any("no charge for G0511" in line for line in lines) and any("nobody in staff.csv" in line for line in lines)


def test_a_check_of_every_practice_asks_about_the_month_too(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("flows.commands.practice._missing", lambda who, month: (f"{who.slug} lacks {month}",))
    done = CliRunner().invoke(app, ["practice", "check", "--month", "2025-11"])
    slugs = [path.name for path in sorted((ROOT / "tenants").iterdir()) if path.is_dir()]
    assert done.stderr.splitlines() == [f"ccm: {slug} lacks 2025-11" for slug in slugs]
