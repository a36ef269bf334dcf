"""The identifiers of a practice, as field types: each says what is wrong and how to mend it."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator

from flows.tenancy.contractors import contractors

_STATES = frozenset(state for numbers in contractors().values() for states in numbers.values() for state in states)


def npi_check_digit(first_nine: str) -> str:
    """The tenth digit of an NPI: Luhn over the nine digits after the prefix 80840 (45 CFR 162.406, ISO/IEC 7812)."""
    total = 0
    for position, digit in enumerate(reversed("80840" + first_nine)):
        value = int(digit) * (2 if position % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def _npi(value: str) -> str:
    if not re.fullmatch(r"[12][0-9]{9}", value):
        raise ValueError("not an NPI; write the ten digits, the first is 1 or 2")
    if npi_check_digit(value[:9]) != value[9]:
        raise ValueError("the NPI's check digit is wrong; look the number up in the NPI registry")
    return value


def _taxonomy(value: str) -> str:
    if not re.fullmatch(r"[0-9]{3}[0-9A-Z]{6}X", value):
        raise ValueError("not a provider taxonomy code; write its ten characters, like 207Q00000X")
    return value


def _tax_id(value: str) -> str:
    digits = value.replace("-", "", 1) if re.fullmatch(r"[0-9]{2}-[0-9]{7}", value) else value
    if not re.fullmatch(r"[0-9]{9}", digits) or digits.startswith("00") or len(set(digits)) == 1:
        raise ValueError("not an EIN; write its nine digits, like 12-3456789")
    return digits


def _zip_plus_4(value: str) -> str:
    if not re.fullmatch(r"[0-9]{5}-?[0-9]{4}", value) or value.endswith("0000") or value.startswith("00000"):
        raise ValueError("not a ZIP+4; claims need all nine digits of the practice's own address, like 94110-1234")
    return value.replace("-", "")


def _phone(value: str) -> str:
    digits = re.sub(r"[ ().-]", "", value)
    if not re.fullmatch(r"[2-9][0-9]{2}[2-9][0-9]{6}", digits):
        raise ValueError("not a US telephone number; write ten digits, area code first")
    return digits


def _state(value: str) -> str:
    if value not in _STATES:
        raise ValueError("not a state or territory; write its two capital letters")
    return value


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())  # reads the whole zone folder


def _time_zone(value: str) -> str:
    if "/" not in value or value not in _time_zones():
        raise ValueError("not an IANA time zone; write one like America/Los_Angeles")
    return value


Npi = Annotated[str, AfterValidator(_npi)]
Taxonomy = Annotated[str, AfterValidator(_taxonomy)]
TaxId = Annotated[str, AfterValidator(_tax_id)]
ZipPlus4 = Annotated[str, AfterValidator(_zip_plus_4)]
Phone = Annotated[str, AfterValidator(_phone)]
State = Annotated[str, AfterValidator(_state)]
TimeZone = Annotated[str, AfterValidator(_time_zone)]
