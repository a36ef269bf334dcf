"""No value of a patient leaves the practice's prefix, whatever path a month takes; and the search that says so can fail.

By default a few paths, told to a server on SQLite; with CCM_CANARY=all each one in more processes, and all of it once more on a
cluster: PostgreSQL, the server, and a worker that is killed at its work, all searched.
"""

from __future__ import annotations

import base64
import gzip
import os
import shutil
import signal
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from flows.commands.exits import SETUP, SOME_FAILED
from tests.isolation.canary_cluster import canary_cluster
from tests.isolation.canary_run import EMPTY, HOSTILE, MONTH, SLUG, STOPPED, CanaryRun
from tests.isolation.canary_search import Search
from tests.isolation.server import ROOT, guarded_s3

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


@pytest.fixture(scope="module", params=["SQLite", "cluster"] if ALL else ["SQLite"])
def ran(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CanaryRun, dict[str, set[str]], Search]]:
    """The run, where canaries were found, and the search."""
    home = tmp_path_factory.mktemp("canaries")
    if request.param == "cluster":  # PostgreSQL's user may not enter pytest's own folder
        home = ROOT / "out/canaries"
        shutil.rmtree(home, ignore_errors=True)
    folder = home / "all"
    folder.mkdir(parents=True)
    with guarded_s3([SLUG, HOSTILE, EMPTY, STOPPED], home / "s3.log") as guarded:
        run = CanaryRun(folder, guarded, patients=12 if ALL else 4)
        search = Search([*run.canaries, *run.leaks.values()])
        with run.arguments() as arguments:
            rows = on_cluster(run) if request.param == "cluster" else on_sqlite(run)
        run.leak_into_storage()
        assert request.param != "cluster" or any(b"prefect.engine" in told for told in arguments), "no worker's flow was swept"
        apart = {"arguments": search.found(b"\n".join(sorted(arguments))), "PostgreSQL": search.found(rows)}
        yield run, search.folder(folder) | run.stored(search) | {place: seen for place, seen in apart.items() if seen}, search


def on_sqlite(run: CanaryRun) -> bytes:
    """Every path told to a server alone, whose database is a file that is searched like the others."""
    with run.server() as api:
        environment = run.environment(api)
        if ALL:
            kill(run, environment)
        walk(run, environment, "stopped", *(["released"] if ALL else []), "leaks")
    return b""


def on_cluster(run: CanaryRun) -> bytes:
    """Every path told to a cluster's server, then the months billed by its worker. Returns the database's rows."""
    with canary_cluster(run) as cluster:
        walk(run, run.environment(cluster.api))
        cluster.bill()
        cluster.leak()
        return cluster.rows()


def walk(run: CanaryRun, environment: dict[str, str], *more: str) -> None:
    """The paths in processes of their own, each with what it needs done before; ``more`` beside the few."""
    if ALL:
        finish(run, "unsealed", environment, *UNSEALED)
    finish(run, "few", environment, *FEW, *more)
    if ALL:
        finish(run, "sealed", environment, *SEALED)
        finish(run, "wrong-key", environment | {"CCM_S3_SECRET_KEY": "wrong"}, "success")
        spoil_evidence(run)
        command(run, environment)


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
    cluster = (run.folder / "cluster").exists()
    database, log, results = (
        ("PostgreSQL", "cluster/worker-1.log", "cluster/prefect/storage/")
        if cluster
        else ("server/prefect.db", "logs/few.log", "client/storage/")
    )
    for way in ("log", "artifact", "task name"):
        assert database in places[way], way
        if cluster:
            assert any(place.startswith("cluster/postgres/base/") for place in places[way]), way
            assert any(place.startswith("cluster/postgres/pg_wal/") for place in places[way]), way
    for way in ("log", "printed", "on stderr", "exception"):
        assert log in places[way], way
    assert any(place.startswith(results) for place in places["result"])
    assert "arguments" in places["argument"]
    assert any(place.startswith("tmp/") for place in places["file name"])
    for way in ("stop", "release"):
        assert places[way] == [f"practices/{STOPPED}/{way}s/{MONTH}/leak"]


def test_the_logs_that_were_searched_are_those_of_the_months(ran):
    run, _, _ = ran
    known = Search([f"{STOPPED} {MONTH}", "dashboard", "crashed", "awaiting release"]).folder(run.folder)
    if (run.folder / "cluster").exists():
        assert {f"{STOPPED} {MONTH}", "crashed"} <= known["cluster/worker-1.log"]
        assert "dashboard" in known["cluster/server.log"]
        assert f"{STOPPED} {MONTH}" in known["cluster/commands.log"]
    else:
        assert "dashboard" in known["logs/server.log"]
        assert {f"{STOPPED} {MONTH}", "awaiting release"} <= known["logs/few.log"]


def test_the_paths_came_to_what_they_should(ran):
    run, _, _ = ran
    outcomes = run.outcomes()
    assert set(outcomes) >= set(FEW) | ({*UNSEALED, *SEALED} if ALL else set())
    for path, outcome in outcomes.items():
        if path in ("retry", "bad input", "success", "released"):
            assert outcome == "" or (ALL and path == "success"), path
        elif path.startswith("fault: "):
            assert UNEXPECTED + "KeyError, reference " in outcome, path
        elif path == "stopped":
            assert "hold rate" in outcome or "patients" in outcome, outcome
        elif path == "imbalance":
            assert outcome.startswith("documents: ") and outcome.endswith("; nothing was sealed"), outcome
        else:
            assert outcome, path
    assert any((run.folder / "run/out/incidents").iterdir())


def test_packets_were_made_under_the_practices_own_roles(ran):
    run, _, _ = ran
    s3 = run.guarded.boto("s3")
    for slug in (SLUG, HOSTILE, *([STOPPED] if ALL else [])):
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
    (tmp_path / "within").write_bytes(b"\0\x78\x9c\x01" + b"page" * 500 + gzip.compress(plain) + b"page" * 500)
    (tmp_path / "broken").write_bytes(b"x" + zlib.compress(b"zqcanaryq" + bytes(range(256)) * 99, 0)[:9000])
    (tmp_path / "pg_wal").mkdir()
    parted = b"h" * 40 + b"." * (8192 - 44) + b"zqca" + b"h" * 24 + b"naryq" + b"." * 8000
    (tmp_path / "pg_wal" / "000000010000000000000001").write_bytes(parted)
    (tmp_path / "wide").write_bytes(b"\xff\xfe" + "zqcanaryQ".encode("utf-16-le"))
    with sqlite3.connect(tmp_path / "rows.db") as database:
        database.execute("create table rows (text text)")
        database.executemany("insert into rows values (?)", [(" " * n + "zqcanaryq" + " " * 5000,) for n in range(4060, 4100)])
    (tmp_path / "zqcanaryq").touch()
    (tmp_path / "innocent").write_text("zqcanary")
    everywhere = {
        "broken",
        "packed.gz",
        "pg_wal/000000010000000000000001",
        "pickle",
        "rows.db",
        "twice",
        "wide",
        "within",
        "zqcanaryq",
    }
    assert set(Search(["Zqcanaryq"]).folder(tmp_path)) == everywhere
