"""The audit binder's pages, kept in the packet as finished text: what an auditor is shown never depends on later rules or looks.

One line a claim in ``binder/pages.jsonl``, and beside it the style sheets that the text is to be rendered with. The order of
sections is the one in which reviewers ask.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from flows.ccm.claim import Claim
from flows.ccm.decision import Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.outbox import wording
from flows.outbox.attestation import fingerprint, months_by_signer
from flows.outbox.binder_sections import Billed, sections
from flows.outbox.letterhead import letterhead
from flows.outbox.pdf import Style
from flows.outbox.templates import fill, static_text

PAGES, LOOK, PLAIN = "binder/pages.jsonl", "binder/look.css", "binder/plain.css"


@dataclass(frozen=True, slots=True)
class BinderPage:
    """A claim's binder as it lies in a packet: the claim, the patient's key and record number, the text to render."""

    claim_id: str
    patient: str
    mrn: str
    xhtml: str


def write_pages(result: MonthResult) -> Iterator[bytes]:
    """``binder/pages.jsonl``: a line for each claim of the month, by claim id."""
    known = {m.patient.key: (m, d) for m, d in zip(result.patient_months, result.decisions, strict=True)}
    digests = {signer: fingerprint(own, signer) for signer, own in months_by_signer(result).items()}
    for claim in sorted(result.claims, key=lambda claim: claim.claim_id):
        yield _line(result, claim, *known[claim.patient.key], digests[claim.rendering.id])


def write_styles() -> dict[str, bytes]:
    """The style sheets that the pages are to be rendered with, by name in the packet."""
    style = static_text("print.css") + static_text("binder.css")
    return {LOOK: style.encode(), PLAIN: static_text("plain.css").encode()}


def read_pages(data: bytes) -> Iterator[BinderPage]:
    """The pages of a packet, by claim id. Raises ValueError or KeyError for what is not as written."""
    for line in data.decode("utf-8").splitlines():
        page = json.loads(line)
        yield BinderPage(page["claim_id"], page["patient"], page["mrn"], page["xhtml"])


def read_style(look: bytes, plain: bytes) -> Style:
    """The style sheets of a packet."""
    return Style(look.decode("utf-8"), plain.decode("utf-8"))


def _line(result: MonthResult, claim: Claim, month: PatientMonth, decision: Decision, digest: str) -> bytes:
    xhtml = fill(
        "binder.html",
        practice=letterhead(result.practice),
        claim_id=claim.claim_id,
        month=wording.month_name(result.month),
        sections=tuple(sections(Billed(result, claim, month, decision, digest))),
        test=result.practice.test,
    )
    page = {"claim_id": claim.claim_id, "patient": claim.patient.key, "mrn": claim.patient.mrn, "xhtml": xhtml}
    return json.dumps(page, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"
