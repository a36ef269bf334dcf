"""The shape of single claim elements: what a payer can tell wrong of a value alone. Each predicate is true for a good value."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from flows.outbox.x12_segments import BASIC, STREET, digits, plain

# USPS Publication 28, appendix B: states, territories, freely associated states, military addresses.
STATES = frozenset((
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
    "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
    "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "AS", "GU", "MP", "PR", "VI", "FM",
    "MH", "PW", "AA", "AE", "AP",
))  # fmt: skip
# SBR05, why Medicare pays second (guide X222A1, loop 2000B).
MSP_TYPES = frozenset({"12", "13", "14", "15", "16", "41", "42", "43", "47"})
# SBR02 and CAS01 (guide X222A1, loops 2320 and 2430).
RELATIONSHIPS = frozenset({"01", "18", "19", "20", "21", "39", "40", "53", "G8"})
ADJUSTMENT_GROUPS = frozenset({"CO", "CR", "OA", "PI", "PR"})
LARGEST_CHARGE = Decimal("99999.99")

_CENT = Decimal("0.01")
_ALPHA, _ALNUM = "[AC-HJKMNP-RT-Y]", "[AC-HJKMNP-RT-Y0-9]"
# CMS, "Understanding the MBI": position by position; letters never S, L, O, I, B, Z.
_MBI = re.compile(rf"[1-9]{_ALPHA}{_ALNUM}\d{_ALPHA}{_ALNUM}\d{_ALPHA}{_ALPHA}\d\d\Z", re.ASCII)
# Synthetic records carry MBIs that CMS will never issue: the same positions, with the letters it leaves out.
_MBI_SYNTHETIC = re.compile(r"[1-9][A-Z][A-Z0-9]\d[A-Z][A-Z0-9]\d[A-Z][A-Z]\d\d\Z", re.ASCII)
_PO_BOX = re.compile(
    r"\bP\W*O\W*(?:BOX|B\b)|\bPOB\b|\bPOST\s+OFFICE\s+BOX|\bLOCK\s*BOX|^\W*BOX\s+\W*\d|\bGENERAL\s+DELIVERY\b|\bDRAWER\s+\w"
)


def pattern(regex: str) -> Callable[[str], bool]:
    """A predicate: the whole text matches."""
    compiled = re.compile(rf"(?:{regex})\Z", re.ASCII)
    return lambda text: compiled.match(text) is not None


def npi(text: str) -> bool:
    """Ten digits, first 1 or 2, Luhn check digit over 80840 and the number (45 CFR 162.406; ISO/IEC 7812)."""
    if re.match(r"[12]\d{9}\Z", text, re.ASCII) is None:
        return False
    total = 0
    for position, char in enumerate(reversed("80840" + text)):
        value = int(char) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mbi(text: str, synthetic: bool) -> bool:
    """A Medicare Beneficiary Identifier without dashes; ``synthetic`` also admits the letters that CMS never issues."""
    return (_MBI_SYNTHETIC if synthetic else _MBI).match(text) is not None


taxonomy = pattern(r"\d{3}[0-9A-Z]{6}X")
icd10 = pattern(r"[A-Z]\d[0-9AB][0-9A-Z]{0,4}")
claim_id = pattern(r"[A-Z0-9][A-Z0-9.\-]{0,19}")
line_control = pattern(r"[A-Z0-9][A-Z0-9.\-]{0,29}")
payer_id = pattern(r"[A-Z0-9]{2,15}")
member_id = pattern(r"[A-Z0-9][A-Z0-9\-]{1,79}")
contractor = pattern(r"\d{5}")
condition_code = pattern(r"D\d|E0")
adjustment_reason = pattern(r"[A-Z]?\d{1,3}|[A-Z]\d{1,2}")


def tax_id(text: str) -> bool:
    """An EIN: nine digits without a dash, not one digit repeated, prefix not 00."""
    return re.match(r"\d{9}\Z", text, re.ASCII) is not None and len(set(text)) > 1 and not text.startswith("00")


def zip5or9(text: str) -> bool:
    """A ZIP code of five or nine digits."""
    return re.match(r"\d{5}(?:\d{4})?\Z", text, re.ASCII) is not None and not text.startswith("00000")


def zip9(text: str) -> bool:
    """A nine-digit ZIP code with a real delivery segment."""
    return zip5or9(text) and len(text) == 9 and not text.endswith("0000")


def state(text: str) -> bool:
    """A state or territory abbreviation."""
    return text in STATES


def telephone(text: str) -> bool:
    """A North American number of ten digits, however punctuated."""
    return re.match(r"[2-9]\d{9}\Z", digits(text), re.ASCII) is not None


def words(longest: int, shortest: int = 1) -> Callable[[str], bool]:
    """A predicate: once spelled in ASCII capitals, in the basic character set, with a letter or digit, of this length."""

    def fits(text: str) -> bool:
        spelled = plain(text)
        readable = any(c.isalnum() for c in spelled) or not spelled
        return shortest <= len(spelled) <= longest and BASIC.match(spelled) is not None and readable

    return fits


def street(longest: int, shortest: int = 1) -> Callable[[str], bool]:
    """Like ``words``, for a street line, which may hold a number sign."""

    def fits(text: str) -> bool:
        spelled = plain(text)
        return shortest <= len(spelled) <= longest and STREET.match(spelled) is not None

    return fits


def post_box(text: str) -> bool:
    """Whether a street line names a post office box, a lock box, a drawer or general delivery."""
    return _PO_BOX.search(plain(text)) is not None


def cents(amount: Decimal) -> bool:
    """Whether an amount is a Decimal of whole cents and not beyond what a claim can say (99,999.99 either way)."""
    if not isinstance(amount, Decimal) or not amount.is_finite() or abs(amount) > LARGEST_CHARGE:
        return False
    return amount == amount.quantize(_CENT)
