"""The command line as a user meets it: exit codes, one line for each failure, help for every command and option."""

from __future__ import annotations

import gzip
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from flows.__main__ import app
from flows.commands.exits import guarded
from flows.settings import Settings
from flows.store import Store, StoreError

ROOT = Path(__file__).parents[2]


def ccm(*arguments: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CCM_", "AWS_"))}
    return subprocess.run(
        [sys.executable, "-m", "flows", *arguments],
        cwd=cwd,
        env=kept | {"CCM_TENANTS": str(ROOT / "tenants"), "PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def storage(own: Settings) -> dict[str, str]:
    return {
        "CCM_BUCKET": own.bucket,
        "CCM_S3_ENDPOINT": own.endpoint,
        "CCM_S3_ACCESS_KEY": own.access_key,
        "CCM_S3_SECRET_KEY": own.secret_key,
    }


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "told"),
    [
        (["run", "bayview-family", "2025-11"], {}, 2, "CCM_BUCKET: not set"),
        (["run", "bayview-family", "2025-13"], {"CCM_BUCKET": "b"}, 2, "'2025-13' is not of the form YYYY-MM"),
        (["run", "bayview-family", "2023-12"], {"CCM_BUCKET": "b"}, 2, "2023-12 lies before 2024-01"),
        (["run", "bayview-family", "2190-01"], {"CCM_BUCKET": "b"}, 2, "2190-01 lies in the future"),
        (["run", "--all", "2190-01"], {"CCM_BUCKET": "b"}, 2, "2190-01 lies in the future"),
        (["run", "no-such", "2025-11"], {"CCM_BUCKET": "b"}, 2, "no folder tenants/no-such"),
        (["run", "../tenants/x", "2025-11"], {"CCM_BUCKET": "b"}, 2, "not a practice's name"),
        (["run", "2025-11"], {"CCM_BUCKET": "b"}, 2, "give a practice and a month"),
        (
            ["run", "bayview-family", "2025-11"],
            {
                "CCM_BUCKET": "b",
                "CCM_S3_ENDPOINT": "http://127.0.0.1:9",
                "CCM_S3_ACCESS_KEY": "a",
                "CCM_S3_SECRET_KEY": "hunter2",
            },
            4,
            "storage not reachable to open the prefix in bucket 'b' at http://127.0.0.1:9",
        ),
        (["run", "bayview-family", "2025-11"], {"CCM_BUCKET": "b", "CCM_S3_REGION": "xx yy"}, 4, "InvalidRegionError; check"),
        (["run", "bayview-family", "2025-11"], {"CCM_BUCKET": "b", "AWS_PROFILE": "nope"}, 4, "ProfileNotFound; check"),
        (["run", "bayview-family", "2025-11"], {"CCM_BUCKET": "b", "CCM_TENANTS": "elsewhere"}, 2, "no folder of practices here"),
        (["cases", "none.toml"], {}, 2, "none.toml: no such file"),
        (["synthesize", "bayview-family", "2025-11", "--dial", "luck=0.5"], {}, 2, "--dial luck: no such dial"),
        (["synthesize", "bayview-family", "2025-11", "--dial", "overlap=2"], {}, 2, "--dial overlap: must be a share"),
        (["frobnicate"], {}, 2, "frobnicate"),
        (["run", "--frob", "x"], {}, 2, "--frob"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_its_code(
    tmp_path: Path, arguments: list[str], environment: dict[str, str], code: int, told: str
):
    done = ccm(*arguments, cwd=tmp_path, **environment)
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("ccm: ")
    assert told in line
    assert done.stdout == ""
    assert "hunter2" not in line
    assert list(tmp_path.iterdir()) == []


def test_every_problem_of_a_tenant_folder_is_a_line(tmp_path: Path):
    folder = tmp_path / "tenants" / "north"
    folder.mkdir(parents=True)
    (folder / "practice.toml").write_text('name = "North"\n', encoding="utf-8")
    for arguments, code in ((("run", "north", "2025-11"), 2), (("practice", "check", "north"), 2), (("practice", "check"), 1)):
        done = ccm(*arguments, cwd=tmp_path, CCM_TENANTS="tenants", CCM_BUCKET="b")
        assert done.returncode == code
        lines = done.stderr.splitlines()
        assert len(lines) > 10
        assert all(re.match(r"ccm: tenants/north/\S+: .+; .+", line) for line in lines)


def test_an_unexpected_exception_is_a_reference_and_a_file_without_its_text(
    capfd: pytest.CaptureFixture[str], monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)

    def broken() -> None:
        raise KeyError("Canary Zebedee")

    assert guarded(broken) == 3
    line = capfd.readouterr().err.strip()
    assert re.fullmatch(r"ccm: unexpected KeyError, reference [0-9a-f]{10}; frames in out/incidents/[0-9a-f]{10}\.txt", line)
    frames = (tmp_path / line.rpartition(" ")[2]).read_text()
    assert "broken" in frames
    assert "Zebedee" not in frames


def commands(group: object, path: tuple[str, ...] = ()):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def test_every_command_argument_and_option_is_explained():
    named = dict(commands(typer.main.get_command(app)))
    assert {" ".join(path) for path in named} >= {"demo", "run", "cases", "explain", "synthesize", "practice check", "rules"}
    for path, command in named.items():
        assert command.help, path
        for parameter in command.params:
            assert getattr(parameter, "help", None), (path, parameter.name)


def test_help_tells_the_exit_codes():
    done = ccm("--help")
    assert done.returncode == 0
    text = " ".join(done.stdout.split())
    for meaning in (
        "0 done",
        "1 a case or check did not hold",
        "2 set-up",
        "3 a practice's month or folder failed",
        "4 storage not reachable",
    ):
        assert meaning in text


@pytest.mark.slow
def test_all_practices_where_one_has_a_month_and_two_have_empty_inboxes(own: Settings, tmp_path: Path):
    """The one is sealed, a cut file in its inbox told in its packet; the others are a line each, with nothing published."""
    made = ccm("synthesize", "bayview-family", "2025-11", "--patients", "3", "--records", "csv", "--clean", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "out/synthetic/bayview-family/2025-11"
    store = Store(own, "bayview-family")
    for path in sorted((folder / "inbox").rglob("*")):
        if path.is_file():
            store.put(path.relative_to(folder).as_posix(), path.read_bytes())
    log = next(path for path in sorted((folder / "inbox/calls").rglob("*.csv")))
    store.put("inbox/calls/2025-11/cut.csv.gz", gzip.compress(log.read_bytes())[:-20])

    environment = storage(own) | {"PREFECT_HOME": str(tmp_path / "prefect")}
    done = ccm("run", "--all", "2025-11", "--out", "mirror", cwd=tmp_path, **environment)
    assert done.returncode == 3, done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("ccm: ")]
    assert len(told) == 2
    for slug, line in zip(("cumberland-rural", "gulfside-hospital"), told, strict=True):
        assert line.startswith(f"ccm: {slug}: no call logs below {slug}/inbox/calls/2025-11/; put the month's files there")
        assert Store(own, slug).list("") == ()
    packet = tmp_path / "mirror/bayview-family/2025-11"
    assert {"manifest.json", "index.html"} <= {path.name for path in packet.iterdir()}
    assert "cut.csv.gz" in (packet / "manifest.json").read_text()
    assert {item.key.split("/")[2] for item in store.list("packets/")} == {"1"}
    store.put("packets/2025-11/1/held.csv", b"altered")
    again = ccm("run", "bayview-family", "2025-11", "--out", "mirror", cwd=tmp_path, **environment)
    assert again.returncode == 2 and "sealed, and not copied: packet 1 is not in the storage as it was sealed" in again.stderr
    assert (packet / "held.csv").read_bytes() != b"altered", "what was copied before stays"
    assert not (tmp_path / "mirror/cumberland-rural").exists()


def test_a_named_server_that_does_not_answer_is_one_line(own: Settings, tmp_path: Path):
    address = {"PREFECT_API_URL": "http://127.0.0.1:9/api", "PREFECT_HOME": str(tmp_path / "prefect")}
    done = ccm("run", "bayview-family", "2025-11", cwd=tmp_path, **storage(own), **address, PREFECT_CLIENT_MAX_RETRIES="0")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert done.stderr.startswith("ccm: PREFECT_API_URL: ") and "or unset it" in done.stderr


def test_a_store_failure_in_a_command_is_code_four(capfd: pytest.CaptureFixture[str]):
    def failing() -> None:
        raise StoreError("storage not reachable to list")

    assert guarded(failing) == 4
    assert capfd.readouterr().err == "ccm: storage not reachable to list\n"
