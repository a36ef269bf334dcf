"""What a manifest holds, as types: one that is sealed and yet of another shape is refused before anything reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

_Count = Annotated[int, Field(ge=0, strict=True)]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Dollars = Annotated[str, Field(pattern=r"^\d+(\.\d+)?$")]


@dataclass(frozen=True, slots=True)
class _Input:
    key: str
    version: str
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]  # empty: not opened
    rows: _Count
    counted: _Count
    excluded: _Count
    rejected: _Count
    excluded_as: dict[str, _Count]


@dataclass(frozen=True, slots=True)
class _Rows:
    input: _Count
    counted: _Count
    excluded: _Count
    rejected: _Count


@dataclass(frozen=True, slots=True)
class _Patients:
    in_month: _Count
    decisions: _Count
    bill: _Count
    hold: _Count
    not_billable: _Count


@dataclass(frozen=True, slots=True)
class _Seconds:
    logged: _Count
    counted: _Count
    excluded: _Count


@dataclass(frozen=True, slots=True)
class _Claims:
    count: _Count
    charged: _Dollars
    expected_estimate: _Dollars
    sent: _Count
    sent_charged: _Dollars


@dataclass(frozen=True, slots=True)
class _Balance:
    rows: _Rows
    patients: _Patients
    seconds: _Seconds
    claims: _Claims


@dataclass(frozen=True, slots=True)
class _File:
    bytes: _Count
    sha256: _Digest


@dataclass(frozen=True, slots=True)
class _Released:
    by: str
    at: str
    why: str
    decisions: str
    out: list[str]


@dataclass(frozen=True, slots=True)
class _Manifest:
    format: _Count
    practice: str
    month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    packet: Annotated[int, Field(ge=1, strict=True)]
    refers_to: Annotated[int, Field(ge=1, strict=True)] | None
    rulebook: str
    test: Annotated[bool, Field(strict=True)]
    inputs: list[_Input]
    balance: _Balance
    files: dict[str, _File]
    # Packets sealed before a month could be stopped do not say this.
    released: _Released | None = field(default=None)


def has_shape(content: object) -> bool:
    """Whether a manifest's content, without its seal, has every figure in its place and of its kind."""
    try:
        _adapter().validate_python(content)
    except ValidationError:
        return False
    return True


@cache
def _adapter() -> TypeAdapter[_Manifest]:
    return TypeAdapter(_Manifest)
