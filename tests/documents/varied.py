"""Documents as different as can be, each with a style, for holding one way of laying out against another.

``CCM_CACHE_TEXTS=200`` and ``CCM_CACHE_PATIENTS=200`` make them many: texts put together by chance, an invented month.
``CCM_CACHE_ORDERS=3`` renders them in three orders.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from flows import steps
from flows.ccm.practice import Choice
from flows.ccm.service_month import ServiceMonth
from flows.outbox import binder_pages
from flows.outbox.care_plan_summary import TYPE_SIZE, care_plan_summary
from flows.outbox.documents import _documents
from flows.outbox.paper_claims import paper_claim_parts
from flows.outbox.pdf import Document, Style, style_in_use
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice
from tests.bench.month import Shelf
from tests.claims import examples as claims
from tests.documents.examples import FORMULA_NAME, HOSTILE_NAME, LONG_NOTE, PRACTICE, RTL_NAME, month_result, personal_month
from tests.documents.test_paper_claims import on_paper
from tests.golden.months import decided

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
border: 2pt solid; border-radius: 6pt 3%; background: #eee | border-radius: 5pt; border-top: 1pt dashed
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
    made = [(document, PLAIN_STYLE) for document in _real()]
    made += [(document, style) for document, _ in (made[0], made[6]) for style in (BINDER, ODD)]
    made.append((_binder_page(), BINDER))
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
        changed = text.replace("<li><b>", f"<li><b>{escape(words[:40])}").replace("</p>", f" {escape(words)}</p>", 3)
        made.append((Document(f"chance-{number}", changed), chance.choice([PLAIN_STYLE, PLAIN_STYLE, BINDER, ODD])))
    return (*made, *_invented(int(os.environ.get("CCM_CACHE_PATIENTS", "0"))))


def _real() -> Iterator[Document]:
    """Every kind of document that a month has: plans in two languages and large, attestations, a time log, claims on paper."""
    month = month_result()
    yield from _documents(month)
    yield next(iter(_documents(personal_month())))
    choices = {TYPE_SIZE: Choice("large", "Dr. Rivera", date(2025, 1, 2), "minutes")}
    large = replace(month, practice=replace(PRACTICE, choices=choices))
    yield Document("large", care_plan_summary(large, month.patient_months[0], month.decisions[0]))
    for form, claim in (("837P", claims.secondary()), ("837I", claims.institutional_second())):
        yield from (Document(name, sheet) for name, sheet in paper_claim_parts(on_paper([claim], form)))


def _binder_page() -> Document:
    page, *_ = binder_pages.read_pages(b"".join(binder_pages.write_pages(decided("office-2025-11"))))
    return Document("binder", page.xhtml)


def _invented(patients: int) -> Iterator[tuple[Document, Style]]:
    """The documents and binder pages of a month of invented patients: for a long run."""
    if patients:
        month, practice = ServiceMonth(2025, 11), load_practice(ROOT / "tenants", "bayview-family")
        shelf = Shelf(dict(synthesize(practice, month, patients, 1).objects))
        result = steps.decide_month(steps.read_month(shelf, practice, month), practice, month)
        yield from ((document, PLAIN_STYLE) for document in _documents(result))
        for page in binder_pages.read_pages(b"".join(binder_pages.write_pages(result))):
            yield Document(f"binder/{page.claim_id}", page.xhtml), BINDER
