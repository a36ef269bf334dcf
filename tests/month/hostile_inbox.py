"""An inbox whose names and notes hold what a careless program would run, fetch, open or break on."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

LONG = ("Talked about salt, steps & sleep; <b>no</b> change. " * 90)[:4000]
# What each text is, and whether a payer's file can carry it as a name (accents are spelled out, the rest is held).
TEXTS: dict[str, tuple[str, bool]] = {
    "plain": ("O'Neil-Smith", True),
    "accents": ("Núñez Łukaszewski", True),
    "image": ("<img src='http://127.0.0.1:9/x' onerror=alert(1)>", False),
    "file": ('<img src="file:///etc/hostname"/>', False),
    "attachment": ('<link rel="attachment" href="file:///etc/hostname"/>', False),
    "script": ("</script><script>fetch('http://127.0.0.1:9')</script>", False),
    "style": ("</style><style>@import url(http://127.0.0.1:9/a.css)</style>", False),
    "template": ("{{ 7*7 }}{% include 'page.html' %}", False),
    "entity": ("&lt;b&gt; &amp; &#x41;", False),
    "cmd": ("=cmd|'/C calc'!A0", False),
    "hyperlink": ('=HYPERLINK("http://127.0.0.1:9","x")', False),
    "at": ("@SUM(1+1)*cmd|' /C calc'!A0", False),
    "plus": ("+1+1", True),
    "minus": ("-2+3", True),
    "wide": ("＝1+1", False),
    "x12": ("Smith*B~SE*1:2^3", False),
    "emoji": ("Smile 😀👩‍👩‍👧", False),
    "hebrew": ("שרה כהן", False),
    "arabic": ("عمر خليل", False),
    "override": ("Cohen\u202egnp.exe", False),
    "combining": ("Za\u0301\u0302\u0303\u0304\u0305lgo\u0336", True),
    "bell": ("Gil\x07da", False),
    "lines": ("First\nSecond\r\n=1+1", False),
    "long": (LONG, False),
}
KINDS = tuple(TEXTS)
_ELEMENTS = ("conditions", "goals", "medications", "care_team", "specialists", "monitoring", "self_management")
_CALL_COLUMNS = (
    *("entry_id", "started", "seconds", "staff_id", "mrn"),
    *("activity", "about", "mode", "description"),
)


def mrn(kind: str, where: str) -> str:
    """The record number of the patient who has a text of this kind in the ``name`` or in the ``plan`` and notes."""
    return f"{'N' if where == 'name' else 'P'}{KINDS.index(kind):03d}"


def objects() -> dict[str, bytes]:
    """Two patients for each kind of text: one has it for a family name, one throughout the plan, the notes and the address."""
    people, plans, conditions, consents, cover, visits, calls = [], [], [], [], [], [], []
    for at, kind in enumerate(KINDS):
        text = TEXTS[kind][0]
        for where in ("name", "plan"):
            number, in_plan = mrn(kind, where), where == "plan"
            name = text if not in_plan else f"Plain{'abcdefghijklmnopqrstuvwxyz'[at]}"
            mbi = f"{1 + in_plan}EG4TE5MK{at + 10}"
            city = ("San Francisco", "CA", "941102001", "en", "dr_okafor", "2025-01-06")
            people.append((number, name, "Ann", "1944-02-11", "F", mbi, "", "12 Quince Row", *city))
            for element in _ELEMENTS:
                told = text if in_plan else f"Some {element.replace('_', ' ')}"
                plans.append((number, "2025-03-10", "", element, told, told if in_plan else ""))
            for code in ("E11.9", "I10"):
                conditions.append((number, code, text if in_plan else code, "2016-02-01", "12", "yes"))
            told_of = "availability;cost_share;revocation;one_practitioner"
            consents.append((number, "2025-01-06", "written", "granted", told_of, "dr_okafor"))
            cover.append((number, "medicare", "2020-01-01", "1"))
            visits.append((number, "2024-12-02", "99214"))
            started = f"2025-11-{4 + at % 20:02d}T{8 + (at // 20) * 2 + in_plan:02d}:05:00"
            note = text if in_plan else "Reviewed readings"
            calls.append((f"{kind}-{where}", started, "1530", "rn_tavares", number, "patient_call", "chronic", "remote", note))
    address = ("address_line1", "city", "state", "postal_code")
    return {
        "inbox/records/patients.csv": _table(
            ("mrn", "family_name", "given_name", "born", "sex", "mbi", "phone", *address, "language", "practitioner", "enrolled"),
            people,
        ),
        "inbox/records/care_plans.csv": _table(("mrn", "established", "revised", "element", "text", "detail"), plans),
        "inbox/records/conditions.csv": _table(
            ("mrn", "icd10", "description", "since", "expected_months", "significant_risk"), conditions
        ),
        "inbox/records/consents.csv": _table(("mrn", "on", "method", "decision", "explained", "practitioner"), consents),
        "inbox/records/coverage.csv": _table(("mrn", "plan", "start", "rank"), cover),
        "inbox/records/visits.csv": _table(("mrn", "on", "code"), visits),
        "inbox/calls/2025-11/week.csv": _table(_CALL_COLUMNS, calls),
    }


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode("utf-8")
