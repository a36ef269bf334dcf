"""A practice's invented month in which every value of a patient is a known canary, for telling where such values turn up."""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from datetime import date
from itertools import chain, count, repeat

from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.generate import synthesize

# What is replaced by a word that occurs nowhere else, what such a word is added to, and what is unlike anything as it is.
REPLACED = ("family_name", "given_name", "address_line1", "address_line2", "city", "call_id", "plan_name")
EXTENDED = ("description", "text", "detail")
KEPT = ("mrn", "mbi", "phone", "born", "member_id", "authorization_number", "entry_id", "postal_code")
_LETTERS = "bcdfghjkmnprstvwxz"


@dataclass(frozen=True)
class CanaryMonth:
    """The inbox by key, and each canary with the column that it came from."""

    objects: dict[str, bytes]
    canaries: dict[str, str]


def canary_month(practice: Practice, month: ServiceMonth, patients: int, seed: int) -> CanaryMonth:
    """An invented month as CSV with canaries in it. Another seed gives others."""
    words = (f"zq{_letters(number)}q" for number in count(seed * 10_000))
    instead: dict[tuple[str, str], str] = {}
    canaries: dict[str, str] = {}

    def planted(column: str, value: str) -> str:
        if not value:
            return value
        if column in REPLACED:
            value = instead.setdefault((column, value), next(words).capitalize())
            canaries[value] = column
        elif column in EXTENDED:
            word = next(words)
            canaries[word] = column
            value = f"{value} {word}"
        elif column in KEPT:
            canaries[value] = column
            if column == "born":
                canaries[f"{date.fromisoformat(value):%m/%d/%Y}"] = column
        return value

    objects = {}
    for key, data in synthesize(practice, month, patients, seed, records="csv").objects.items():
        rows = list(csv.reader(io.StringIO((gzip.decompress(data) if key.endswith(".gz") else data).decode())))
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(rows[0])
        writer.writerows(
            [planted(column, value) for column, value in zip(chain(rows[0], repeat("")), row, strict=False)] for row in rows[1:]
        )
        written = out.getvalue().encode()
        objects[key] = gzip.compress(written, mtime=0) if key.endswith(".gz") else written
    return CanaryMonth(objects, canaries)


def _letters(number: int) -> str:
    text = ""
    for _ in range(6):
        number, digit = divmod(number, len(_LETTERS))
        text += _LETTERS[digit]
    return text
