"""A practice leaves: every version is returned, the return proves itself, and nothing is deleted that was not returned."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.offboarding import Deleted, OffboardingError, delete, export, verify
from flows.practice_versions import PracticeVersions
from flows.settings import Settings
from flows.store import UnsafeKey, client
from tests.edges.test_command_line import ccm, storage

AT = datetime(2026, 2, 3, tzinfo=UTC)
HOSTILE = ["a", "a/b", "A", "../out", "x" * 300, "inbox//twice", "trailing.", "files/é\u0301"]


@pytest.fixture
def left(own: Settings) -> Settings:
    """A locked bucket with two practices in it: packets, a replaced and a deleted inbox file, odd keys, transient work."""
    own = dataclasses.replace(own, bucket=f"{own.bucket}-locked", work_bucket=f"{own.bucket}-work")
    s3 = client(own)
    s3.create_bucket(Bucket=own.bucket, ObjectLockEnabledForBucket=True)
    s3.create_bucket(Bucket=own.work_bucket)
    lock = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Years": 10}}}
    s3.put_object_lock_configuration(Bucket=own.bucket, ObjectLockConfiguration=lock)
    for key in ("inbox/calls/2025-11/log.csv", "inbox/calls/2025-11/log.csv", "packets/2025-11/1/manifest.json", *HOSTILE):
        s3.put_object(Bucket=own.bucket, Key=f"north/{key}", Body=f"of {key}".encode(errors="replace"))
    s3.delete_object(Bucket=own.bucket, Key="north/packets/2025-11/1/manifest.json")
    s3.put_object(Bucket=own.bucket, Key="north-east/inbox/a", Body=b"another's")
    s3.put_object(Bucket=own.work_bucket, Key="north/work/2025-11/a.pdf", Body=b"of work")
    return own


def north(own: Settings) -> PracticeVersions:
    return PracticeVersions(own, "north")


def test_every_version_is_returned_and_the_newest_lies_under_its_key(left: Settings, tmp_path: Path):
    folder = tmp_path / "return"
    returned = export(north(left), "north", folder, "A. Officer", AT)
    lines, again = verify(folder, "north")
    assert returned == again
    assert (returned.versions, returned.markers) == (3 + len(HOSTILE) + 1, 1)
    for line in lines:
        if not line["marker"]:
            data = (folder / str(line["file"])).resolve()
            assert data.is_relative_to(folder)
            assert hashlib.sha256(data.read_bytes()).hexdigest() == line["sha256"]
            assert data.read_bytes().startswith(b"of ")
    assert len({line["file"] for line in lines if not line["marker"]}) == returned.versions
    assert (folder / "files/inbox/calls/2025-11/log.csv").is_file()
    assert json.loads((folder / "export.json").read_text())["by"] == "A. Officer"


def test_nothing_is_deleted_without_a_return_that_verifies_and_is_whole(left: Settings, tmp_path: Path):
    kept, before = north(left), north(left).all()
    folder = tmp_path / "return"

    def refused(match: str) -> None:
        with pytest.raises(OffboardingError, match=match):
            delete(kept, "north", folder, "A. Officer", "letter", AT, despite_lock=True)

    refused("no export of a practice in it")
    export(kept, "north", folder, "A. Officer", AT)
    with pytest.raises(OffboardingError, match="not this practice's"):
        delete(PracticeVersions(left, "north-east"), "north-east", folder, "A. Officer", "letter", AT)
    path = folder / "files/inbox/calls/2025-11/log.csv"
    whole = path.read_bytes()
    path.write_bytes(whole + b" ")
    refused("its file is missing or holds other bytes")
    path.write_bytes(whole)
    listed = (folder / "objects.jsonl").read_text()
    (folder / "objects.jsonl").write_text("".join(listed.splitlines(keepends=True)[1:]))
    refused("not the list that was exported")
    (folder / "objects.jsonl").write_text(listed)
    assert north(left).all() == before
    client(left).put_object(Bucket=left.bucket, Key="north/inbox/late.csv", Body=b"late")
    refused("1 versions came after the export")
    assert len(north(left).all()) == len(before) + 1
    with pytest.raises(OffboardingError, match="not empty"):
        export(kept, "north", folder, "A. Officer", AT)


def test_a_lock_holds_until_it_is_passed_on_purpose_and_each_attempt_is_recorded(left: Settings, tmp_path: Path):
    folder = tmp_path / "return"
    export(north(left), "north", folder, "A. Officer", AT)
    locked = 3 + len(HOSTILE)
    assert delete(north(left), "north", folder, "A. Officer", "letter", AT) == Deleted(2, locked, locked), "marker and work"
    assert delete(north(left), "north", folder, "A. Officer", "letter", AT, despite_lock=True) == Deleted(locked, 0, 0)
    assert north(left).all() == ()
    assert len(PracticeVersions(left, "north-east").all()) == 1
    record = [json.loads(line) for line in (folder / "deletion.json").read_text().splitlines()]
    assert [(line["refused"], line["left"], line["despite_lock"]) for line in record] == [(locked, locked, False), (0, 0, True)]
    seal = hashlib.sha256((folder / "export.json").read_bytes()).hexdigest()
    assert {line["export_sha256"] for line in record} == {seal}


def test_an_unknown_practice_or_no_slug_is_refused(left: Settings, tmp_path: Path):
    with pytest.raises(OffboardingError, match="nothing is kept"):
        export(PracticeVersions(left, "south"), "south", tmp_path / "return", "A. Officer", AT)
    with pytest.raises(UnsafeKey):
        PracticeVersions(left, "")


def test_the_command_returns_then_deletes_and_says_what_is_left(left: Settings, tmp_path: Path):
    given = storage(left) | {"CCM_WORK_BUCKET": left.work_bucket}
    words = ("practice", "offboard", "north", "--out", "return", "--by", "A. Officer")
    assert ccm(*words, cwd=tmp_path, **given).returncode == 0
    asked = ccm(*words, "--delete", "--yes", cwd=tmp_path, **given)
    assert (asked.returncode, asked.stdout) == (2, "")
    assert "--why" in asked.stderr
    done = ccm(*words, "--delete", "--yes", "--why", "letter of 2026-02-01", cwd=tmp_path, **given)
    assert done.returncode == 1
    assert f"2 versions deleted, {3 + len(HOSTILE)} refused" in done.stdout
    done = ccm(*words, "--delete", "--yes", "--why", "letter of 2026-02-01", "--despite-lock", cwd=tmp_path, **given)
    assert (done.returncode, done.stderr) == (0, "")
    assert "0 left; return/deletion.json" in done.stdout
    assert north(left).all() == ()
