"""Claims for practices on paper: box values as CSV, and for a practice that so chose as sheets to print, a page a claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.ccm.claim import Claim
from flows.ccm.month_result import MonthResult
from flows.outbox import wording
from flows.outbox.cms1500 import cms1500_forms
from flows.outbox.letterhead import letterhead
from flows.outbox.paper_form import PaperForm
from flows.outbox.spreadsheet import csv_bytes
from flows.outbox.templates import fill
from flows.outbox.ub04 import ub04_forms

_FORMS = {"837P": ("cms-1500", "CMS-1500 (02/12)", cms1500_forms), "837I": ("ub-04", "UB-04", ub04_forms)}
_FORMS_A_PART = 50  # as the time log: a late entry changes one part, and memory stays bounded
_CHOICE, _PRINTED = "paper_claims", "printed"


def paper_csv(claims: Sequence[Claim], form: str) -> dict[str, bytes]:
    """The box values of the checked claims on the paper form of ``form`` (837P, 837I), one box a row, by file name."""
    name, _, forms = _FORMS[form]
    rows = [(f.claim_id, f.sheet, box.number, box.what, box.value) for f in forms(claims) for box in f.boxes]
    return {f"claims/{name}.csv": csv_bytes(("claim_id", "form_number", "box", "what", "value"), rows)}


def paper_claim_parts(result: MonthResult) -> Iterator[tuple[str, str]]:
    """The sheets as (file name, XHTML), fifty to a file; none where the practice did not choose to have them printed."""
    choice = result.practice.choices.get(_CHOICE)
    if choice is None or choice.value != _PRINTED:
        return
    stem, title, of = _FORMS[result.rules.claim_form]
    forms = list(of(result.claims_sent))
    parts = [forms[n : n + _FORMS_A_PART] for n in range(0, len(forms), _FORMS_A_PART)]
    for number, part in enumerate(parts, 1):
        name = f"claims/{stem}.pdf" if len(parts) == 1 else f"claims/{stem}-{number:02d}.pdf"
        yield name, _sheets(result, title, part, number, len(parts))


def _sheets(result: MonthResult, title: str, forms: Sequence[PaperForm], part: int, parts: int) -> str:
    return fill(
        "paper-claims.html",
        practice=letterhead(result.practice),
        month=wording.month_name(result.month),
        form=title,
        forms=forms,
        part=part,
        parts=parts,
        test=result.practice.test,
    )
