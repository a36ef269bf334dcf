"""A month's claims in the vendor-wide registry: claimed before its packet is made, made firm before it is sealed, settled after.

Under which names it is about to claim, a run keeps below the practice's prefix first. What it claimed stays pending where it
dies, and the next run may not know it any more: a patient left the roster, or a number was corrected. A name is a keyed hash.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from flows import ledger, packets
from flows.ccm import claims as claiming
from flows.ccm.claim_record import ClaimRecord
from flows.ccm.decision import BILL, Decision, Reason
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.ccm.service_month import ServiceMonth
from flows.ledger import CLAIM_RECORDS, DECISIONS, PATIENT_MONTHS
from flows.registry import Registry, RegistryError, Wish
from flows.store import AlreadyThere, Store


class NamesUnreadable(Exception):
    """What a run was about to claim cannot be read. ``problems`` holds the one line, without PHI."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.problems = (f"{key}: not as it was written; restore its first version, or delete it and look at the registry",)


def remember_claims(store: Store, registry: Registry, result: MonthResult) -> None:
    """Keep under which names the month is about to be claimed. Runs of one moment overwrite nothing of each other's."""
    names = sorted({wish.name for wish in registry.wishes(result)})
    if names:
        told = json.dumps(names).encode("ascii")
        with suppress(AlreadyThere):  # the same names, claimed before
            store.put_new(f"{_home(result.month)}{hashlib.sha256(told).hexdigest()}.json", told)


def claim_month(registry: Registry, result: MonthResult) -> MonthResult:
    """Each billed patient-month claimed in the vendor's registry; what another practice keeps is held, saying no more than that.

    Two billed patients with one number are one person in two records, or a number is wrong: both are held, and neither claimed.
    """
    wishes = registry.wishes(result)
    names = Counter(wish.name for wish in wishes)
    detail = "patient's number: another patient of the month has the same. Join the two records, or correct the number."
    result = _hold(result, {w.patient_key: Reason(claiming.INVALID, detail) for w in wishes if names[w.name] > 1})
    lost = registry.claim([wish for wish in wishes if names[wish.name] == 1])
    return _hold(result, {key: Reason(claiming.OTHER_PRACTICE) for key in lost})


def confirm_claims(registry: Registry, result: MonthResult) -> MonthResult:
    """The claims made firm, just before sealing. What another practice took over is held: the packet is then made anew."""
    lost = registry.confirm(registry.wishes(result))
    return _hold(result, {key: Reason(claiming.OTHER_PRACTICE) for key in lost})


def give_up_claims(store: Store, registry: Registry, result: MonthResult) -> None:
    """Free what a run that failed, and those of the month before it that died, had claimed and not made firm."""
    registry.give_up({wish.name for wish in registry.wishes(result)} | _remembered(store, result.month))


def settle_registry(store: Store, registry: Registry, result: MonthResult, packet: int) -> None:
    """Once packet ``packet`` is sealed: what the newest packet bills is firm; what else the month's runs claimed or its packets
    name is free.

    Another run may seal a newer one at any moment: then that one's evidence says what is billed, and what this one freed too
    early is made firm again. Raises RegistryError where another practice claimed it in between.
    """
    numbers = packets.sealed_numbers(store, result.month)
    if max(numbers, default=0) == packet:
        billed = registry.wishes(result)
        names = {registry.name_of(m, d) for m, d in zip(result.patient_months, result.decisions, strict=True)}
    else:
        billed, names = _of_packet(store, registry, result.month, numbers[-1])
    while True:
        names |= _names_told(store, registry, result.month, numbers[:-1])
        registry.settle({wish.name for wish in billed}, names)
        if lost := registry.confirm(billed):
            raise RegistryError(
                f"the registry: {len(lost)} patient-months that the newest packet bills are another practice's by now; "
                "run the month again, which withdraws them"
            )
        if (since := packets.sealed_numbers(store, result.month)) == numbers:
            return
        numbers = since
        billed, names = _of_packet(store, registry, result.month, numbers[-1])


def give_up_month(store: Store, registry: Registry, month: ServiceMonth) -> None:
    """Free whatever the month's runs claimed and its newest sealed packet does not bill; all of it where there is none."""
    numbers = packets.sealed_numbers(store, month)
    billed, names = _of_packet(store, registry, month, numbers[-1]) if numbers else ((), set())
    registry.settle({wish.name for wish in billed}, names | _names_told(store, registry, month, numbers[:-1]))


def _of_packet(store: Store, registry: Registry, month: ServiceMonth, number: int) -> tuple[tuple[Wish, ...], set[str]]:
    """What a sealed packet bills or left at a payer, and the names of everybody in it."""
    records = ledger.from_lines(packets.read_file(store, month, number, CLAIM_RECORDS), ClaimRecord)
    at_payer = {record.patient_key: record.claim_id for record in records if record.standing}
    decided = list(_evidence(store, month, number))
    return registry.wishes_of(decided, at_payer), {registry.name_of(m, d) for m, d in decided}


def _names_told(store: Store, registry: Registry, month: ServiceMonth, numbers: Sequence[int]) -> set[str]:
    """The registry's names that the month's runs were about to claim, and those of everybody in these packets."""
    told = _remembered(store, month)
    for number in numbers:
        told |= {registry.name_of(m, d) for m, d in _evidence(store, month, number)}
    return told


def _evidence(store: Store, month: ServiceMonth, number: int) -> Iterator[tuple[PatientMonth, Decision]]:
    months = ledger.from_lines(packets.read_file(store, month, number, PATIENT_MONTHS), PatientMonth)
    return zip(months, ledger.from_lines(packets.read_file(store, month, number, DECISIONS), Decision), strict=True)


def _hold(result: MonthResult, reasons: Mapping[str, Reason]) -> MonthResult:
    """The month with these billed patients held, by key, and their claims dropped; the same month where there are none."""
    billed = {d.patient_key for d in result.decisions if d.outcome == BILL} & reasons.keys()
    if not billed:
        return result
    decisions = (claiming.held(d, [reasons[d.patient_key]]) if d.patient_key in billed else d for d in result.decisions)
    claims = (claim for claim in result.claims if claim.patient.key not in billed)
    return replace(result, decisions=tuple(decisions), claims=tuple(claims))


def _remembered(store: Store, month: ServiceMonth) -> set[str]:
    """Every name that a run of the month was about to claim. Raises NamesUnreadable, StoreError."""
    names: set[str] = set()
    for found in store.list(_home(month)):
        try:
            names.update(map(str, json.loads(store.read(found.key, found.version))))
        except (ValueError, TypeError):
            raise NamesUnreadable(found.key) from None
    return names


def _home(month: ServiceMonth) -> str:
    return f"claimed/{month}/"
