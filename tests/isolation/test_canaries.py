"""No value of a patient leaves the practice's prefix, whatever path a month takes; and the search that says so can fail.

By default a few paths; with CCM_CANARY=all each one, in more processes.
"""

from __future__ import annotations

import base64
import gzip
import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.commands.exits import SETUP, SOME_FAILED
from tests.isolation.canary_run import EMPTY, HOSTILE, MONTH, SLUG, CanaryRun
from tests.isolation.canary_search import Search
from tests.isolation.server import guarded_s3

ALL = os.environ.get("CCM_CANARY") == "all"
PATIENCE = 1500 if ALL else 280
pytestmark = pytest.mark.timeout(PATIENCE * 2)
FEW = ("fault: read", "imbalance", "fault: outside a stage", "bad input")  # the third seals the packet
UNSEALED = (
    "fault: decide",
    "fault: claim",
    "fault: latest packet",
    "fault: correct",
    "fault: documents",
    "fault: confirm",
    "fault: seal",
)
SEALED = ("empty inbox", "storage fails", "retry", "success", "fault: settle")
UNEXPECTED = "unexpected "


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CanaryRun, dict[str, set[str]], Search]]:
    """The run, where canaries were found, and the search."""
    folder = tmp_path_factory.mktemp("canaries") / "all"
    folder.mkdir()
    with guarded_s3([SLUG, HOSTILE, EMPTY], folder.parent / "s3.log") as guarded:
        run = CanaryRun(folder, guarded, patients=12 if ALL else 4)
        search = Search([*run.canaries, *run.leaks.values()])
        with run.arguments() as arguments, run.server() as api:
            environment = run.environment(api)
            if ALL:
                kill(run, environment)
                finish(run, "unsealed", environment, *UNSEALED)
            finish(run, "few", environment, *FEW, "leaks")
            if ALL:
                finish(run, "sealed", environment, *SEALED)
                finish(run, "wrong-key", run.environment(api, CCM_S3_SECRET_KEY="wrong"), "success")
                spoil_evidence(run)
                command(run, environment)
        run.leak_into_storage()
        found = search.folder(run.folder) | run.stored(search)
        seen = search.found(b"\n".join(sorted(arguments)))
        yield run, found | ({"arguments": seen} if seen else {}), search


def finish(run: CanaryRun, name: str, environment: dict[str, str], *paths: str) -> None:
    process = run.paths(name, environment, *paths)
    try:
        assert process.wait(PATIENCE) == 0, (run.folder / f"logs/{name}.log").read_text()[-3000:]
    finally:
        process.kill()


def kill(run: CanaryRun, environment: dict[str, str]) -> None:
    """A flow's process killed while it makes documents, everything of the patients in its memory."""
    process = run.paths("killed", environment, "killed")
    while not (run.planted / "waiting").exists():
        assert process.poll() is None, (run.folder / "logs/killed.log").read_text()[-3000:]
    process.kill()
    assert process.wait(10) == -signal.SIGKILL


def spoil_evidence(run: CanaryRun) -> None:
    """A sealed packet's decisions overwritten with what is no evidence."""
    s3, home = run.guarded.boto("s3"), f"{SLUG}/packets/{MONTH}/"
    for item in s3.list_objects_v2(Bucket="practices", Prefix=home)["Contents"]:
        if item["Key"].endswith(("decisions.jsonl", "claims.jsonl", "patient-months.jsonl")):
            s3.put_object(Bucket="practices", Key=item["Key"], Body=" ".join(run.canaries).encode())


def command(run: CanaryRun, environment: dict[str, str]) -> None:
    """What an operator types, on practices of every kind: one sealed, one spoiled, one without an inbox."""
    for name, words in (("run", ["run", "--all", str(MONTH)]), ("again", ["run", SLUG, str(MONTH)])):
        assert run.start(name, environment, "flows", *words).wait(PATIENCE) in (SETUP, SOME_FAILED), name


def test_a_month_leaves_nothing_of_a_patient_outside_its_prefix(ran):
    run, found, search = ran
    leaks = set(run.leaks.values())
    print(f"\n{len(run.outcomes())} paths, {len(run.canaries)} canaries, {search.places} places, {search.bytes:,} bytes searched")
    assert {place: sorted(seen - leaks) for place, seen in found.items() if seen - leaks} == {}


def test_each_leak_that_was_let_out_is_found(ran):
    run, found, _ = ran
    places = {way: sorted(place for place, seen in found.items() if leak in seen) for way, leak in run.leaks.items()}
    assert [way for way, where in places.items() if not where] == []
    assert "server/prefect.db" in places["log"]
    assert "server/prefect.db" in places["artifact"]
    assert "server/prefect.db" in places["task name"]
    assert "arguments" in places["argument"]
    assert any(place.startswith("tmp/") for place in places["file name"])


def test_the_paths_came_to_what_they_should(ran):
    run, _, _ = ran
    outcomes = run.outcomes()
    assert set(outcomes) >= set(FEW) | ({*UNSEALED, *SEALED} if ALL else set())
    for path, outcome in outcomes.items():
        if path in ("retry", "bad input", "success"):
            assert outcome == "" or (ALL and path == "success"), path
        elif path.startswith("fault: "):
            assert UNEXPECTED + "KeyError, reference " in outcome, path
        elif path == "imbalance":
            assert outcome.startswith("documents: ") and outcome.endswith("; nothing was sealed"), outcome
        else:
            assert outcome, path
    assert any((run.folder / "run/out/incidents").iterdir())


def test_packets_were_made_under_the_practices_own_roles(ran):
    run, _, _ = ran
    s3 = run.guarded.boto("s3")
    for slug in (SLUG, HOSTILE):
        sealed = s3.head_object(Bucket="practices", Key=f"{slug}/packets/{MONTH}/1/manifest.json")
        assert sealed["SSEKMSKeyId"] == f"alias/ccm-{slug}"


def test_what_the_registry_holds_tells_no_one_who_or_where(ran):
    run, _, _ = ran
    s3 = run.guarded.boto("s3")
    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="registry-bucket")["Contents"] if item["Key"] != "registry/leak"]
    assert keys
    held = b"\n".join(key.encode() + s3.get_object(Bucket="registry-bucket", Key=key)["Body"].read() for key in keys)
    known = [*run.canaries, SLUG, HOSTILE, "1234567893"]
    assert Search(known).found(held) == set()


@pytest.mark.parametrize("packed", [b"%s", b'{"text": "%s"}', b"\x80\x04\x8c%s."])
def test_the_search_sees_through_packing(packed: bytes, tmp_path: Path):
    plain = packed.replace(b"%s", b"x" * 300 + b"ZqCanaryq")
    coded = base64.b64encode(plain)
    (tmp_path / "pickle").write_bytes(coded)
    (tmp_path / "twice").write_bytes(b'{"state": "' + base64.urlsafe_b64encode(b'{"data": "' + coded + b'"}') + b'"}')
    (tmp_path / "packed.gz").write_bytes(gzip.compress(plain))
    (tmp_path / "wide").write_bytes(b"\xff\xfe" + "zqcanaryQ".encode("utf-16-le"))
    with sqlite3.connect(tmp_path / "rows.db") as database:
        database.execute("create table rows (text text)")
        database.executemany("insert into rows values (?)", [(" " * n + "zqcanaryq" + " " * 5000,) for n in range(4060, 4100)])
    (tmp_path / "zqcanaryq").touch()
    (tmp_path / "innocent").write_text("zqcanary")
    assert sorted(Search(["Zqcanaryq"]).folder(tmp_path)) == ["packed.gz", "pickle", "rows.db", "twice", "wide", "zqcanaryq"]
