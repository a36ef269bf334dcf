"""``ccm layout``: an export tried before it is delivered."""

from __future__ import annotations

import pytest

from flows.__main__ import main
from tests.intake.vendor_samples import as_csv, five9


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["layout", *arguments])
    told = capsys.readouterr()
    return int(left.value.code or 0), " ".join(told.out.split()), told.err


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "220")


def test_every_layout_is_listed(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert all(name in out for name in ("amazon_connect", "crm_activity", "five9", "genesys", "ringcentral", "twilio"))


def test_an_export_is_shown_as_it_would_be_read(capsys, tmp_path):
    export = tmp_path / "november.csv"
    export.write_text(as_csv([five9(), five9(AGENT="[None]"), five9(CALL_ID="7", DISPOSITION="Voicemail")]))
    code, out, _ = run(capsys, "try", str(export), "--practice", "bayview-family")
    assert code == 1
    assert "layout: five9 - every column of five9 is there" in out
    assert "America/Los_Angeles" in out
    assert "2025-11-04T17:00:20Z" in out and "[None]" in out
    assert "left aside: call without an agent: 1 rows" in out
    assert "missing: about (read from DISPOSITION): 1 rows" in out
    export.write_text(as_csv([five9()]))
    assert run(capsys, "try", str(export))[0] == 0


def test_a_stranger_is_told_what_the_nearest_layout_wants(capsys, tmp_path):
    export = tmp_path / "november.csv"
    export.write_text(as_csv([{k: v for k, v in five9().items() if k != "AGENT"}]))
    code, out, _ = run(capsys, "try", str(export))
    assert code == 1
    assert "layout: none" in out and "five9" in out and "AGENT" in out


def test_no_file_is_one_line(capsys, tmp_path):
    code, out, err = run(capsys, "try", str(tmp_path / "none.csv"))
    assert (code, out) == (2, "") and err.count("\n") == 1
