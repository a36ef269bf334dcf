"""How facts are written for a reader: names, dates, minutes, dollars. One way each, in every document and register."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from flows.ccm.decision import DecisionLine
from flows.ccm.patient import Patient
from flows.ccm.practice import Practitioner
from flows.ccm.service_month import ServiceMonth

NONE_ON_FILE = "—"
# XML 1.0 forbids these outright and the parsers stop at them; lone surrogates cannot be written as UTF-8. The last ones
# force a direction on the text that follows, which can make a name or a code read as another.
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def legible(text: str) -> str:
    """The text with U+FFFD for each character that no document may hold, so that its loss can be seen."""
    return _ILLEGAL.sub("�", text)


def list_name(patient: Patient) -> str:
    """A patient's name as a list is sorted: ``Family, Given``."""
    return ", ".join(part for part in (patient.family_name, patient.given_name) if part)


def spoken_name(patient: Patient) -> str:
    """A patient's name as it is said: ``Given Family``."""
    return " ".join(part for part in (patient.given_name, patient.family_name) if part)


def practitioner_name(practitioner: Practitioner) -> str:
    """A practitioner's name with the credential: ``Given Family, MD``."""
    name = " ".join(part for part in (practitioner.given_name, practitioner.family_name) if part)
    return f"{name}, {practitioner.credential}" if practitioner.credential else name


def long_date(day: date, months: Iterable[str] = _ENGLISH_MONTHS, pattern: str = "{month} {day}, {year}") -> str:
    """A day in words, by default ``November 4, 2025``; a language brings its months and pattern."""
    return pattern.format(month=tuple(months)[day.month - 1], day=day.day, year=day.year)


def shown_date(day: date | None) -> str:
    """A day as every document and page shows it, in words; a dash where there is none. Tables for a program have ``iso_date``."""
    return long_date(day) if day else NONE_ON_FILE


def iso_date(day: date | None) -> str:
    """A day as every CSV has it, ``2025-11-04``; empty where there is none."""
    return day.isoformat() if day else ""


def date_range(first: date | None, last: date | None) -> str:
    """A claim's dates in words: one day, or first and last, ``March 1 – 31, 2025`` within a month."""
    if first is None or last is None or first == last:
        return shown_date(first or last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{_ENGLISH_MONTHS[first.month - 1]} {first.day} – {last.day}, {first.year}"
    return f"{long_date(first)} – {long_date(last)}"


def month_name(month: ServiceMonth) -> str:
    """A service month in words, ``November 2025``."""
    return f"{_ENGLISH_MONTHS[month.month - 1]} {month.year}"


def clock(seconds: int) -> str:
    """A duration as minutes and seconds, never rounded: ``75:30``."""
    return f"{seconds // 60}:{seconds % 60:02d}"


def dollars(amount: Decimal | None) -> str:
    """An amount as ``$1,234.50``; a dash where there is none."""
    return NONE_ON_FILE if amount is None else f"${amount:,.2f}"


def icd10(code: str) -> str:
    """An ICD-10-CM code with its dot: ``E11.9`` for ``E119``."""
    plain = code.replace(".", "").upper()
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


def phone(number: str) -> str:
    """A ten-digit US number as ``(415) 555-0100``; anything else as it is on file."""
    digits = re.sub(r"\D", "", number)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}" if len(digits) == 10 else number


def codes(lines: Iterable[DecisionLine]) -> str:
    """Codes with their units, ``99490 ×1, 99439 ×2``."""
    return ", ".join(f"{line.code} ×{line.units}" for line in lines)


def codes_shown(lines: Iterable[DecisionLine]) -> str:
    """Codes with their units for a page or document: a code keeps its units beside it where the line breaks."""
    return codes(lines).replace(" ×", "\u00a0×")


def expected_amount(lines: Iterable[DecisionLine]) -> Decimal:
    """What the lines are still expected to pay in dollars: an estimate."""
    return sum((line.expected for line in lines), Decimal(0))


def paid_first(lines: Iterable[DecisionLine]) -> Decimal:
    """What first plans paid of the lines in dollars, as far as it was taken off what is expected."""
    return sum((line.paid_first for line in lines), Decimal(0))


def charged_amount(lines: Iterable[DecisionLine]) -> Decimal | None:
    """What the practice charges for the lines in dollars, or None where one of them has no charge on file."""
    charges = [line.charge for line in lines]
    return None if None in charges else sum((c for c in charges if c is not None), Decimal(0))


def portions(text: str, size: int = 700) -> tuple[str, ...]:
    """The text in pieces of at most ``size`` characters, broken at blanks where there are any, none lost but the blanks there.

    A table's row must fit a page: one that does not is continued without its header, and a screen reader is then lost.
    """
    found = []
    while len(text) > size:
        at = text.rfind(" ", 1, size + 1)
        head, text = (text[:size], text[size:]) if at < 0 else (text[:at], text[at + 1 :])
        found.append(head)
    return (*found, text)


def file_size(size: int) -> str:
    """A file's size for a reader: bytes below 1 KB, else KB."""
    return f"{size} bytes" if size < 1024 else f"{size / 1024:,.0f} KB"
