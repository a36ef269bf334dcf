"""Codes of a condition: the form of an ICD-10-CM code, and what tells a diagnosis from a finding or a circumstance."""

from __future__ import annotations

import re

_ICD10 = re.compile(r"[A-Z]\d[0-9A-Z]\.?(?:[0-9A-Z]{1,4})?\Z", re.ASCII)
_TAG = re.compile(r"\(([a-z][a-z /+-]*)\)?[a-z]?\s*\Z")  # exports cut the closing bracket off, or run on behind it
_DIAGNOSIS_TAGS = ("disorder", "disease")
# Displays that carry no semantic tag, and say a circumstance or a history all the same.
_CIRCUMSTANCES = re.compile(
    r"\A(history of|suspected|family history|at risk|awaiting)\b"
    r"|\b(employment|unemployed|labou?r force|education|housing|homeless|transport|criminal record|social contact"
    r"|social isolation|stress)\b",
    re.IGNORECASE,
)
_SOCIAL = re.compile(r"Z(5[5-9]|6[0-5])")  # ICD-10-CM's block of socioeconomic and psychosocial circumstances


def icd10_code(text: str) -> str:
    """An ICD-10-CM code in capitals as written, with or without its dot; empty where the text has not the code's form."""
    code = text.strip().upper()
    return code if _ICD10.match(code) else ""


def icd10_key(code: str) -> str:
    """A code without its dot: what two writings of one code have in common."""
    return code.replace(".", "").upper()


def not_a_diagnosis(icd10: str, snomed: str, display: str, crosswalked: bool) -> str:
    """Why a coded record is no diagnosis (a word or two for a tally), or empty where it is one.

    An ICD-10-CM code is a diagnosis except in the block of social circumstances. A SNOMED concept of the crosswalk is one,
    whatever its tag; else the semantic tag at the end of the display decides, and without a tag its words.
    """
    if icd10 and not crosswalked:
        return "social circumstance" if _SOCIAL.match(icd10) else ""
    if crosswalked:
        return ""
    tag = _TAG.search(display.strip().casefold())
    if tag and tag[1] not in _DIAGNOSIS_TAGS and snomed:
        return tag[1]
    if not tag and _CIRCUMSTANCES.search(display):
        return "circumstance"
    return ""
