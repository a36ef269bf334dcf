"""The packet's PDFs: care-plan summaries, supervision attestations, the time log, and claims on paper where so chosen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from flows.ccm.decision import BILL
from flows.ccm.month_result import MonthResult
from flows.outbox.attestation import attestation, attestation_name, attesting_practitioners, signature_tooltip
from flows.outbox.care_plan_summary import care_plan_name, care_plan_summary
from flows.outbox.paper_claims import paper_claim_parts
from flows.outbox.pdf import Document, key_of, render_all
from flows.outbox.time_log import time_log_parts

KEYS = "documents.json"  # each PDF of the packet with the key it was rendered under

BATCH = 200  # documents rendered, half a minute's work, before they are given to be kept

# Asked once for the keys wanted; gives the bytes of those it has.
Rendered = Callable[[frozenset[str]], Mapping[str, bytes]]
# Given what was rendered, by key, batch by batch, so that a run that dies has lost one batch at most.
Keep = Callable[[Mapping[str, bytes]], None]


def _nothing(_: frozenset[str]) -> Mapping[str, bytes]:
    return {}


def _unkept(_: Mapping[str, bytes]) -> None:
    return None


def write_documents(
    result: MonthResult, processes: int = 2, rendered: Rendered = _nothing, keep: Keep = _unkept
) -> dict[str, bytes]:
    """Every PDF of the month by its name in the packet: a care-plan summary for each billed patient, an attestation for
    each practitioner billed under, the time log (in numbered parts where it is very long); and their render keys.

    A document whose text, style, font and engine are those of one in ``rendered`` is not rendered again. The same month
    gives the same bytes either way, on any number of processes. Raises RuntimeError where the font is not installed.
    """
    documents = _documents(result)
    keys = {document.name: key_of(document) for document in documents}
    kept = rendered(frozenset(keys.values()))
    made: dict[str, bytes] = {}
    batch: dict[str, bytes] = {}
    for name, data in render_all([document for document in documents if keys[document.name] not in kept], processes):
        made[name] = batch[keys[name]] = data
        if len(batch) >= BATCH:
            keep(batch)
            batch = {}
    if batch:
        keep(batch)
    files = {name: kept[key] if key in kept else made[name] for name, key in keys.items()}
    files[KEYS] = json.dumps(keys, indent=1, sort_keys=True).encode("ascii") + b"\n"
    return files


def _documents(result: MonthResult) -> list[Document]:
    documents = [
        Document(care_plan_name(decision.patient_key), care_plan_summary(result, patient_month, decision))
        for patient_month, decision in zip(result.patient_months, result.decisions, strict=True)
        if decision.outcome == BILL
    ]
    for practitioner in attesting_practitioners(result):
        documents.append(
            Document(attestation_name(practitioner), attestation(result, practitioner), signature_tooltip(result, practitioner))
        )
    documents.extend(Document(name, xhtml) for name, xhtml in time_log_parts(result))
    documents.extend(Document(name, xhtml) for name, xhtml in paper_claim_parts(result))
    return documents
