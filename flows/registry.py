"""The vendor-wide registry of claimed patient-months: one practitioner bills a patient's month, across all practices served.

An object's name is a keyed hash of the patient's number and the month; its content says nothing readable of who holds it.
Every change is one conditional write, so that of any number of runs exactly one wins. A claim is *pending* while its packet is
made and *sealed* from just before its manifest is written. Of two practices the one with the later consent keeps a
patient-month while neither is sealed: the patient's last word names the practice. On one day the first to claim keeps it.
Nothing is deleted: what is given up becomes *free*, so that an old reader can never mistake a new claim for its own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from flows.ccm import consent
from flows.ccm.decision import Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import coverage_on
from flows.ccm.practice import Practice
from flows.settings import Settings
from flows.store import AlreadyThere, RegistryStore, Replaced, StoreError

PENDING, SEALED, FREE = "pending", "sealed", "free"
_WORKERS = 8
_ATTEMPTS = 50  # each failed attempt means that another run succeeded, so this many in a row is no contention


class RegistryError(Exception):
    """The registry cannot be used as set up. ``problems`` holds the one line, without a name, a number or a key."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


@dataclass(frozen=True, slots=True)
class Wish:
    """A patient-month that a practice bills: its name in the registry, the practice's token there, and the consent's day."""

    patient_key: str
    name: str
    holder: str
    claim_id: str
    consent: date


@dataclass(frozen=True, slots=True)
class Entry:
    """What the registry holds under a name. ``holder`` and ``claim_id`` are tokens that only the key's owner can tell apart."""

    state: str
    holder: str = ""
    claim_id: str = ""
    consent: date = date.min

    def written(self) -> bytes:
        """The entry as its object's bytes."""
        told = {"claim": self.claim_id, "consent": self.consent.isoformat(), "holder": self.holder, "state": self.state}
        return json.dumps(told, sort_keys=True).encode("ascii")

    @classmethod
    def read(cls, data: bytes) -> Entry:
        """Read an object's bytes. Raises RegistryError where they are no entry."""
        try:
            told = json.loads(data)
            entry = cls(told["state"], told["holder"], told["claim"], date.fromisoformat(told["consent"]))
        except (ValueError, KeyError, TypeError):
            entry = None
        if entry is None or entry.state not in (PENDING, SEALED, FREE):
            raise RegistryError("registry: an object in it is no entry; restore it, or move it out of the prefix registry/")
        return entry


class Registry:
    """The registry as one practice uses it: what it bills it claims, and of what it may not bill it learns only that."""

    def __init__(self, records: RegistryStore, key: bytes, practice: str) -> None:
        self._records, self._key, self._practice = records, key, practice

    def wishes(self, result: MonthResult) -> tuple[Wish, ...]:
        """What the month bills, one wish a claim, in the order of the claims; what was billed to a first payer stays claimed."""
        claims = {claim.patient.key: claim.claim_id for claim in (*result.claims, *result.standing)}
        return self.wishes_of(zip(result.patient_months, result.decisions, strict=True), claims)

    def wishes_of(self, decided: Iterable[tuple[PatientMonth, Decision]], claims: Mapping[str, str]) -> tuple[Wish, ...]:
        """A wish for each patient-month with a claim; ``claims`` are the claims' ids by the patient's key."""
        made = []
        for month, decision in decided:
            if month.patient.key in claims:
                governing = consent.governing(month.consents, month.month)
                name = self.name_of(month, decision)
                if governing is None or not name:
                    raise ValueError("a billed patient-month has a consent and a number that its payer knows the patient by")
                made.append(Wish(month.patient.key, name, self.holder(name), claims[month.patient.key], governing.on))
        return tuple(made)

    def name_of(self, month: PatientMonth, decision: Decision) -> str:
        """The patient-month's name: a hash of MBI and month, or of payer and member id; empty where the records have neither."""
        mbi = _plain(month.patient.mbi)
        cover = coverage_on(month, decision.service_to or month.month.last_day)
        if mbi:
            return self._hash(f"{mbi}|{month.month}")
        if cover is None or not (cover.payer_id and cover.member_id):
            return ""
        return self._hash(f"{_plain(cover.payer_id)}|{_plain(cover.member_id)}|{month.month}")

    def holder(self, name: str, practice: str = "") -> str:
        """A practice's token under a name, by default this one's: another under each, so that tokens tell nothing together."""
        return self._hash(f"holder|{name}|{practice or self._practice}")

    def claim_token(self, claim_id: str) -> str:
        """What an entry holds for a claim, whose id is a plain hash: guesses of practice and patient could be tested on it."""
        return self._hash(f"claim|{claim_id}")

    def claim(self, wishes: Sequence[Wish]) -> frozenset[str]:
        """Claim what is to be billed, as pending. Returns the keys of the patients that another practice keeps."""
        return self._each(wishes, lambda wish: self._hold(wish, PENDING))

    def confirm(self, wishes: Sequence[Wish]) -> frozenset[str]:
        """Make the claims firm, just before a manifest is written. Returns the keys of those that were lost since."""
        return self._each(wishes, lambda wish: self._hold(wish, SEALED))

    def give_up(self, names: Iterable[str]) -> None:
        """Free what the practice holds pending among ``names``. What is sealed stays: its packet may exist."""
        self._free_each(names, (PENDING,))

    def settle(self, billed: Iterable[str], names: Iterable[str]) -> None:
        """Free what the practice holds among ``names`` and does not bill, firm or not; once its packet is sealed."""
        self._free_each(set(names) - set(billed), (PENDING, SEALED))

    def entry(self, name: str) -> Entry | None:
        """What the registry holds under a name, or None."""
        found = self._records.find(name)
        return Entry.read(found[0]) if found else None

    def _hash(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()

    def _each(self, wishes: Sequence[Wish], act: Callable[[Wish], bool]) -> frozenset[str]:
        with ThreadPoolExecutor(_WORKERS) as pool:
            return frozenset(w.patient_key for w, held in zip(wishes, pool.map(act, wishes), strict=True) if not held)

    def _hold(self, wish: Wish, state: str) -> bool:
        """Bring the entry to be ours in ``state``, or find that it is another's. A sealed entry of ours stays sealed."""
        for _ in range(_ATTEMPTS):
            found = self._records.find(wish.name, Entry(FREE).written())
            entry = Entry.read(found[0]) if found else Entry(FREE)
            ours = entry.state != FREE and entry.holder == wish.holder
            if not ours and (entry.state == SEALED or (entry.state == PENDING and wish.consent <= entry.consent)):
                return False
            wanted = Entry(
                SEALED if ours and entry.state == SEALED else state, wish.holder, self.claim_token(wish.claim_id), wish.consent
            )
            if entry == wanted or self._write(wish.name, wanted, found):
                return True
        raise _busy()

    def _free_each(self, names: Iterable[str], states: tuple[str, ...]) -> None:
        with ThreadPoolExecutor(_WORKERS) as pool:
            list(pool.map(lambda name: self._free(name, states), sorted(set(names) - {""})))

    def _free(self, name: str, states: tuple[str, ...]) -> bool:
        for _ in range(_ATTEMPTS):
            found = self._records.find(name, Entry(FREE).written())
            entry = Entry.read(found[0]) if found else Entry(FREE)
            if entry.state not in states or entry.holder != self.holder(name) or self._write(name, Entry(FREE), found):
                return True
        raise _busy()

    def _write(self, name: str, entry: Entry, found: tuple[bytes, str] | None) -> bool:
        """Whether the entry was written. Not so where another run wrote in between: what it wrote is read next."""
        try:
            if found is None:
                self._records.put_new(name, entry.written())
            else:
                self._records.replace(name, entry.written(), found[1])
        except (AlreadyThere, Replaced):
            return False
        return True


def open_registry(settings: Settings, practice: Practice) -> Registry:
    """The registry for a practice's runs. Test practices have a key of their own, so that an invented month holds no real one.

    Raises RegistryError where a practice that bills for real would run without a key.
    """
    if not practice.test and not settings.registry_key:
        raise RegistryError(
            f"CCM_REGISTRY_KEY: not set, and {practice.slug} is no test practice; set it to the vendor's 64 hexadecimal digits, "
            "or to file:PATH of the secret, the same in every run"
        )
    return Registry(RegistryStore(settings, practice.slug), registry_key(settings, practice.test), practice.slug)


def registry_key(settings: Settings, test: bool) -> bytes:
    """The key in use: the vendor's own; for test practices one derived from it, or from the storage's place where none is set."""
    if not test:
        return settings.registry_key
    return hmac.new(settings.registry_key or settings.place.encode(), b"test practices", hashlib.sha256).digest()


def _plain(number: str) -> str:
    """A number as every practice writes it the same: capitals and digits, no dashes or spaces."""
    return re.sub(r"[^0-9A-Z]", "", number.upper())


def _busy() -> StoreError:
    return StoreError("the registry changed at every attempt to write it; run again")
