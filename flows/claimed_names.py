"""The registry's names that a month's runs claimed, kept below the practice's prefix: no claim of a run that died is stranded.

What such a run claimed stays pending. The month's next run may not know it any more: the patient left the roster, or a number
was corrected meanwhile. A name is a keyed hash and tells nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from contextlib import suppress

from flows.ccm.service_month import ServiceMonth
from flows.store import AlreadyThere, Store


def remember(store: Store, month: ServiceMonth, names: Collection[str]) -> None:
    """Keep the names that are about to be claimed. What the runs before kept stays: runs of one moment overwrite nothing."""
    if names:
        told = json.dumps(sorted(names)).encode("ascii")
        with suppress(AlreadyThere):  # the same names, claimed before
            store.put_new(f"{_home(month)}{hashlib.sha256(told).hexdigest()}.json", told)


def remembered(store: Store, month: ServiceMonth) -> frozenset[str]:
    """Every name that a run of the month was about to claim. Raises StoreError."""
    return frozenset(name for found in store.list(_home(month)) for name in json.loads(store.read(found.key, found.version)))


def _home(month: ServiceMonth) -> str:
    return f"claimed/{month}/"
