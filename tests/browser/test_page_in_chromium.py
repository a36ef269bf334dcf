"""The packet's page in a real browser: no serious axe finding, the keyboard's path, the print view, nothing from outside.

Skips, saying so, where there is no Chromium; the axe tests also where `make browser-tools` was not run.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from flows.ccm.correction import HAND, NEW, ORIGINAL, OTHER, WITHDRAWN, Change, Correction
from flows.ccm.worklist import worklist
from flows.outbox.page import write_page
from flows.outbox.worklist_files import write_worklist
from tests.browser import chromium
from tests.documents.examples import month_result
from tests.golden.months import decided

ROOT = Path(__file__).parents[2]
AXE = ROOT / ".browser/node_modules/axe-core/axe.min.js"
WIDTHS = (375, 768, 1280)
FILES = {"care-plans/p001.pdf": 30_000, "claims/837P-medicare-1.837": 4_000, "held.csv": 600}

pytestmark = pytest.mark.skipif(chromium.PROGRAM is None, reason="no Chromium on this machine")
needs_axe = pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed: make browser-tools")


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Browser]:
    with chromium.browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    path.write_bytes(write_page(month_result(), 3, FILES))
    return path


@pytest.fixture(scope="module")
def correction(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page on which patients were billed, moved out and merely logged otherwise, under names and reasons that are long."""
    month = month_result()
    first, second, third = (m.patient for m in month.patient_months[:3])
    was, held, died = month.decisions[0], month.decisions[4], month.decisions[5]
    assert (was.outcome, held.outcome, died.outcome) == ("bill", "hold", "not_billable")
    late = tuple(replace(piece, entry_id="late", fate="time.face_to_face") for piece in was.pieces[:1])
    changes = (
        Change(first, OTHER, was, replace(was, pieces=(*was.pieces, *late))),
        Change(second, WITHDRAWN, was, held, "C1", HAND, "withdraw_reopening", differs=(("diagnoses", "E119 I10", "I10"),)),
        Change(replace(third, family_name="Featherstonehaugh-Cholmondeley" * 2), NEW, None, was, "C2", ORIGINAL),
    )
    path = tmp_path_factory.mktemp("correction") / "index.html"
    path.write_bytes(write_page(replace(month, correction=Correction(2, 1, (), (), changes)), 2, FILES))
    return path


def findings(browser: chromium.Browser) -> list[tuple[str, str, str]]:
    """Each serious or critical finding: its rule, the element, what axe says."""
    browser.run(AXE.read_text(encoding="utf-8") + "; 0")
    return [
        tuple(found)
        for found in browser.run(
            """axe.run(document, {resultTypes: ["violations"]}).then(told => told.violations
            .filter(v => ["serious", "critical"].includes(v.impact))
            .flatMap(v => v.nodes.map(n => [v.id, n.target.join(" "), v.help])))"""
        )
    ]


@needs_axe
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious(browser, page, width):
    browser.open(page, width)
    assert findings(browser) == []


@needs_axe
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious_on_a_correction(browser, correction, width):
    browser.open(correction, width)
    assert findings(browser) == []


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_read_across_a_row_is_read_without_moving_sideways(browser, correction, width):
    browser.open(correction, width)
    assert browser.run("document.documentElement.scrollWidth") <= width
    wide = "filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 1).map(e => e.tagName)"
    assert (
        browser.run(f"[...document.querySelectorAll('#changes :not(thead, thead *), #rejected :not(thead, thead *)')].{wide}")
        == []
    )
    shown = browser.run("getComputedStyle(document.querySelector('#changes td'), '::before').content")
    assert (shown == '"Before"') is (width < 960), "a card names what the heading of the column says elsewhere"


def test_a_table_that_goes_on_beyond_the_edge_shows_it_and_is_reached_by_the_keyboard(browser, page):
    browser.open(page, 375)
    wide = browser.run(
        """[...document.querySelectorAll("table")].filter(t => t.offsetWidth > t.parentElement.clientWidth)
        .map(t => t.parentElement).map(e => [e.tabIndex, e.getAttribute("role"), e.getAttribute("aria-label"),
        getComputedStyle(e).backgroundImage.includes("gradient")])"""
    )
    assert len(wide) > 3
    assert all(told[:2] == [0, "region"] and told[2] and told[3] for told in wide)


@needs_axe
@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_nothing_serious_on_the_worklist(browser, tmp_path, width):
    result = decided("office-2025-11")
    found = worklist(result.patient_months, result.decisions, result.rules)
    assert found.near or found.lapses
    (tmp_path / "index.html").write_bytes(write_worklist(found, result.practice, result.month, result.rules)["index.html"])
    browser.open(tmp_path / "index.html", width)
    assert findings(browser) == []
    assert browser.run("document.documentElement.scrollWidth") <= width


@needs_axe
def test_axe_sees_a_page_that_is_not_accessible(browser, page, tmp_path):
    broken = tmp_path / "broken.html"
    text = page.read_text(encoding="utf-8").replace('<html lang="en">', "<html>").replace('<label for="words">', "<label>")
    broken.write_text(text, encoding="utf-8")
    browser.open(broken, 1280)
    assert {rule for rule, _, _ in findings(browser)} >= {"html-has-lang", "label"}


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_asked_for_but_the_page_itself_and_nothing_runs_past_its_edge(browser, page, width):
    browser.open(page, width)
    assert [address for address in browser.requests if not address.startswith("data:")] == [page.as_uri()]
    assert browser.run("document.documentElement.scrollWidth") <= width


def test_the_keyboard_goes_from_the_skip_link_to_the_held_patients_and_finds_one(browser, page):
    browser.open(page, 1280)
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    browser.press("Enter")
    assert browser.run("location.hash") == "#held"
    browser.press("Tab")
    assert browser.run("document.activeElement.id") == "why"


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("nobody of that name", "Found nowhere in this packet."),
        ("ekstrom", "Found: 1 held"),  # accents need not be typed
        ("rosa alba", "Found: 1 billed"),
        ("M0006", "Found: 1 not billable"),
        ("M0001", "Found: 1 billed, 1 possibly in rejected rows"),
        ("", ""),
    ],
)
def test_a_patient_is_found_wherever_in_the_packet(browser, page, typed, told):
    browser.open(page, 1280)
    browser.run("document.getElementById('words').focus()")
    browser.type(typed)
    assert browser.run("document.getElementById('found').textContent") == told
    shown = browser.run("[...document.querySelectorAll('[data-patient]')].filter(e => e.getClientRects().length).length")
    assert shown == sum(map(int, re.findall(r"\d+", told))) or not typed


def test_every_stop_of_the_tab_key_has_a_name_and_a_mark(browser, page):
    browser.open(page, 1280)
    stops = browser.run("document.querySelectorAll('a[href], input, select, [tabindex=\"0\"]').length")
    assert stops > 15
    for _ in range(stops):
        browser.press("Tab")
        name, outline, hidden = browser.run(
            """(e => [(e.getAttribute("aria-label") || (e.labels?.[0] || e).textContent).trim(),
            getComputedStyle(e).outlineStyle, e.getClientRects().length === 0])(document.activeElement)"""
        )
        assert name
        assert not hidden
        assert outline not in ("none", ""), name


def test_in_print_everything_stands_on_the_page(browser, page):
    browser.open(page, 1280)
    browser.run("document.getElementById('words').focus()")
    browser.type("nobody of that name")
    shown = "[...document.querySelectorAll(%r)].filter(e => e.getClientRects().length).length"
    assert browser.run(shown % ".held > li") == 0
    browser.media("print")
    try:
        assert browser.run(shown % ".held > li") == 1, "what was sifted away on the screen is printed"
        assert browser.run(shown % "nav, .find, .skip") == 0
    finally:
        browser.media("")
