"""The order of a claim's diagnoses: its shape in the conditions file, and its rules as the core carries them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field, StringConstraints

from flows.ccm.citation import Citation
from flows.ccm.diagnosis_order import CodeFirst
from flows.rulebook.schema import CitationText, Dated, Strict

# The beginning of ICD-10-CM codes: a category, or more of a code, with its dot.
Beginning = Annotated[str, StringConstraints(pattern=r"^[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4})?$")]


class Pair(Strict):
    """Diagnoses that stand before others on a claim."""

    underlying: Annotated[list[Beginning], Field(min_length=1)]
    then: Annotated[list[Beginning], Field(min_length=1)]
    citation: CitationText


class CodeFirstBlock(Dated):
    """The order of diagnoses in one version."""

    pair: Annotated[list[Pair], Field(min_length=1)]


def resolved(block: CodeFirstBlock) -> tuple[CodeFirst, ...]:
    """The block without its dates, its codes without their dots."""
    return tuple(
        CodeFirst(_plain(pair.underlying), _plain(pair.then), Citation(**pair.citation.model_dump())) for pair in block.pair
    )


def _plain(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(code.replace(".", "") for code in codes)
