"""The worklist of a month so far: read and decided as a packet's month is, but nothing is claimed, written or sealed."""

from __future__ import annotations

from flows import steps
from flows.ccm.decide import decide
from flows.ccm.practice import Practice, terms_of
from flows.ccm.service_month import ServiceMonth
from flows.ccm.worklist import worklist
from flows.outbox.worklist_files import write_worklist
from flows.rulebook.resolve import load
from flows.store import Store


def make_worklist(store: Store, practice: Practice, month: ServiceMonth) -> tuple[dict[str, bytes], tuple[int, int]]:
    """The worklist's files by name, and how many patients are near a unit and consents or plans about to lapse.

    The same inbox gives the same bytes. The files hold PHI. Raises EmptyInbox, StoreError, RulebookError.
    """
    intake = steps.read_month(store, practice, month)
    rules = load().in_force(month, terms_of(practice, month.last_day))
    decisions = [decide(patient_month, rules) for patient_month in intake.patient_months]
    found = worklist(intake.patient_months, decisions, rules)
    return write_worklist(found, practice, month, rules), (len(found.near), len(found.lapses))
