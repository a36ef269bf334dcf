"""A small invented month over an S3, billed without Prefect as the flow bills it, and what must come of it undisturbed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows import month_claims, packets, steps
from flows.ccm.service_month import ServiceMonth
from flows.outbox.documents import KEYS
from flows.registry import FREE, SEALED, Entry, open_registry
from flows.renders import Renders
from flows.settings import Settings
from flows.store import REGISTRY, Store, StoreError, client
from flows.synthesize.dials import Dials
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice

MONTH = ServiceMonth(2025, 11)
PRACTICE = "bayview-family"
ATTEMPTS = 4  # a stage's, as the flow has them
TENANTS = Path(__file__).parents[2] / "tenants"
_LATE = "entry_id,started,seconds,staff_id,mrn,activity,about,mode,description\n"


@dataclass(frozen=True, slots=True)
class SmallMonth:
    """An inbox by key; and the same one after ``replaced`` was delivered again with a row more."""

    inbox: dict[str, bytes]
    replaced: str
    replacement: bytes

    @property
    def later(self) -> dict[str, bytes]:
        """The inbox after the replacement."""
        return self.inbox | {self.replaced: self.replacement}

    @property
    def late(self) -> tuple[dict[str, bytes], dict[str, bytes]]:
        """The inbox without the later half of its longest call log, and that half as a file that comes late."""
        logs = {
            key: data.splitlines(keepends=True) for key, data in self.inbox.items() if "/calls/" in key and key.endswith(".csv")
        }
        key = max(logs, key=lambda log: len(logs[log]))
        header, *rows = logs[key]
        half = len(rows) // 2
        before, after = (header + b"".join(part) for part in (rows[:half], rows[half:]))
        return self.inbox | {key: before}, {f"inbox/calls/{MONTH}/late.csv": after}


def small_month(patients: int, seed: int) -> SmallMonth:
    """Same arguments, same bytes. The replaced file is a call log of its own, whose row no patient answers to."""
    made = synthesize(load_practice(TENANTS, PRACTICE), MONTH, patients, seed, Dials.clean())
    key = f"inbox/calls/{MONTH}/by-hand.csv"
    row = "by-hand-{},{}-14T09:00:00,600,nobody,{},patient_call,chronic,remote,Told on the telephone\n"
    one, two = (row.format(n, MONTH, f"none-{n}") for n in (1, 2))
    return SmallMonth(dict(made.objects) | {key: (_LATE + one).encode()}, key, (_LATE + one + two).encode())


def settings(endpoint: str, bucket: str) -> Settings:
    """The soak's settings. The registry's key is given: one derived from the endpoint would differ behind the proxy."""
    return Settings(
        bucket=bucket, endpoint=endpoint, access_key="soak", secret_key="soak", tenants=TENANTS, registry_key=bytes(range(32))
    )


def fill(own: Settings, inbox: dict[str, bytes]) -> None:
    """Make the bucket and put the inbox into it."""
    client(own).create_bucket(Bucket=own.bucket)
    deliver(own, inbox)


def deliver(own: Settings, files: Mapping[str, bytes]) -> None:
    """Put files into the practice's prefix."""
    store = Store(own, PRACTICE)
    for key, data in files.items():
        store.put(key, data)


def copy(own: Settings, bucket: str) -> None:
    """Make the bucket as a copy of another of the same storage."""
    s3 = client(own)
    s3.create_bucket(Bucket=own.bucket)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", ()):
            s3.copy_object(Bucket=own.bucket, Key=item["Key"], CopySource={"Bucket": bucket, "Key": item["Key"]})


def bill(own: Settings, rendered: Callable[[Store], Any] | None = None) -> steps.Sealed:
    """Bill the month: the stages in the flow's order, each tried again where storage failed and may yet answer."""
    practice = load_practice(own.tenants, PRACTICE)
    store, registry = Store(own, PRACTICE), open_registry(own, practice)
    decided = _stage(lambda: steps.decide_month(steps.read_month(store, practice, MONTH), practice, MONTH))
    try:
        _stage(lambda: month_claims.remember_claims(store, registry, decided))
        result = _stage(lambda: month_claims.claim_month(registry, decided))
        sealed: Any = _stage(lambda: packets.latest(store, MONTH)) + 1
        documents = rendered(store) if rendered else steps.renders(store, MONTH)
        while isinstance(sealed, int):
            result, sealed = _seal(store, registry, result, sealed, documents)
    except BaseException:
        with suppress(Exception):
            _stage(lambda: month_claims.give_up_claims(store, registry, decided))
        raise
    _stage(lambda: month_claims.settle_registry(store, registry, result, sealed.packet))
    return sealed


def _seal(store: Store, registry: Any, result: Any, number: int, documents: Any) -> tuple[Any, Any]:
    told = _stage(lambda: steps.correct_month(store, result, number))
    files = {} if isinstance(told, steps.Sealed) else _stage(lambda: steps.make_packet(told, number, 1, documents))
    kept = _stage(lambda: month_claims.confirm_claims(registry, result))
    if len(kept.claims) != len(result.claims) or isinstance(told, steps.Sealed):
        return kept, number if len(kept.claims) != len(result.claims) else told
    try:
        return kept, _stage(lambda: steps.seal(store, told, files, number))
    except packets.PacketDiffers as differs:
        return kept, differs.next


def _stage(work: Callable[[], Any]) -> Any:
    for attempt in range(ATTEMPTS):
        try:
            return work()
        except StoreError as error:
            if attempt + 1 == ATTEMPTS or not error.passing:
                raise
    raise AssertionError("the last attempt returns or raises")


def kept_renders(files: dict[str, bytes]) -> Callable[[Store], Any]:
    """Documents of an undisturbed run, so that a soak of storage does not wait for PDFs."""

    def renders(store: Store) -> Renders:
        return _Kept(store, MONTH, KEYS, files)

    return renders


class _Kept(Renders):
    """Renders that know some documents beforehand."""

    def __init__(self, store: Store, month: ServiceMonth, index: str, files: dict[str, bytes]) -> None:
        super().__init__(store, month, index)
        self._known = {key: files[name] for name, key in json.loads(files[index]).items()}

    def __call__(self, keys: frozenset[str]) -> Mapping[str, bytes]:
        known = {key: self._known[key] for key in keys & self._known.keys()}
        return known | dict(super().__call__(keys - known.keys())) if keys - known.keys() else known


def sealed_files(own: Settings) -> dict[str, bytes]:
    """The files of the newest sealed packet by name."""
    store = Store(own, PRACTICE)
    return packets.read_packet(store, MONTH, packets.latest(store, MONTH))


def left(own: Settings) -> dict[str, str]:
    """What a bucket holds beside inbox and finished work: each key with its ETag, here the MD5 of the bytes."""
    found = {}
    for page in client(own).get_paginator("list_objects_v2").paginate(Bucket=own.bucket):
        for item in page.get("Contents", ()):
            if "/inbox/" not in item["Key"] and "/work/" not in item["Key"]:
                found[item["Key"]] = item["ETag"]
    return found


def registry_states(own: Settings) -> set[str]:
    """The states of all claims in the registry."""
    s3 = client(own)
    listed = s3.list_objects_v2(Bucket=own.bucket, Prefix=f"{REGISTRY}/").get("Contents", ())
    return {Entry.read(s3.get_object(Bucket=own.bucket, Key=item["Key"])["Body"].read()).state for item in listed}


def at_rest(own: Settings) -> bool:
    """Whether no claim is left held by a run that came to no end."""
    return registry_states(own) <= {SEALED, FREE}
