"""The PDFs before a PDF/UA checker that had no part in writing them. Skips, saying so, where it is absent."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from flows.ccm.patient import PlanItem
from flows.outbox.binder_pages import LOOK, PLAIN, read_pages, read_style, write_pages, write_styles
from flows.outbox.care_plan_summary import care_plan_summary
from flows.outbox.documents import KEYS
from flows.outbox.paper_claims import paper_claim_parts
from flows.outbox.pdf import Document, render
from tests.claims import examples
from tests.documents.examples import LONG_NOTE, PLAN, month_result
from tests.documents.test_paper_claims import on_paper
from tests.documents.written import documents_of
from tests.golden.months import decided

OUTLOUD = Path(sys.executable).with_name("outloud")
needs_outloud = pytest.mark.skipif(not OUTLOUD.is_file(), reason="outloud is not installed: make pdf-tools")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("pdfs")
    for name, data in documents_of(month_result(), 1).items():
        if name != KEYS:
            (home / name.replace("/", "-")).write_bytes(data)
    careless = '<html><head></head><body><h1 data-running="x">A</h1><table><tr><td>1</td></tr></table></body></html>'
    (home / "careless.pdf").write_bytes(render(Document("careless.pdf", careless)))
    month, long = month_result(), replace(PLAN, goals=(PlanItem("Walk", LONG_NOTE), PlanItem(LONG_NOTE, LONG_NOTE)))
    xhtml = care_plan_summary(month, replace(month.patient_months[0], care_plan=long), month.decisions[0])
    (home / "care-plans-long.pdf").write_bytes(render(Document("long.pdf", xhtml)))
    for form, claim in (("837P", examples.secondary()), ("837I", examples.institutional_second())):
        ((name, sheet),) = paper_claim_parts(on_paper([claim], form))
        (home / name.replace("/", "-")).write_bytes(render(Document(name, sheet)))
    styles, (page, *_) = write_styles(), read_pages(b"".join(write_pages(decided("office-2025-11"))))
    (home / "binder.pdf").write_bytes(render(Document("binder.pdf", page.xhtml), read_style(styles[LOOK], styles[PLAIN])))
    return home


def errors(path: Path) -> list[str]:
    """The rules broken, by the checker's report."""
    given = [OUTLOUD, "--layer", "conformance", "--json", "-", "--quiet", path]
    done = subprocess.run(given, capture_output=True, text=True, check=False, timeout=120)
    (report,) = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])["results"]
    assert report["error"] is None
    assert report["stats"]["tagged"], "an unread file has no error either"
    found = sorted({finding["rule"] for finding in report["findings"] if finding["severity"] == "error"})
    assert (report["verdict"] == "fail") == bool(found)
    return found


@needs_outloud
@pytest.mark.parametrize(
    "name",
    [
        *("care-plans-p001", "care-plans-p002", "care-plans-long", "attestations-dr_a", "time-log"),
        *("claims-cms-1500", "claims-ub-04", "binder"),
    ],
)
def test_a_pdf_ua_checker_finds_no_error(folder, name):
    assert errors(folder / f"{name}.pdf") == []


@needs_outloud
def test_the_checker_sees_a_document_without_title_and_language(folder):
    assert errors(folder / "careless.pdf")
