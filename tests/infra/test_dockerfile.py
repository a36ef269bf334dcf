"""The Dockerfile, by reading it: there is no engine here to build it with, and no linter of Dockerfiles among our packages.

Its pip step was tried by hand with `--dry-run`, its apt step with `apt-get install -s` on the same Debian.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from tests.edges.test_command_line import ccm

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "infra/Dockerfile").read_text(encoding="utf-8")
STEPS = [
    tuple(step.split(None, 1))
    for step in re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", TEXT, flags=re.MULTILINE)).splitlines()
    if step.strip()
]


def said(word: str) -> list[str]:
    return [rest for name, rest in STEPS if name == word]


def test_every_step_is_one_that_docker_knows_and_the_base_is_the_same_python():
    assert {name for name, _ in STEPS} <= {"FROM", "RUN", "COPY", "WORKDIR", "ENV", "USER", "ENTRYPOINT", "CMD"}
    assert {base.split()[0] for base in said("FROM")} == {"python:3.11-slim-bookworm"}


def test_packages_come_from_the_lock_by_hash_and_pango_is_what_the_makefile_installs():
    (pip,) = [step for step in said("RUN") if "pip install" in step]
    assert "--require-hashes --only-binary :all: -r" in pip
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pango = set(re.search(r"^PANGO\s*:= (.*)$", makefile, re.MULTILINE)[1].split())
    (apt,) = [step for step in said("RUN") if "apt-get" in step]
    assert pango == {word for word in apt.split() if word.startswith("lib")}


def test_it_runs_as_nobody_in_particular_and_carries_no_secret():
    assert STEPS[-3:] == [("USER", "10001:10001"), ("ENTRYPOINT", '["python", "-m", "flows"]'), ("CMD", '["--help"]')]
    names = {pair.partition("=")[0] for line in said("ENV") for pair in shlex.split(line)}
    assert names
    assert not any(re.search("KEY|SECRET|PASSWORD|TOKEN|AUTH", name) for name in names)


def test_what_it_copies_is_there_sent_and_enough_to_run(tmp_path: Path):
    copied = [step.split()[0] for step in said("COPY") if not step.startswith("--from")]
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")}
    assert set(copied) == sent
    for name in copied:
        assert (ROOT / name).exists()
        if name != "requirements.txt":
            (tmp_path / name).parent.mkdir(exist_ok=True)
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
            copy(ROOT / name, tmp_path / name)
    for words in (["practice", "check"], ["rules", "2025-11"]):
        assert ccm(*words, cwd=tmp_path, CCM_TENANTS=str(tmp_path / "tenants"), PYTHONPATH=str(tmp_path)).returncode == 0
    templates = "import flows.outbox.templates as t; assert t.templates_dir().is_dir(), t.templates_dir()"
    done = subprocess.run([sys.executable, "-c", templates], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)}, check=False)
    assert done.returncode == 0
