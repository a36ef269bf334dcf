"""Which practices would bill the same patient-month, found by the vendor in all practices' sealed packets. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flows import ledger, packets
from flows.ccm import consent
from flows.ccm.claims import OTHER_PRACTICE
from flows.ccm.decision import BILL, Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.ledger import DECISIONS, PATIENT_MONTHS
from flows.registry import FREE, Registry, open_registry
from flows.settings import Settings
from flows.store import Store


@dataclass(frozen=True, slots=True)
class Claimant:
    """A practice that bills a patient-month or was held for another. ``standing`` is what the registry says of it."""

    practice: str
    patient_key: str
    consent: date | None
    outcome: str
    standing: str


def collisions(settings: Settings, practices: Iterable[Practice], month: ServiceMonth) -> tuple[tuple[Claimant, ...], ...]:
    """The patient-months with a claimant in two practices or more, each with its claimants in order of practice.

    Raises StoreError, RegistryError where a practice's registry has no key, LedgerError for evidence of another version.
    """
    found: dict[str, list[Claimant]] = {}
    for practice in practices:
        registry = open_registry(settings, practice)
        for name, claimant in _claimants(Store(settings, practice.slug), registry, practice, month):
            found.setdefault(name, []).append(claimant)
    return tuple(tuple(found[name]) for name in sorted(found) if len({c.practice for c in found[name]}) > 1)


def _claimants(store: Store, registry: Registry, practice: Practice, month: ServiceMonth) -> Iterable[tuple[str, Claimant]]:
    number = packets.latest(store, month)
    if not number:
        return
    months = ledger.from_lines(packets.read_file(store, month, number, PATIENT_MONTHS), PatientMonth)
    decisions = ledger.from_lines(packets.read_file(store, month, number, DECISIONS), Decision)
    for patient_month, decision in zip(months, decisions, strict=True):
        wanted = decision.outcome == BILL or any(reason.id == OTHER_PRACTICE for reason in decision.reasons)
        name = registry.name_of(patient_month, decision) if wanted else ""
        if name:
            answer = consent.governing(patient_month.consents, month)
            standing = _standing(registry, name)
            yield name, Claimant(practice.slug, decision.patient_key, answer.on if answer else None, decision.outcome, standing)


def _standing(registry: Registry, name: str) -> str:
    entry = registry.entry(name)
    if entry is None or entry.state == FREE:
        return "free"
    return f"{entry.state} here" if entry.holder == registry.holder(name) else f"{entry.state} elsewhere"
