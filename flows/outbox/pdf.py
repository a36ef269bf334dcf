"""HTML to archival, accessible PDF (PDF/A-3a and PDF/UA-1): with ``layout_caches`` the one place that knows WeasyPrint.

Style sheets, font and configuration are read once per process: per document they cost time and are never freed. Nothing
outside a document is ever fetched. Same input and same versions, same bytes; only text in scripts that the bundled font
lacks depends on the machine's fonts. Caches over the layout (``layout_caches``) change no byte and are in no document's key.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib.util
import os
import weakref
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cssselect2
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from flows.outbox.layout_caches.install import in_place
from flows.outbox.layout_caches.kept import give
from flows.outbox.render_key import engine_key, render_key
from flows.outbox.signature_field import add_signature_field
from flows.outbox.templates import static_text
from flows.outbox.xmp import archival_metadata

_FONT_PACKAGE = "fontpkg_atkinson_hyperlegible"
_FONT_FILES = ("Regular", "Bold", "Italic", "BoldItalic")
# A spawned process costs about as much as fifteen documents before its first; fewer than this are not worth two.
_WORTH_A_PROCESS = 40
_COLLECT_AFTER = (50_000, 20, 50)  # a document makes some hundred thousand objects, nearly all gone with it
_DOCUMENTS_PER_WORKER = 2000  # then the worker is replaced, whatever a library may have kept

# Where a script's font goes through fontTools, it stamps the time of day into the font unless told a time.
os.environ.setdefault("SOURCE_DATE_EPOCH", "0")


@dataclass(frozen=True, slots=True)
class Document:
    """A document to render: its name in the packet and its XHTML text (well-formed, no entities by name).

    ``signature`` is the tooltip of the field in which it is signed, empty for a document that nobody signs.
    """

    name: str
    xhtml: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Style:
    """The two style sheets of a document as texts: the look, and what each element is before any look."""

    look: str
    plain: str


def style_in_use() -> Style:
    """The style sheets of the templates folder."""
    return Style(static_text("print.css"), static_text("plain.css"))


class _NothingOutside(URLFetcher):
    """Refuses every address: a document is complete in itself."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        raise ValueError("a document refers to something outside itself")


class _BundledFont(URLFetcher):
    """Serves the bundled font's files by name and refuses everything else."""

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        name = url.removeprefix("font:///").removesuffix(".ttf")
        if name not in _FONT_FILES:
            raise ValueError("only the bundled font may be loaded")
        return URLFetcherResponse(url, (font_dir() / f"AtkinsonHyperlegible-{name}.ttf").read_bytes())


@functools.cache
def font_dir() -> Path:
    """The bundled font's folder. Raises RuntimeError, saying what to install, where it is missing."""
    spec = importlib.util.find_spec(_FONT_PACKAGE)
    if spec is None or spec.origin is None:
        raise RuntimeError(f"the documents' font is not installed: pip install {_FONT_PACKAGE.replace('_', '-')}")
    return Path(spec.origin).parent / "files"


@functools.lru_cache(maxsize=4)
def _setting(style: Style) -> tuple[FontConfiguration, CSS, CSS]:
    fonts = FontConfiguration()
    atexit.register(_remove_folder, weakref.ref(fonts))
    if in_place():
        give(fonts)
    ours = CSS(string=style.look, font_config=fonts, url_fetcher=_BundledFont(fail_on_errors=True))
    plain = CSS(string=style.plain, url_fetcher=_NothingOutside(fail_on_errors=True))
    return fonts, ours, plain


def _remove_folder(held: weakref.ref[FontConfiguration]) -> None:
    """WeasyPrint removes its copies of the fonts with the configuration, but what a process keeps is not collected at its end."""
    fonts = held()
    if fonts is not None:
        fonts.__del__()


def _warm() -> None:
    """Make a new worker ready: what it has loaded stays, so the collector need not look through it after every few tables."""
    _setting(style_in_use())
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


class _Page(HTML):
    """A document parsed as XML, styled from the few elements that our templates use instead of all of HTML."""

    def __init__(self, xhtml: str, plain: CSS) -> None:
        self.base_url, self.url_fetcher, self.media_type = None, _NothingOutside(fail_on_errors=True), "print"
        root = ElementTree.fromstring(xhtml)
        self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element
        self._plain = plain

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        return [self._plain]


def key_of(document: Document) -> str:
    """The key of a document in the templates' style: two documents of one key have the same bytes, whatever their names."""
    style = style_in_use()
    fonts = tuple(font_dir() / f"AtkinsonHyperlegible-{name}.ttf" for name in _FONT_FILES)
    return render_key((document.xhtml, document.signature, style.look, style.plain), engine_key(fonts))


def render(document: Document, style: Style | None = None) -> bytes:
    """The document as PDF, in the templates' style or the one given (a packet's own).

    Raises RuntimeError naming the document (its text may hold PHI and is never quoted).
    """
    fonts, sheet, plain = _setting(style or style_in_use())

    def finish(laid_out: Any, pdf: Any) -> None:
        archival_metadata(laid_out, pdf)
        if document.signature:
            add_signature_field(laid_out, pdf, document.signature)

    try:
        return _Page(document.xhtml, plain).write_pdf(
            stylesheets=[sheet], font_config=fonts, pdf_variant="pdf/a-3a", finisher=finish
        )
    # Whatever went wrong is a fault of the template or the renderer; their messages may quote the record, so none is kept.
    except (FatalURLFetchingError, Exception) as fault:
        raise RuntimeError(f"{document.name}: its template is at fault ({type(fault).__name__})") from None


def render_all(batches: Iterable[Sequence[Document]], processes: int) -> Iterator[dict[str, bytes]]:
    """Render documents on up to ``processes`` processes; in this one where a second would cost more than it saves.

    Each batch's PDFs by name, once the whole batch is done. While one is rendered the next is asked for, and no more: two
    batches of texts are held at most. Bytes do not depend on the number of processes.
    """
    waiting = iter(batches)
    first = list(islice(waiting, 2)) if processes > 1 else []
    worth_a_pool = len(first) > 1 or sum(map(len, first)) >= _WORTH_A_PROCESS
    if not worth_a_pool:
        yield from ({document.name: render(document) for document in batch} for batch in _drained(first, waiting))
        return
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("spawn"), initializer=_warm, max_tasks_per_child=_DOCUMENTS_PER_WORKER
    )
    try:
        ahead: Iterator[tuple[str, bytes]] = iter(())
        for batch in _drained(first, waiting):
            # Longest first, or one long document begun last keeps a worker busy alone.
            longest_first = sorted(batch, key=lambda document: -len(document.xhtml))
            begun = zip([document.name for document in longest_first], pool.map(render, longest_first), strict=True)
            if made := dict(ahead):
                yield made
            ahead = begun
        yield dict(ahead)
    finally:
        # What was begun for a run that fails meanwhile is not waited for.
        pool.shutdown(cancel_futures=True)


def _drained(first: list[Sequence[Document]], then: Iterator[Sequence[Document]]) -> Iterator[Sequence[Document]]:
    """The one after the other, like ``itertools.chain``; but that would keep ``first`` and all its texts to the end."""
    while first:
        yield first.pop(0)
    yield from then
