"""The packet's PDFs: care-plan summaries, supervision attestations, the time log, and claims on paper where so chosen."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping

from flows.ccm.decision import BILL
from flows.ccm.month_result import MonthResult
from flows.outbox.attestation import attestation, attestation_name, months_by_signer, signature_tooltip
from flows.outbox.batches import batches
from flows.outbox.care_plan_summary import care_plan_name, care_plan_summary
from flows.outbox.paper_claims import paper_claim_parts
from flows.outbox.pdf import Document, key_of, render_all
from flows.outbox.time_log import time_log_parts

KEYS = "documents.json"  # each PDF of the packet with the key it was rendered under

# Given each file's name and bytes, once.
Take = Callable[[str, bytes], None]
# Asked batch by batch for the keys wanted; gives the bytes of those it has.
Rendered = Callable[[frozenset[str]], Mapping[str, bytes]]
# Given what was rendered, by key, batch by batch, so that a run that dies has lost one batch at most.
Keep = Callable[[Mapping[str, bytes]], None]


def _nothing(_: frozenset[str]) -> Mapping[str, bytes]:
    return {}


def _unkept(_: Mapping[str, bytes]) -> None:
    return None


def write_documents(
    result: MonthResult, take: Take, processes: int = 2, rendered: Rendered = _nothing, keep: Keep = _unkept
) -> None:
    """Give ``take`` every PDF of the month by its name in the packet: a care-plan summary for each billed patient, an
    attestation for each practitioner billed under, the time log (in numbered parts where it is very long); at last their keys.

    A document whose text, style, font and engine are those of one in ``rendered`` is not rendered again. The same month
    gives the same bytes either way, on any number of processes, in no certain order. Batches alone are held, neither the
    texts of a month nor its PDFs. Raises RuntimeError where the font is not installed.
    """
    keys: dict[str, str] = {}

    def missing() -> Iterator[Document]:
        for batch in batches(_documents(result)):
            wanted = {document.name: key_of(document) for document in batch}
            keys.update(wanted)
            found = rendered(frozenset(wanted.values()))
            for name in [name for name, key in wanted.items() if key in found]:
                take(name, found[wanted.pop(name)])
            found = {}
            yield from (document for document in batch if document.name in wanted)

    # In batches again: what is missing of many fills one, and two documents alone do not start the renderer's processes.
    for made in render_all(batches(missing()), processes):
        keep({keys[name]: data for name, data in made.items()})
        for name, data in made.items():
            take(name, data)
    take(KEYS, json.dumps(keys, indent=1, sort_keys=True).encode("ascii") + b"\n")


def _documents(result: MonthResult) -> Iterator[Document]:
    for patient_month, decision in zip(result.patient_months, result.decisions, strict=True):
        if decision.outcome == BILL:
            yield Document(care_plan_name(decision.patient_key), care_plan_summary(result, patient_month, decision))
    for signer, own in months_by_signer(result).items():
        yield Document(attestation_name(signer), attestation(own, signer), signature_tooltip(own, signer))
    for parts in (time_log_parts(result), paper_claim_parts(result)):
        for name, xhtml in parts:
            yield Document(name, xhtml)
