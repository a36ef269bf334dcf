"""The layout caches: WeasyPrint's own bytes, whatever was rendered before; and no caches where they may not be used."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from flows.outbox import binder_pages
from flows.outbox.care_plan_summary import care_plan_summary
from flows.outbox.documents import _documents
from flows.outbox.layout_caches import install
from flows.outbox.layout_caches.kept import Recent, kept
from flows.outbox.pdf import Document, Style, _setting, render, style_in_use
from tests.documents.examples import FORMULA_NAME, HOSTILE_NAME, LONG_NOTE, RTL_NAME, month_result, personal_month

ROOT = Path(__file__).parents[2]
PLAIN_STYLE = style_in_use()
BINDER = binder_pages.read_style(*binder_pages.write_styles().values())
# Looks that no packet has had, for what one document must not hand on to the next: lengths in parts of the first page, ...
ODD = Style(
    PLAIN_STYLE.look
    + "html { overflow: hidden } h1 { margin-left: 3vw; padding-left: calc(1em + 2%) } td { width: 20%; box-sizing: border-box }"
    + "tr:first-child td::before { content: '\\201c' attr(class) '\\201d' } .quiet { min-height: 2% } b { hyphens: auto }"
    + "table { border-collapse: collapse } td + td { white-space: nowrap } .broad { page: wide }",
    PLAIN_STYLE.plain,
)
# ... and looks that differ in one property each.
LOOKS = """
letter-spacing: 0.7pt | word-spacing: 2pt | font-weight: bold | font-style: italic | font-size: 2pt | font-size: 3.3pt
tab-size: 3 | text-decoration: underline | text-decoration: line-through | direction: rtl
white-space: pre | white-space: nowrap | line-height: 3
text-align: justify; width: 50% | text-align: justify; width: 50.5% | overflow-wrap: break-word; width: 3% | width: 3%
padding: 3% | hyphens: auto; width: 9% | hyphens: auto; hyphenate-character: '='; width: 9% | word-break: break-all; width: 9%
max-width: 30% | font-family: 'DejaVu Sans' | font-family: monospace | font-kerning: none | font-variant-ligatures: none
white-space: pre-wrap | box-sizing: border-box; width: 40%; padding: 9pt | min-width: 60%; float: left | min-height: 40pt
"""
APART = [look for line in LOOKS.strip().splitlines() for look in line.split("|")]
ALIKE = Style(PLAIN_STYLE.look + "".join(f".n{n} {{ {look} }}" for n, look in enumerate(APART)), PLAIN_STYLE.plain)
# Letters that join, stack, run leftward, are coloured, or are in no font: a line of them tells a font more than glyphs.
WORDS = (
    *("office", "fluffy", "AV.To", "a\u0301e\u0323\u0307", "naïve", "שלום", "مرحبا", "x\u202ey", "中文", "न्म", "Ǆ", "ﬁ"),
    *("👩\u200d⚕️", "🙂", "\U000f0001", "\u00a0", "\u00ad", "co\u00adop\u00ader\u00ada\u00adtion", "a\u200bb", "1\u00bd"),
    *("\u2028", "&amp;", "=1+1", "\t", "-" * 70, RTL_NAME, HOSTILE_NAME, FORMULA_NAME, LONG_NOTE[:500]),
    *("salt", "and", "steps", "twice a day", "<b>"),
)


@cache
def documents() -> tuple[tuple[Document, Style], ...]:
    """Every kind of document in its own style and some in others, and texts put together by chance, the same ones each time."""
    chance = random.Random(7)
    ours = [*_documents(month_result()), next(iter(_documents(personal_month())))]
    made = [(document, PLAIN_STYLE) for document in ours]
    made += [(document, style) for document in (ours[0], ours[-2]) for style in (BINDER, ODD)]
    for number in range(2):
        classes = chance.sample(range(len(APART)), k=len(APART))
        texts = ["office\tAV of" + chance.choice(" \u00a0") + "coordination information " + LONG_NOTE[:170] for _ in classes]
        said = "".join(f'<p class="n{n}">{text}</p>' for n, text in zip(classes, texts, strict=True))
        head = "<head><title>alike</title></head>"
        made.append((Document(f"alike-{number}", f'<html lang="{("en", "es")[number]}">{head}<body>{said}</body></html>'), ALIKE))
        first = '<p class="broad">broad</p>' * number
        body = f"<body>{first}<h1>Odd</h1><p>{LONG_NOTE[:300]}</p></body>"
        made.append((Document(f"odd-{number}", f"<html>{head}{body}</html>"), ODD))
    month = month_result()
    text = care_plan_summary(month, month.patient_months[2], month.decisions[2])
    for number in range(int(os.environ.get("CCM_CACHE_TEXTS", "4"))):
        words = " ".join(chance.choices(WORDS, k=chance.randint(3, 90)))
        said = words.replace("&", "&amp;").replace("<", "&lt;")
        changed = text.replace("<li><b>", f"<li><b>{said[:40].replace('&', '').replace('<', '')}").replace(
            "</p>", f" {said}</p>", 3
        )
        made.append((Document(f"chance-{number}", changed), chance.choice([PLAIN_STYLE, PLAIN_STYLE, BINDER, ODD])))
    return tuple(made)


def digests(order: list[int]) -> dict[int, str]:
    return {n: hashlib.sha256(render(*documents()[n])).hexdigest() for n in order}


def in_a_new_process(call: str, **setting: str) -> tuple[str, str]:
    code = f"import json\nfrom tests.documents.test_layout_caches import *\nprint(json.dumps({call}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **setting}, capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def stock() -> dict[int, str]:
    out, err = in_a_new_process("[digests(list(range(len(documents())))), install.in_place()]", **{install.SWITCH: "off"})
    found, in_place = json.loads(out)
    assert in_place is False
    assert err.splitlines()[0] == "documents are laid out without caches: CCM_LAYOUT_CACHES is off"
    return {int(n): digest for n, digest in found.items()}


def test_the_caches_are_used_here():
    assert install.in_place()
    assert kept(_setting(style_in_use())[0]) is not None


@pytest.mark.parametrize("seed", range(2))
def test_bytes_are_those_of_the_renderer_by_itself_in_any_order(stock, seed):
    order = list(range(len(documents())))
    random.Random(seed).shuffle(order)
    assert [n for n, digest in digests(order).items() if digest != stock[n]] == []


def test_another_version_is_left_alone(caplog, monkeypatch):
    install.in_place.cache_clear()
    monkeypatch.setattr(install, "_replace", lambda: pytest.fail("put in place"))
    monkeypatch.setattr(install, "RELIED_ON", {**install.RELIED_ON, "weasyprint/layout/inline.py": "0" * 32})
    try:
        with caplog.at_level(logging.WARNING):
            assert install.in_place() is False
    finally:
        monkeypatch.undo()
        install.in_place.cache_clear()
    assert [record.getMessage() for record in caplog.records] == [
        "documents are laid out without caches, slower: weasyprint/layout/inline.py is not the file that they were written for"
    ]


@pytest.mark.parametrize("file", ["weasyprint/no_such_file.py", "no_such_package/file.py"])
def test_a_file_that_is_not_there_is_not_as_read(file):
    assert install.not_as_read({file: ""}) == file


def test_what_is_kept_is_bounded_and_the_oldest_goes():
    recent = Recent(3)
    for n in range(5):
        recent.keep(n, str(n))
        recent.find(2)
    assert [recent.find(n) for n in range(5)] == [None, None, "2", "3", "4"]
