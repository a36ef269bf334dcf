"""The one way to the templates: where they lie, and how they are filled in."""

from __future__ import annotations

import functools
import tomllib
from pathlib import Path
from typing import Any

import jinja2

import flows
from flows.outbox.wording import legible

DEFAULT_LANGUAGE = "en"


def templates_dir() -> Path:
    """The folder of templates, beside the package."""
    return Path(flows.__file__).resolve().parent.parent / "templates"


@functools.cache
def _environment() -> jinja2.Environment:
    # Everything is escaped, whatever the file is called: record text is never markup.
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir()),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def fill(template: str, **view: Any) -> str:
    """Fill a template in. Characters that no XML may hold come out as U+FFFD; a name the view lacks raises."""
    return legible(_environment().get_template(template).render(**view))


@functools.cache
def static_text(name: str) -> str:
    """A style sheet or script of the templates folder, as it stands."""
    return (templates_dir() / name).read_text(encoding="utf-8")


@functools.cache
def words(language: str) -> dict[str, Any]:
    """The care plan's wording in a language (``es``, ``es-MX``), English where there is none."""
    path = _wording(language if has_words(language) else DEFAULT_LANGUAGE)
    return tomllib.loads(path.read_text(encoding="utf-8"))


@functools.cache
def has_words(language: str) -> bool:
    """Whether the care plan has wording in a language."""
    return _wording(language).is_file()


def _wording(language: str) -> Path:
    code = "".join(c for c in language.split("-")[0].split("_")[0].lower() if c.isascii() and c.isalpha())
    return templates_dir() / f"care-plan.{code}.toml"
