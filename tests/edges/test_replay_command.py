"""``ccm replay`` and ``ccm rules`` as a user meets them: from a sealed packet in storage, one line where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows import packets
from flows.__main__ import main
from flows.rulebook.read import HOME
from flows.settings import Settings
from flows.store import Store
from tests.packet.files import held
from tests.rulebook_reference.examples import NOVEMBER, ROOT, altered, packet_lines


@pytest.fixture
def environment(own: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "CCM_BUCKET": own.bucket,
        "CCM_S3_ENDPOINT": own.endpoint,
        "CCM_S3_ACCESS_KEY": own.access_key,
        "CCM_S3_SECRET_KEY": own.secret_key,
        "CCM_TENANTS": str(ROOT / "tenants"),
        "COLUMNS": "120",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)


def ccm(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    told = capsys.readouterr()
    return ended.value.code, told.out, told.err


def publish(own: Settings, **more: bytes) -> None:
    months, decisions = packet_lines()
    files = {"patient-months.jsonl": months, "decisions.jsonl": decisions} | more
    packets.publish(Store(own, "bayview-family"), NOVEMBER, 1, held(files), b"{}")


@pytest.mark.usefixtures("environment")
def test_a_sealed_packet_is_decided_again(own: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    publish(own)
    old = 'base           = { code = "99490", minutes = 20 }'
    home = altered(tmp_path, "families.toml", old, old.replace("= 20 }", "= 21 }"))
    code, out, err = ccm(capsys, "replay", "bayview-family", "2025-11", "--rules-from", str(home))
    assert (code, err) == (0, "")
    assert "pt-20" in out and "pt-19" not in out
    assert "billed: 3 -> 2" in out
    code, out, _ = ccm(capsys, "replay", "bayview-family", "2025-11", "--rules-from", str(HOME), "--packet", "1")
    assert code == 0
    assert "0 of 5 patients change; 0 more on other grounds only" in out
    assert "The same rulebook" in out


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--rules-from", "nowhere"], "nowhere: neither a folder nor a commit of this repository"),
        (["--rules-from", str(HOME)], "bayview-family 2025-11: no sealed packet; run `ccm run bayview-family 2025-11` first"),
        (["--rules-from", str(HOME), "--packet", "7"], "bayview-family 2025-11: no sealed packet 7; run"),
    ],
)
def test_nothing_to_decide_again_is_one_line(arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]):
    code, _, err = ccm(capsys, "replay", "bayview-family", "2025-11", *arguments)
    assert code == 2
    assert err.startswith(f"ccm: {line}") and err.count("\n") == 1


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["2025-11", "--mac", "JE"], 0, "Rules in force in service month 2025-11, MAC JE"),
        (["2025-11", "--practice", "bayview-family"], 0, "recorded: by Miriam Castellanos, billing lead"),
        (["diff", "2025-06", "2025-07", "--practice", "cumberland-rural"], 0, "general -> practitioner, staff and complex"),
        (["diff", "2025-10", "2025-11"], 0, "Nothing changed in the rules between 2025-10 and 2025-11."),
        (["diff", "2025-06"], 2, "give a month, like"),
        (["2025-06", "2025-07"], 2, "give a month, like"),
        (["diff", "diff", "2025-06"], 2, "'diff' is not of the form YYYY-MM"),
        (["2025-11", "--mac", "J99"], 2, "MAC J99: no such jurisdiction"),
        (["2098-01"], 2, "rates.toml: no [[version]] is in force in 2098-01"),
    ],
)
def test_the_rules_of_a_month(words: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]):
    ended, out, err = ccm(capsys, "rules", *words)
    assert ended == code
    assert told in (err if code else out)
