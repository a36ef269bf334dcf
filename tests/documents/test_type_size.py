"""Care plans in large type, where a practice so chose: measured on the page, in points."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import pikepdf
import pytest
from pydantic import ValidationError

from flows.ccm.practice import Choice
from flows.outbox.care_plan_summary import TYPE_SIZE, care_plan_summary
from flows.outbox.pdf import Document, render
from flows.tenancy.schema import PracticeRecord
from tests.documents.examples import PRACTICE, month_result
from tests.documents.pdf_text import text_of


def plan(value: str | None) -> bytes:
    month = month_result()
    choices = {TYPE_SIZE: Choice(value, "Dr. Rivera", date(2025, 1, 2), "minutes")} if value else {}
    month = replace(month, practice=replace(PRACTICE, choices=choices))
    return render(Document("plan.pdf", care_plan_summary(month, month.patient_months[0], month.decisions[0])))


def sizes(pdf: bytes) -> set[float]:
    """Every size in which text is shown, in points: the font's, by the scale of its matrices."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return {size for page in document.pages for size in _shown(page.obj, page.resources.get("/XObject", {}), 1.0)}


def _shown(stream: pikepdf.Object, forms: pikepdf.Object, scale: float) -> set[float]:
    found, kept, text, font = set(), [], 1.0, 0.0
    for operands, operator in pikepdf.parse_content_stream(stream):
        match str(operator):
            case "q":
                kept.append(scale)
            case "Q":
                scale = kept.pop()
            case "cm":
                scale *= _scale(operands)
            case "Tm":
                text = _scale(operands)
            case "Tf":
                font = float(operands[1])
            case "Tj" | "TJ":
                found.add(round(font * text * scale, 1))
            case "Do":
                form = forms[str(operands[0])]
                found |= _shown(form, form.get("/Resources", {}).get("/XObject", {}), scale)
    return found


def _scale(matrix) -> float:
    a, b, c, d = (float(x) for x in matrix[:4])
    return abs(a * d - b * c) ** 0.5


def test_large_means_no_text_below_fourteen_points():
    assert min(sizes(plan("large"))) >= 14
    assert min(sizes(plan("standard"))) < 14


def test_no_recorded_choice_is_the_standard_size():
    assert plan(None) == plan("standard")


def test_the_words_are_the_same_in_both_sizes():
    assert sorted(set(text_of(plan("large")))) == sorted(set(text_of(plan("standard"))))


def test_a_size_that_is_none_is_refused():
    with pytest.raises(ValidationError, match="care_plan_type_size cannot be 'huge'; use standard or large"):
        PracticeRecord.model_validate(
            {"choices": {TYPE_SIZE: {"value": "huge", "by": "x", "on": date(2025, 1, 2), "source": "y"}}}
        )
