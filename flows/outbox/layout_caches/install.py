"""Whether the caches may be used on this machine, and putting them in place: once a process."""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SWITCH = "CCM_LAYOUT_CACHES"  # "off": documents are laid out by WeasyPrint as it comes
# What the caches rely on the inner workings of, as it was read: the first half of each file's SHA-256 (WeasyPrint 70.0,
# pydyf 0.13.0, cssselect2 0.10.1). Before a line is changed, read what changed in its file.
RELIED_ON = {
    "weasyprint/css/__init__.py": "77ad7287f90d7cfaf85eb00ebe7af47d",
    "weasyprint/draw/text.py": "c9a450aa209277e760227e1fed2da492",
    "weasyprint/formatting_structure/boxes.py": "8ffd28ab74a149f0097208fcba6a80df",
    "weasyprint/formatting_structure/build.py": "335ad8b541295d6b9c5b71830d5184cd",
    "weasyprint/layout/inline.py": "0e7c1569330f54734ed61b568789c4f2",
    "weasyprint/layout/page.py": "d99c5aceb36d458619a9cecb466a09df",
    "weasyprint/pdf/fonts.py": "9ad9a202a416b84585e59d758e6b5e1b",
    "weasyprint/pdf/stream.py": "4faf9169d1970d4688b9cf41f733659c",
    "weasyprint/svg/text.py": "743266ead497a963fa836a0ceb68a8c3",
    "weasyprint/text/fonts.py": "59d74d0c161349b8416f1d13466e16dd",
    "weasyprint/text/line_break.py": "1f5a855ad992e0bebaf5512d2b806fd9",
    "pydyf/__init__.py": "0b10add9e640961db4636205686066e2",
    "cssselect2/__init__.py": "72a31505ee09e256b373cc2082ef9211",
}
_LOG = logging.getLogger("flows.outbox.layout_caches")


@functools.cache
def in_place() -> bool:
    """Put the caches in place. False, and one line in the log, where they are switched off or something is not as it was read.

    Documents have the same bytes either way.
    """
    if os.environ.get(SWITCH, "").strip().lower() == "off":
        _LOG.warning("documents are laid out without caches: %s is off", SWITCH)
        return False
    if changed := not_as_read(RELIED_ON):
        _LOG.warning("documents are laid out without caches, slower: %s is not the file that they were written for", changed)
        return False
    _replace()
    return True


def not_as_read(expected: Mapping[str, str]) -> str:
    """The first file, as ``package/file``, that is not the expected one; empty where each is."""
    for name, digest in expected.items():
        package, _, path = name.partition("/")
        spec = find_spec(package)
        file = Path(spec.origin).parent / path if spec and spec.origin else None
        if file is None or not file.is_file() or not hashlib.sha256(file.read_bytes()).hexdigest().startswith(digest):
            return name
    return ""


def _replace() -> None:
    # Not before the check: another version may have none of what these modules name.
    from weasyprint.css import StyleFor
    from weasyprint.draw import text as draw_text
    from weasyprint.text import line_break

    from flows.outbox.layout_caches import lines, painted, styles

    StyleFor.__init__ = styles.styles_of_document
    for module, name, ours in (
        (line_break, "split_first_line", lines.first_line),
        (line_break, "strut", lines.line_height),
        (draw_text, "draw_first_line", painted.draw_line),
    ):
        _everywhere(getattr(module, name), ours)
    line_break.Layout.reactivate, line_break.Layout.deactivate = lines.ready_when_asked, lines.let_go


def _everywhere(theirs: Any, ours: Any) -> None:
    """Replace a function in each of WeasyPrint's modules that holds it by name."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "weasyprint":
            for attribute, value in list(vars(module).items()):
                if value is theirs:
                    setattr(module, attribute, ours)
