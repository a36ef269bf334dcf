"""A practice's own months, from the manifests of its newest sealed packets: what a month about to be sealed is held against."""

from __future__ import annotations

from flows import packets
from flows.ccm.month_figures import MonthFigures
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stop_rules import StopRules
from flows.outbox.manifest import manifest_figures, read_manifest
from flows.store import Store


def earlier_months(store: Store, month: ServiceMonth, test: bool, rules: StopRules) -> tuple[MonthFigures, ...]:
    """The figures of the last months before ``month`` as the newest packet of each says, oldest first.

    Invented months are no history of real ones, nor real ones of invented (``test``). A manifest that is not as it was
    written tells nothing: `ccm verify` says what is wrong with it. Raises StoreError.
    """
    found: list[MonthFigures] = []
    for earlier in reversed(packets.months_begun(store)):
        if not 0 < _months_apart(earlier, month) <= rules.within_months or len(found) == rules.months:
            continue
        data = packets.newest_manifest(store, earlier)
        content = read_manifest(data) if data is not None else None
        if content is not None and content["test"] == test:
            found.append(manifest_figures(content))
    return tuple(reversed(found))


def later_months(store: Store, month: ServiceMonth) -> tuple[ServiceMonth, ...]:
    """The months after ``month`` with anything of a packet, ascending: those that it may be history to. Raises StoreError."""
    return tuple(later for later in packets.months_begun(store) if later > month)


def _months_apart(earlier: ServiceMonth, month: ServiceMonth) -> int:
    return (month.year - earlier.year) * 12 + month.month - earlier.month
