"""The packet's PDFs: care-plan summaries, supervision attestations and the time log."""

from __future__ import annotations

from flows.ccm.decision import BILL
from flows.ccm.month_result import MonthResult
from flows.outbox.attestation import attestation, attestation_name, attesting_practitioners, signature_tooltip
from flows.outbox.care_plan_summary import care_plan_name, care_plan_summary
from flows.outbox.pdf import Document, render_all
from flows.outbox.time_log import time_log_parts


def write_documents(result: MonthResult, processes: int = 2) -> dict[str, bytes]:
    """Every PDF of the month by its name in the packet: a care-plan summary for each billed patient, an attestation for
    each practitioner billed under, the time log (in numbered parts where it is very long).

    The same month gives the same bytes on any number of processes. Raises RuntimeError where the font is not installed.
    """
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
    return render_all(documents, processes)
