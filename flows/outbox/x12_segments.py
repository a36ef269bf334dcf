"""X12 5010 segments as written: delimiters, element text, the envelope. Nothing here knows what a claim is.

Elements are positional, so a segment is its id and its elements in order; trailing empty ones are not written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

ELEMENT, COMPONENT, REPETITION, TERMINATOR = "*", ":", "^", "~"
# The TR3's basic character set without our delimiters.
_BASIC = r"A-Z0-9!\"&'()+,\-./;?= "
BASIC = re.compile(rf"[{_BASIC}]*\Z")
# Street lines may hold a number sign (extended set): USPS writes an unknown unit so, and there is no faithful substitute.
STREET = re.compile(rf"[{_BASIC}#]*\Z")
# Letters that Unicode does not decompose, as passports and Medicare cards spell them, and typographic punctuation.
_SPELLED = str.maketrans(
    {
        "Æ": "AE", "Œ": "OE", "Ø": "O", "Đ": "D", "Ð": "D", "Þ": "TH", "Ł": "L", "ẞ": "SS", "ı": "I",
        "’": "'", "‘": "'", "ʼ": "'", "ʻ": "'", "‐": "-", "‑": "-", "–": "-", "\u00a0": " ",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. A component of a composite element is joined with ``composite``."""

    id: str
    elements: tuple[str, ...]

    def __str__(self) -> str:
        return ELEMENT.join((self.id, *self.elements)).rstrip(ELEMENT) + TERMINATOR


@dataclass(frozen=True, slots=True)
class Envelope:
    """What ISA, GS and ST say of a file. ``control`` is the nine-digit ISA13; GS06, ST02 and BHT03 follow from it."""

    sender: str
    receiver: str
    version: str  # the implementation guide: 005010X222A1 or 005010X223A2
    prepared_on: date
    control: str
    test: bool


def segment(name: str, *elements: str) -> Segment:
    """A segment of already plain texts."""
    return Segment(name, elements)


def composite(*components: str) -> str:
    """A composite element's text."""
    return COMPONENT.join(components)


def plain(text: str) -> str:
    """Upper case, accents and ligatures spelled in ASCII, runs of blanks made one.

    Whatever has no ASCII spelling stays, for the checks to refuse.
    """
    upper = unicodedata.normalize("NFC", text).upper().translate(_SPELLED)
    bare = "".join(c for c in unicodedata.normalize("NFD", upper) if not unicodedata.combining(c))
    return re.sub(r" +", " ", bare).strip(" ")


def digits(text: str) -> str:
    """A telephone number's digits: blanks and the usual punctuation dropped, a leading country code 1 too."""
    bare = re.sub(r"[ ().\-]", "", text).removeprefix("+")
    return bare[1:] if len(bare) == 11 and bare.startswith("1") else bare


def day(value: date) -> str:
    """A D8 date."""
    return value.strftime("%Y%m%d")


def days(start: date, end: date) -> str:
    """An RD8 range of dates."""
    return f"{day(start)}-{day(end)}"


def dollars(amount: Decimal) -> str:
    """An amount as X12 writes it: no blank, no leading zero, no trailing zeros after the point."""
    text = f"{amount:.2f}".rstrip("0").rstrip(".")
    return text.removeprefix("0") if text.startswith("0.") else text


def interchange(envelope: Envelope, body: Iterable[Segment]) -> str:
    """The file's text: ISA to IEA around one transaction set, one segment a line, ASCII.

    Times are always 0000, so that the same claims prepared on the same day give the same bytes.
    """
    e = envelope
    group, st = str(int(e.control)), "0001"
    inner = list(body)
    segments = [
        segment(
            "ISA", "00", " " * 10, "00", " " * 10, "ZZ", f"{e.sender:<15}", "ZZ", f"{e.receiver:<15}",
            e.prepared_on.strftime("%y%m%d"), "0000", REPETITION, "00501", e.control, "0", "T" if e.test else "P", COMPONENT,
        ),
        segment("GS", "HC", e.sender, e.receiver, day(e.prepared_on), "0000", group, "X", e.version),
        segment("ST", "837", st, e.version),
        *inner,
        segment("SE", str(len(inner) + 2), st),
        segment("GE", "1", group),
        segment("IEA", "1", e.control),
    ]  # fmt: skip
    return "".join(f"{s}\n" for s in segments)
