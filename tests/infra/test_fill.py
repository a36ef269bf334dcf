"""The trial's inbox in a bucket: one practice's one month, or a line that says to choose."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.settings import Settings
from flows.store import Store
from infra import fill


@pytest.fixture
def trial(tmp_path: Path, own: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    for practice, month in (("north", "2025-11"), ("north", "2025-12"), ("south", "2025-11")):
        for name in ("inbox/records/patients.csv", f"corrections/{month}/payer-references.csv"):
            path = tmp_path / practice / month / name
            path.parent.mkdir(parents=True)
            path.write_text(f"{practice} {month}")
    monkeypatch.setattr(fill, "from_environment", lambda _: own)
    return tmp_path


def test_the_practices_own_inbox_and_corrections_are_copied(trial: Path, own: Settings):
    fill.main("south", trial)
    store = Store(own, "south")
    assert [item.key for item in store.list("")] == ["corrections/2025-11/payer-references.csv", "inbox/records/patients.csv"]
    assert store.read("inbox/records/patients.csv") == b"south 2025-11"


def test_two_months_are_not_mixed(trial: Path, own: Settings):
    with pytest.raises(SystemExit, match=r"several inboxes.*name the folder of one practice and month"):
        fill.main("north", trial)
    assert Store(own, "north").list("") == ()
    fill.main("north", trial / "north/2025-12")
    assert Store(own, "north").read("inbox/records/patients.csv") == b"north 2025-12"
