"""An 837 file read back into the claims it makes, by its own delimiters: a second reading, apart from the code that wrote it.

A file that was damaged gives what can still be read; what is missing is empty, and shows as a difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

_ISA_LENGTH = 106
_AMOUNT = re.compile(r"\d{1,9}|\d{0,9}\.\d{1,2}", re.ASCII)
_LINE = {"SV1": (1, 2, 4), "SV2": (2, 3, 5)}  # where a service line has procedure, charge and units


@dataclass(slots=True)
class ReadLine:
    """A service line as the file has it; dates as YYYYMMDD."""

    code: str
    charge: Decimal
    units: str
    service_from: str = ""
    service_to: str = ""
    control: str = ""

    def told(self) -> tuple[object, ...]:
        """The line as a value to compare."""
        return self.code, self.charge, self.units, self.service_from, self.service_to, self.control


@dataclass(slots=True)
class ReadClaim:
    """A claim as the file has it. ``place`` is CLM05-1, ``frequency`` CLM05-3.

    ``npi`` is that of the practitioner on the claim, else of the practice. ``payer`` is the id of the payer that it is sent to,
    ``reference`` that payer's own number of the claim which this one replaces or voids (REF F8), ``paid_in_all`` AMT D.
    """

    claim_id: str
    form: str
    total: Decimal
    place: str
    frequency: str
    family_name: str
    given_name: str
    member_id: str
    born: str
    sex: str
    npi: str
    billing_npi: str
    tax_id: str
    payer: str
    authorization: str = ""
    reference: str = ""
    paid_in_all: Decimal = Decimal(0)
    second: bool = False  # whether the plan billed pays second (SBR01)
    diagnoses: list[str] = field(default_factory=list)
    paid_first: list[Decimal] = field(default_factory=list)  # what another plan paid, line by line (SVD02)
    lines: list[ReadLine] = field(default_factory=list)


def read_claims(text: str) -> list[ReadClaim]:
    """The claims of an interchange, in order; none where the text is not one."""
    claims: list[ReadClaim] = []
    claim: ReadClaim | None = None
    form, npi, tax_id, payer, person, birth, second = "", "", "", "", ["", "", ""], ["", ""], False
    component = text[_ISA_LENGTH - 2 : _ISA_LENGTH - 1] or ":"
    for tag, *elements in _segments(text):
        at = Elements(elements, component)
        if tag == "ST":
            form = {"222": "837P", "223": "837I"}.get(at[3].partition("X")[2][:3], "")
        elif tag == "HL" and at[3] == "23":
            claim = None  # the patient below the plan's holder: the holder's number at the plan stays
        elif tag == "HL":
            claim, person, birth = None, ["", "", ""], ["", ""]
        elif tag == "NM1" and at[1] == "85":
            npi = at[9]
        elif tag == "CLM":
            billed_by = (npi, npi, tax_id, payer)
            claim = ReadClaim(
                at[1], form, amount(at[2]), at.part(5, 1), at.part(5, 3), *person, *birth, *billed_by, second=second
            )
            claims.append(claim)
        elif claim is not None:
            _into(claim, tag, at)
        elif tag == "SBR":
            second, payer = at[1] == "S", ""
        elif tag == "REF" and at[1] == "EI":
            tax_id = at[2]
        elif tag == "NM1" and at[1] == "PR":
            payer = at[9]
        elif tag == "NM1" and at[1] == "IL":
            person = [at[3], at[4], at[9]]
        elif tag == "NM1" and at[1] == "QC":
            person = [at[3], at[4], person[2]]
        elif tag == "DMG":
            birth = [at[2], at[3]]
    return claims


class Elements:
    """A segment's elements, counted from 1 as the guides do; one that is not there is empty."""

    def __init__(self, elements: list[str], component: str) -> None:
        self._elements, self._component = elements, component

    def __getitem__(self, number: int) -> str:
        return self._elements[number - 1] if number <= len(self._elements) else ""

    def __len__(self) -> int:
        return len(self._elements)

    def part(self, number: int, component: int) -> str:
        """A component of a composite element."""
        parts = self[number].split(self._component)
        return parts[component - 1] if component <= len(parts) else ""


def amount(text: str) -> Decimal:
    """An amount in dollars; NaN, which equals nothing, where the text is none."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else Decimal("NaN")


def _into(claim: ReadClaim, tag: str, at: Elements) -> None:
    if tag == "HI":
        codes = ((at.part(n, 1), at.part(n, 2)) for n in range(1, len(at) + 1))
        claim.diagnoses += [code for kind, code in codes if kind in ("ABK", "ABF")]
    elif tag == "NM1" and at[1] in ("82", "71"):
        claim.npi = at[9]
    elif tag == "REF" and at[1] == "G1" and not claim.lines:
        claim.authorization = at[2]
    elif tag == "REF" and at[1] == "F8" and not claim.lines:
        claim.reference = at[2]
    elif tag == "AMT" and at[1] == "D" and not claim.lines:
        claim.paid_in_all = amount(at[2])
    elif tag in _LINE:
        code, charge, units = _LINE[tag]
        claim.lines.append(ReadLine(at.part(code, 2), amount(at[charge]), at[units]))
    elif claim.lines and tag == "SVD":
        claim.paid_first.append(amount(at[2]))
    elif claim.lines and tag == "DTP" and at[1] == "472":
        first, _, last = at[3].partition("-")
        claim.lines[-1].service_from, claim.lines[-1].service_to = first, last or first
    elif claim.lines and tag == "REF" and at[1] == "6R":
        claim.lines[-1].control = at[2]


def _segments(text: str) -> Iterator[list[str]]:
    if not text.startswith("ISA") or len(text) < _ISA_LENGTH:
        return
    element, terminator = text[3], text[_ISA_LENGTH - 1]
    for segment in text.split(terminator):
        if segment.strip():
            yield segment.strip("\r\n").split(element)
