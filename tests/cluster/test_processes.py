"""The cluster's processes: what outlives its part is found and ended, what is somebody else's is left, one hand at a time."""

from __future__ import annotations

import http.server
import json
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from infra import cluster_month
from infra.cluster import Cluster
from infra.cluster_process import ClusterError, Processes, alone, started_at

# A part that starts a process in a session of its own, as Prefect's worker starts a flow, and tells its number.
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""


def orphan(processes: Processes, folder: Path) -> int:
    """Start a part, wait for its child and kill the part alone. Returns the child's number."""
    processes.start("worker-1", [sys.executable, "-c", PARENT], os.environ, folder)
    while not (told := (folder / "worker-1.log").read_text(encoding="utf-8").strip()):
        assert processes.pid("worker-1") is not None
    processes.kill("worker-1")
    return int(told)


def test_a_flow_that_outlived_its_worker_is_ended(tmp_path: Path):
    processes = Processes(tmp_path)
    left = orphan(processes, tmp_path)
    assert started_at(left) is not None, "kill -9 of the worker alone leaves its flow"
    assert processes.end_strays() == 1
    assert started_at(left) is None
    assert processes.end_strays() == 0


def test_a_process_of_another_cluster_or_of_the_operator_is_left(tmp_path: Path):
    mine, theirs = tmp_path / "cluster", tmp_path / "cluster-2"
    mine.mkdir()
    theirs.mkdir()
    other = Processes(theirs)
    other.start("worker-1", [sys.executable, "-c", "import time; time.sleep(600)"], os.environ, tmp_path)
    operator = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], cwd=mine)
    try:
        assert Processes(mine).end_strays() == 0
        assert other.pid("worker-1") is not None
        assert operator.poll() is None
    finally:
        other.end("worker-1")
        operator.kill()
        operator.wait()


def test_the_eldest_process_at_work_on_something_is_found_though_its_part_died(tmp_path: Path):
    processes = Processes(tmp_path)
    orphan_of_work = {**os.environ, "WORK": "seven"}
    processes.start("worker-1", [sys.executable, "-c", PARENT], orphan_of_work, tmp_path)
    while not (told := (tmp_path / "worker-1.log").read_text(encoding="utf-8").strip()):
        assert processes.pid("worker-1") is not None
    assert processes.at_work_on("WORK") == {"seven": processes.pid("worker-1")}
    processes.kill("worker-1")
    assert processes.at_work_on("WORK") == {"seven": int(told)}
    assert processes.at_work_on("PLAY") == {}
    processes.end_strays()
    assert processes.at_work_on("WORK") == {}


def test_two_do_not_start_parts_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(cluster_month, "FOLDER", tmp_path)
    with alone(tmp_path):
        with pytest.raises(ClusterError, match="being started or ended already"), alone(tmp_path):
            pass
        assert cluster_month.main(["up", "1", "1"]) == 2
        assert cluster_month.main(["down"]) == 2
    assert "wait until that is done" in capsys.readouterr().err
    assert cluster_month.main(["down"]) == 0


def test_a_shell_takes_in_what_a_command_gets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CCM_S3_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("CCM_S3_SECRET_KEY", "of one's own")
    cluster = Cluster(tmp_path)
    file = cluster.write_shell()
    told = subprocess.run(
        ["env", "-i", "sh", "-c", f". {file} && {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = {name: value for name, value in json.loads(told.stdout).items() if re.match("CCM_|PREFECT_", name)}
    wanted = {name: value for name, value in cluster.environment.items() if re.match("CCM_|PREFECT_", name)}
    assert wanted.pop("CCM_S3_SECRET_KEY") == "of one's own"
    assert found == wanted


def test_the_clusters_own_storage_stays_a_part_for_a_shell_that_took_its_settings_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CCM_S3_ENDPOINT", raising=False)
    first = Cluster(tmp_path / "first")
    before = first.write_shell().read_text()
    assert "CCM_S3_SECRET_KEY" in before and "s3" in first.parts
    for name, value in first.environment.items():
        monkeypatch.setenv(name, value)
    assert Cluster(tmp_path / "first").write_shell().read_text() == before, "given again from that shell"
    assert "s3" in Cluster(tmp_path / "second").parts, "its folder was removed"


def test_waiting_for_the_month_ends_with_the_cluster(tmp_path: Path):
    with pytest.raises(ClusterError, match="the cluster was ended before the month was"):
        cluster_month.wait(Cluster(tmp_path), patience=60)


def test_a_crashed_run_is_waited_for_until_it_is_put_back_or_left_to_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def told(*states: str) -> list[list[dict[str, object]]]:
        return [[{"id": 1, "state_type": state}] for state in states]

    clock = iter(range(0, 10_000, 10))
    monkeypatch.setattr(cluster_month.time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(cluster_month.time, "sleep", lambda _: None)
    for states, ended in (
        (["CRASHED", "CRASHED", "SCHEDULED", "COMPLETED"], "COMPLETED"),
        (["CRASHED"] * 9, "CRASHED"),
        (["CRASHED", "CRASHED", "SCHEDULED", "CRASHED", "CRASHED", "COMPLETED"], "COMPLETED"),
    ):
        answers = told(*states)
        monkeypatch.setattr(cluster_month, "runs_of", lambda *_, answers=answers: answers.pop(0))
        (run,) = cluster_month.wait(Cluster(tmp_path), patience=5000)
        assert run["state_type"] == ended


class Answering(http.server.BaseHTTPRequestHandler):
    """Answers as a server that is ending, or as none of Prefect's."""

    def do_POST(self) -> None:
        self.send_response(503 if "month" in self.path else 200)
        self.end_headers()
        self.wfile.write(b"<html></html>")

    def log_message(self, *_: object) -> None:
        """Not to the test's output."""


@pytest.mark.parametrize("path", ["api/month", "api", None], ids=["ending", "another's", "nobody listens"])
def test_a_server_that_does_not_tell_its_runs_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str | None):
    with http.server.HTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever).start()
        address = f"http://127.0.0.1:{server.server_port}/{path}" if path else "http://127.0.0.1:9/api"
        monkeypatch.setattr(Cluster, "api", address)
        try:
            with pytest.raises(ClusterError, match=r"the server does not tell its runs .*; make cluster starts it") as told:
                cluster_month.runs_of(Cluster(tmp_path), "2025-11")
        finally:
            server.shutdown()
    assert "\n" not in str(told.value)


def test_a_server_that_comes_back_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    away = cluster_month.ServerAway("away")
    answers: list[object] = [away, away, [{"state_type": "RUNNING"}], [{"state_type": "COMPLETED"}]]

    def asked(*_: object) -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    cluster = Cluster(tmp_path)
    monkeypatch.setattr(cluster_month, "runs_of", asked)
    monkeypatch.setattr(cluster_month.time, "sleep", lambda _: None)
    monkeypatch.setattr(cluster.processes, "known", lambda: {"server": {}})
    assert cluster_month.wait(cluster, patience=60) == [{"state_type": "COMPLETED"}]
    assert answers == []
