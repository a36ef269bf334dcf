"""``ccm worklist`` and ``ccm registry conflicts`` as a user meets them, over an inbox in storage."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.__main__ import main
from flows.settings import Settings
from flows.store import Store, client
from tests.golden.months import HOME, TENANTS


@pytest.fixture(scope="module")
def own(s3_endpoint: str) -> Settings:
    settings = Settings(bucket="worklist", endpoint=s3_endpoint, access_key="test", secret_key="test-secret")
    client(settings).create_bucket(Bucket=settings.bucket)
    store = Store(settings, "bayview-family")
    for path in sorted((HOME / "office-2025-11" / "inbox").rglob("*")):
        if path.is_file():
            store.put(path.relative_to(HOME / "office-2025-11").as_posix(), path.read_bytes())
    return settings


@pytest.fixture(autouse=True)
def environment(own: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = {
        "CCM_BUCKET": own.bucket,
        "CCM_S3_ENDPOINT": own.endpoint,
        "CCM_S3_ACCESS_KEY": own.access_key,
        "CCM_S3_SECRET_KEY": own.secret_key,
        "CCM_TENANTS": str(TENANTS),
        "COLUMNS": "120",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)


def ccm(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


def test_the_worklist_is_written_and_nothing_else(own: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = client(own).list_objects_v2(Bucket=own.bucket)["Contents"]
    code, out, err = ccm(capsys, "worklist", "bayview-family", "2025-11", "--out", "there")
    assert (code, err) == (0, "")
    assert "bayview-family 2025-11: patients near a unit: 1; " in out
    folder = tmp_path / "there/bayview-family/2025-11"
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "lapsing.csv", "worklist.csv"]
    sheet = (folder / "worklist.csv").read_text(encoding="utf-8-sig")
    assert "A1003,Cedar,Ruth" in sheet and ",19,1,99490 at 20 min," in sheet
    assert "Cedar" not in out
    assert client(own).list_objects_v2(Bucket=own.bucket)["Contents"] == before


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("worklist", "bayview-family", "2190-01"), "service month 2190-01 lies in the future for bayview-family"),
        (("worklist", "bayview-family", "2025-10"), "bayview-family: no call logs below bayview-family/inbox/calls/2025-10/"),
        (("registry", "conflicts", "2025-13"), "service month '2025-13' is not of the form YYYY-MM"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]):
    code, _, err = ccm(capsys, *arguments)
    assert code == 2
    assert err.startswith(f"ccm: {line}") and err.count("\n") == 1


def test_no_conflict_is_said(capsys: pytest.CaptureFixture[str]):
    code, out, _ = ccm(capsys, "registry", "conflicts", "2025-11")
    assert (code, out) == (0, "2025-11: no patient is claimed by two practices\n")
