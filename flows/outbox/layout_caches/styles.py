"""Computed styles shared between documents: an element matched by the same rules below the same parent has the same style."""

from __future__ import annotations

from math import inf
from typing import Any

from weasyprint.css import ComputedStyle, InitialStyle, StyleFor, declaration_precedence, find_style_attributes
from weasyprint.css.validation import preprocess_declarations

from flows.outbox.layout_caches.kept import Kept, kept

_first_init = StyleFor.__init__
_SHARED = "_below"  # on a computed style: those of the elements below it, by what matched them
_SAID = ("lang", "id", "name", "width", "height")  # attributes that may be declarations


class _PageSizes(dict):  # type: ignore[type-arg]
    """The first page's size, for lengths in parts of it: whoever asks makes styles that hold for this document alone."""

    asked = False

    def __getitem__(self, key: str) -> Any:
        self.asked = True
        return super().__getitem__(key)


def styles_of_document(
    self: Any, html: Any, sheets: Any, presentational_hints: Any, font_config: Any, target_collector: Any
) -> None:
    """In place of ``StyleFor.__init__``."""
    caches = kept(font_config)
    if caches is None or presentational_hints or any("style" in element.attrib for element in html.etree_element.iter()):
        _first_init(self, html, sheets, presentational_hints, font_config, target_collector)
        return
    self._cascaded_styles, self._computed_styles = {}, {}
    self._sheets, self.font_config = sheets, font_config
    self.initial_page_sizes = _page_sizes(caches, (*sheets, html.base_url))
    computed, pseudo, anchors, root = self._computed_styles, [], {}, html.etree_element
    said: dict[Any, list[Any]] = {}
    for specificity, node, declarations, _ in find_style_attributes(root, False, html.base_url):
        said.setdefault(node, []).append((specificity, declarations))
    for element in html.wrapper_element.iter_subtree():
        node = element.etree_element
        parent = computed[element.parent.etree_element, None] if element.parent else None
        matched = [(number, selector) for number, (sheet, _, _) in enumerate(sheets) for selector in sheet.matcher.match(element)]
        # Declarations are the sheets' own objects and live as long: their identity tells them apart.
        key = tuple([(number, selector[0], selector[2], id(selector[3])) for number, selector in matched])
        if node in said:
            key = *key, node.tag, *map(node.get, _SAID)
        siblings = caches.first if parent is None else parent.__dict__.setdefault(_SHARED, {})
        found = siblings.get(key)
        if found is None:
            cascades = _cascades(sheets, said.get(node, ()), matched, html.base_url)
            found = siblings[key] = _computed(self, cascades, parent, computed.get((root, None)), html.base_url)
            caches.styles += len(found)
        style = found[None]
        computed[node, None] = style
        if parent is None or element.parent.etree_element is root:
            # Layout moves the overflow of the root or body to the page and writes over it.
            style.pop("overflow", None)
        anchors[id(style)] = style
        pseudo.extend((node, kind, each) for kind, each in found.items() if kind)
    for node, kind, style in pseudo:
        computed[node, kind] = style
    # Once for each style of the document, then for each pseudo-element: where one is named twice, that is told.
    for style in (*anchors.values(), *(style for _, _, style in pseudo)):
        if target_collector and style["anchor"]:
            target_collector.collect_anchor(style["anchor"])


def _page_sizes(caches: Kept, sheets: tuple[Any, ...]) -> _PageSizes:
    """The document's page sizes, which its styles refer to; the styles of other sheets are forgotten."""
    sizes = caches.page_sizes
    if sizes is None or caches.sheets != sheets or caches.too_many_styles or sizes.asked:
        caches.forget_styles()
        caches.sheets = sheets
        sizes = caches.page_sizes = _PageSizes()
    sizes.update(box=None, area=None)
    return sizes


def _cascades(sheets: Any, said: Any, matched: Any, base_url: Any) -> dict[str | None, dict[str, Any]]:
    """What an element's attributes and the rules that matched it declare, for it and for its pseudo-elements."""
    cascades: dict[str | None, dict[str, Any]] = {None: {}}

    def declare(kind: str | None, declarations: Any, origin: str, *rank: Any) -> None:
        cascade = cascades.setdefault(kind, {})
        for name, values, importance in declarations:
            weight = (declaration_precedence(origin, importance), *rank)
            old = cascade.get(name)
            if old is None or old[1] <= weight:
                cascade[name] = values, weight

    for specificity, declarations in said:
        declare(None, preprocess_declarations(base_url, declarations), "author", inf, specificity)
    for number, (specificity, _, kind, (declarations, layer)) in matched:
        sheet, origin, given = sheets[number]
        declare(kind, declarations, origin, inf if layer is None else sheet.layers.index(layer), given or specificity)
    return cascades


def _computed(self: Any, cascades: Any, parent: Any, root: Any, base_url: Any) -> dict[str | None, Any]:
    """An element's style and its pseudo-elements'."""

    def style(kind: str | None, parent: Any, root: Any) -> Any:
        return ComputedStyle(parent, cascades[kind], kind, root, base_url, self.font_config, self.initial_page_sizes)

    own = style(None, parent, InitialStyle(self.font_config) if parent is None else root)
    return {None: own, **{kind: style(kind, own, own if root is None else root) for kind in cascades if kind}}
