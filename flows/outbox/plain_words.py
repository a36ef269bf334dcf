"""Decisions' and records' own words as a reader takes them: persons by name, days in words, no name of a field.

A decision's detail is evidence and stays as it was decided; what a practice reads is this.
"""

from __future__ import annotations

import functools
import re
import tomllib
from datetime import date

from flows.ccm.decision import Reason
from flows.ccm.practice import Practice
from flows.outbox import wording
from flows.outbox.roster import title_of
from flows.outbox.templates import static_text

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b", re.ASCII)
_WORD = re.compile(r"\w+", re.ASCII)
_ELEMENT = re.compile(r"^[a-z_]+(\.[a-z_0-9]+)*(?=: )", re.ASCII)
# Reasons that name persons by the id of the roster. Any other detail may quote a record, in which no word is taken for an id.
_NAMES_PERSONS = ("consent", "audit")


def told(reason: Reason, practice: Practice) -> str:
    """A reason's detail in plain words; its days stay as they are, since registers are read by programs too."""
    return ground(reason.id, reason.detail, practice)


def shown(reason: Reason, practice: Practice) -> str:
    """A reason's detail as a page or a document shows it: plain words, and days in words."""
    return with_days(told(reason, practice))


def ground(topic: str, text: str, practice: Practice) -> str:
    """What was found of a topic (a reason's id, or a requirement's) in plain words."""
    first = topic.partition(".")[0]
    if first == "claim":
        return _ELEMENT.sub(lambda found: word("claim", found[0]).replace(".", " "), text)
    listed = topic if topic in _words() else first
    if listed in _words():
        text = _known(listed).sub(lambda found: _words()[listed][found[0]], text)
    if first in _NAMES_PERSONS:
        text = _WORD.sub(lambda found: title_of(practice, found[0]) or found[0], text)
    return text


def with_days(text: str) -> str:
    """The text with each ISO day in words; what only looks like a day is left alone."""
    return _DAY.sub(_day, text)


def word(topic: str, name: str) -> str:
    """One recorded answer in plain words; a name that is not listed loses its underscores alone."""
    return _words().get(topic, {}).get(name, name.replace("_", " "))


def _day(found: re.Match[str]) -> str:
    try:
        return wording.long_date(date.fromisoformat(found[0]))
    except ValueError:
        return found[0]


@functools.cache
def _known(topic: str) -> re.Pattern[str]:
    longest_first = sorted(_words()[topic], key=lambda name: (-len(name), name))
    return re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(name) for name in longest_first)})(?!\w)")


@functools.cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(static_text("plain-words.toml"))
