"""The ways to a care plan's PDF that are held against each other: the plain loop, ours, and a browser."""

from __future__ import annotations

import atexit
import cProfile
import functools
import gc
import os
import pstats
import resource
import subprocess
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

from weasyprint import HTML

from flows.outbox import pdf
from flows.outbox.layout_caches.install import SWITCH
from flows.outbox.pdf import Document
from tests.browser.chromium import PROGRAM, Browser
from tests.browser.chromium import browser as one_browser


@functools.cache
def _css() -> str:
    return pdf.style_in_use().look.replace("font:///", f"{pdf.font_dir().as_uri()}/AtkinsonHyperlegible-")


# Tables as a first version writes them: columns as wide as their texts ask, ruled cells.
_PLAIN_TABLES = """
table { table-layout: auto; border-collapse: collapse }
.care-plan tbody tr:nth-child(odd) { background: none }
.care-plan tbody th, .care-plan td { border-bottom: 0.5pt solid #cfd8dd }
"""


def standalone(xhtml: str, more: str = "") -> str:
    """The document with our style sheet inside: what a plain loop or a browser is given."""
    return xhtml.replace("</head>", f"<style>{_css()}{more}</style></head>")


def naive(xhtml: str) -> None:
    """``HTML(string).write_pdf()``, tagged as PDF/UA-1: the same text and look, tables as they come."""
    HTML(string=standalone(xhtml, _PLAIN_TABLES)).write_pdf(pdf_variant="pdf/ua-1")


def naive_ours(xhtml: str) -> None:
    """The plain loop, given our style sheet as it is."""
    HTML(string=standalone(xhtml)).write_pdf(pdf_variant="pdf/ua-1")


def ours(xhtml: str) -> None:
    """As the packet's documents are rendered: PDF/A-3a and PDF/UA-1."""
    pdf.render(Document("bench.pdf", xhtml))


def browser(xhtml: str) -> None:
    """Headless Chromium, tagged, a process a document."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory() as home:
        page = Path(home) / "page.html"
        page.write_text(standalone(xhtml), encoding="utf-8")
        given = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={home}/profile"]
        subprocess.run([program, *given, f"--print-to-pdf={home}/page.pdf", page.as_uri()], capture_output=True, check=True)


def browser_kept(xhtml: str) -> None:
    """Headless Chromium, tagged, one browser for all documents: told by its own protocol to load and to print."""
    page = Path(_HOME.name) / "page.html"
    page.write_text(standalone(xhtml), encoding="utf-8")
    opened = _browser()
    opened.open(page, 800)
    opened.pdf()


@functools.cache
def _browser() -> Browser:
    return _KEPT.enter_context(one_browser())


def chromium() -> str | None:
    """The browser's program, or None where there is none."""
    return PROGRAM


# What a process keeps between documents; closed with it.
_KEPT = ExitStack()
_HOME: tempfile.TemporaryDirectory[str] = tempfile.TemporaryDirectory(prefix="bench-")
atexit.register(_KEPT.close)

NO_CACHES = "ours, no caches"
ENGINES = {
    "naive": naive,
    "naive, our style": naive_ours,
    NO_CACHES: ours,
    "ours": ours,
    "browser": browser,
    "browser, kept": browser_kept,
}
BROWSERS = ("browser", "browser, kept")


def start(engine: str, xhtml: str) -> None:
    """Make a process ready for one engine, as each engine's users would."""
    if engine == NO_CACHES:
        os.environ[SWITCH] = "off"
    if ENGINES[engine] is ours:
        pdf._warm()
    ENGINES[engine](xhtml)
    gc.collect()


def cpu(engine: str, xhtml: str) -> float:
    """CPU seconds of one document, its child processes' too."""
    before = _spent()
    ENGINES[engine](xhtml)
    return _spent() - before


def calls(engine: str, xhtml: str) -> int:
    """Function calls of one document: the same on every machine with the same versions."""
    profile = cProfile.Profile()
    profile.runcall(ENGINES[engine], xhtml)
    stats = pstats.Stats(profile)
    return int(stats.total_calls)  # type: ignore[attr-defined]


def memory(engine: str, texts: list[str], documents: int) -> tuple[int, int]:
    """Resident MB after a tenth of ``documents`` and after all of them."""
    early = 0
    for number in range(1, documents + 1):
        ENGINES[engine](texts[number % len(texts)])
        if number == max(1, documents // 10):
            early = _resident()
    return early, _resident()


def busy(engine: str, texts: list[str], documents: int) -> tuple[float, float]:
    """Wall and CPU seconds for so many documents in this process."""
    begun, before = time.perf_counter(), _spent()
    for number in range(documents):
        ENGINES[engine](texts[number % len(texts)])
    return time.perf_counter() - begun, _spent() - before


def _spent() -> float:
    """CPU seconds of this process, of its children that ended, and of a browser that is kept."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime + sum(cpu for cpu, _ in _kept_processes())


def _resident() -> int:
    """Resident MB of this process and of a browser that is kept; pages that its processes share are counted in each."""
    gc.collect()
    own = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return (own + sum(pages for _, pages in _kept_processes())) * resource.getpagesize() // 2**20


def _kept_processes() -> list[tuple[float, int]]:
    """CPU seconds (with those of ended children) and resident pages of each process of the kept browser, if there is one."""
    if not _browser.cache_info().currsize:
        return []
    found: dict[int, tuple[int, float, int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # a process may end meanwhile
            fields = path.read_text(encoding="utf-8").rpartition(")")[2].split()
            seconds = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
            found[int(path.parent.name)] = (int(fields[1]), seconds, int(fields[21]))
    family = {_browser().pid}
    while more := {pid for pid, (parent, _, _) in found.items() if parent in family} - family:
        family |= more
    return [found[pid][1:] for pid in family if pid in found]
