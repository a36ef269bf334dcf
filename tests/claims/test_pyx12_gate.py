"""The independent gate refuses spoiled text, survives any text, and repeats no value of it."""

from __future__ import annotations

import logging
import re

import pytest

from flows.outbox.claim_files import write_claim_files
from flows.outbox.pyx12_gate import validate
from tests.claims import examples

TEXT = write_claim_files([examples.professional()], packet=1, prepared_on=examples.PREPARED)[0].text


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("DMG*D8*19480517*M", "DMG*D8*19481317*M"),  # no such month
        ("DMG*D8*19480517*M", "DMG*D8*19480517*X"),
        ("11:B:1", "99X:B:1"),
        ("SE*", "SE*9"),
        ("IEA*1*", "IEA*2*"),
        ("HL*2*1*22*0", "HL*3*1*22*0"),
        ("LX*2", "LX*3"),
        ("REF*EI*941234567~\n", ""),
        ("SBR*P*18", "SBR*Z*18"),
        ("*UN*1", "*XX*1"),
        ("NM1*IL*1*NUNEZ", "NM1*IL*1*NUNEZ~SMITH"),
        ("005010X222A1", "005010X999A9"),
        ("*T*:~", "*X*:~"),  # an error in ISA leaves pyx12's list empty
    ],
)
def test_spoiled_text_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    assert validate(TEXT.replace(old, new)) != ()


@pytest.mark.parametrize("text", ["", "~", "not X12", "\ufeff" + TEXT, TEXT[:200], TEXT[:600], TEXT + TEXT, "ISA*" + "~" * 300])
def test_any_text_gets_an_answer(text: str) -> None:
    lines = validate(text)
    assert lines and all(isinstance(line, str) and line for line in lines)


def test_a_file_cut_short_is_refused_at_every_segment() -> None:
    rows = TEXT.splitlines(keepends=True)
    assert all(validate("".join(rows[:count])) != () for count in range(1, len(rows), 4))


def test_no_line_and_no_log_record_holds_a_value(caplog: pytest.LogCaptureFixture) -> None:
    """Every value in the file is a canary: spoil each element in turn and look for it in what is said."""
    with caplog.at_level(logging.DEBUG):
        for canary in ("CANARYNAME~CANARYREST", "CANARYNAME*CANARYREST", "CANARY:NAME", "canaryé", "CANARY" * 12):
            for old in ("NUNEZ", "JOSE", "1EG4TE5MK01", "NOVATO", "19480517", "E119", "CEDAR-2511-0001"):
                lines = validate(TEXT.replace(old, canary))
                assert not any("canary" in line.lower() for line in lines)
    assert "canary" not in caplog.text.lower()
    assert "NUNEZ" not in caplog.text


def test_lines_say_where() -> None:
    (line,) = validate(TEXT.replace("DMG*D8*19480517*M", "DMG*D8*19480517*X"))
    assert re.match(r"segment \d+ DMG03 holds a code that is not in the list \(7\)", line)
