"""A small packet of an invented month, made as a run makes it, with everything but the storage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from flows import steps
from flows.ccm import claims
from flows.ccm.decision import Reason
from flows.ccm.month_result import MonthResult
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.intake.reading import InboxObject, read_month
from flows.outbox.manifest import write_manifest
from flows.packets import MANIFEST
from flows.rulebook.resolve import load
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice

MONTH = ServiceMonth(2025, 11)
TENANTS = Path(__file__).parents[2] / "tenants"


def decided(practice: Practice, patients: int) -> MonthResult:
    """An invented month, read and decided."""
    objects = synthesize(practice, MONTH, patients, 5, records="mixed").objects
    intake = read_month((InboxObject(key, "v1", data) for key, data in objects.items()), practice, MONTH, load().crosswalk)
    return steps.decide_month(intake, practice, MONTH)


class Kept:
    """Documents that a packet of this session already had: rendering them again would tell nothing new."""

    def __init__(self) -> None:
        self._made: dict[str, bytes] = {}

    def __call__(self, keys: frozenset[str]) -> dict[str, bytes]:
        return {key: self._made[key] for key in keys & self._made.keys()}

    def keep(self, documents: dict[str, bytes]) -> None:
        self._made |= documents

    def holding(self, sha256: str) -> None:
        """Nothing of a packet is read from here: the tests look at its files over and over."""


_KEPT = Kept()


def packet_of(month: MonthResult, number: int = 1) -> dict[str, bytes]:
    """Every file of the month's packet, the manifest too."""
    files = steps.make_packet(month, number, 1, _KEPT)
    return {**files, MANIFEST: write_manifest(month, number, 0, files.sums)}


def withdrawn(month: MonthResult, at: int) -> MonthResult:
    """The month with one billed patient held instead, as a late fact would."""
    key = month.claims[at].patient.key
    decisions = tuple(claims.held(d, [Reason("consent.missing")]) if d.patient_key == key else d for d in month.decisions)
    return replace(month, decisions=decisions, claims=tuple(c for c in month.claims if c.patient.key != key))


@pytest.fixture(scope="session")
def office() -> MonthResult:
    return decided(load_practice(TENANTS, "bayview-family"), 10)


@pytest.fixture(scope="session")
def packet(office: MonthResult) -> dict[str, bytes]:
    return packet_of(office)


@pytest.fixture(scope="session")
def rural_packet() -> dict[str, bytes]:
    return packet_of(decided(load_practice(TENANTS, "cumberland-rural"), 8))
