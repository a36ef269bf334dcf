"""The Prefect flows over stand-in steps, with Prefect's embedded server and an S3 server on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.settings import Settings

SCENARIO = {"bayview-family": "storage once", "cumberland-rural": "bug", "gulfside-hospital": "overtaken"}


@pytest.fixture(scope="module")
def ran(s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str, Path]:
    """The report of two parent runs, all that was printed, and the folder it ran in."""
    from flows.store import client

    folder = tmp_path_factory.mktemp("monthly")
    own = Settings(bucket="monthly", endpoint=s3_endpoint, access_key="test", secret_key="test")
    client(own).create_bucket(Bucket=own.bucket)
    root = Path(__file__).parents[2]
    environment = {
        **os.environ,
        "CCM_BUCKET": own.bucket,
        "CCM_S3_ENDPOINT": s3_endpoint,
        "CCM_S3_ACCESS_KEY": "test",
        "CCM_S3_SECRET_KEY": "test",
        "CCM_TENANTS": str(root / "tenants"),
        "EDGE_HOME": str(folder / "prefect"),
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PYTHONPATH": str(root),
    }
    (folder / "prefect").mkdir()
    script = Path(__file__).with_name("prefect_run.py")
    done = subprocess.run(
        [sys.executable, str(script), json.dumps(SCENARIO), str(folder / "report.json")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return json.loads((folder / "report.json").read_text()), done.stdout + done.stderr, folder


def test_one_practice_failing_never_stops_the_others(ran):
    report, _, _ = ran
    first = {outcome[0]: outcome for outcome in report["runs"][0]["outcomes"]}
    assert list(first) == list(SCENARIO)
    assert report["runs"][0]["failed"] == "1 of 3 practices failed: cumberland-rural"
    for slug, unchanged in (("bayview-family", False), ("gulfside-hospital", True)):
        assert first[slug][1:] == ["2025-11", 2, 1, 1, 0, 0, 21, "60.49", 1, unchanged, "", ""]
    assert first["cumberland-rural"][-2].startswith("read: unexpected ValueError, reference ")


def test_the_same_month_again_publishes_nothing(ran):
    report, _, _ = ran
    second = {outcome[0]: outcome for outcome in report["runs"][1]["outcomes"]}
    assert [second[slug][9:11] for slug in ("bayview-family", "gulfside-hospital")] == [[1, True], [1, True]]


def test_a_month_far_from_the_practices_own_ends_in_a_state_that_is_no_failure(ran):
    report, _, _ = ran
    state, why, packet = report["stopped"]
    assert (state, packet) == ("awaiting release", 0)
    assert why.startswith("patients 2 (usually 100, last month 100); billed 1 (usually 70, last month 70)")
    assert report["states"] == [["gulfside-hospital 2026-04", "COMPLETED", "Awaiting release"]]
    assert report["newest"] == [["Awaiting release", why]]


def test_storage_is_retried_and_a_bug_is_not_and_a_run_that_was_overtaken_reads_again(ran):
    report, _, _ = ran
    assert report["attempts"] == {"bayview-family": 3, "cumberland-rural": 2, "gulfside-hospital": 4}


def test_an_operator_finds_runs_by_name_tag_and_state(ran):
    report, _, _ = ran
    runs = {name: (sorted(json.loads(tags)), state) for name, tags, state in report["flow_runs"][:4]}
    assert runs["bayview-family 2025-11"] == (["month:2025-11", "practice:bayview-family"], "COMPLETED")
    assert runs["cumberland-rural 2025-11"] == (["month:2025-11", "practice:cumberland-rural"], "FAILED")
    assert runs["all practices 2025-11"][1] == "FAILED"


def test_nothing_of_a_patient_reaches_prefect_the_console_or_the_incident_file(ran):
    report, printed, folder = ran
    assert report["canary_stored"] is False
    assert report["kept_kinds"] == ["PracticesFailed", "StageFailed"], "failures in neutral words, no result"
    assert "Zebedee" not in printed
    (incident,) = (folder / "out/incidents").iterdir()
    frames = incident.read_text()
    assert "ValueError" in frames
    assert "read_month" in frames
    assert "Zebedee" not in frames
