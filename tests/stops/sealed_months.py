"""A practice's sealed months as the storage holds them: manifests alone, whose figures are all that a history reads."""

from __future__ import annotations

from collections.abc import Iterable

from flows import packets
from flows.ccm.month_figures import MonthFigures
from flows.outbox.manifest import with_seal
from flows.store import Store


def seal_months(
    store: Store, slug: str, figures: Iterable[MonthFigures], test: bool, packet: int = 1, released: object = None
) -> None:
    """Write the manifest of packet ``packet`` for each month."""
    for month in figures:
        content = {
            "practice": slug,
            "month": str(month.month),
            "packet": packet,
            "test": test,
            "released": released,
            "inputs": [
                {"key": f"inbox/calls/{month.month}/log.csv", "rows": month.log_rows},
                {"key": "inbox/records/patients.csv", "rows": month.rows - month.log_rows},
            ],
            "balance": {
                "rows": {"input": month.rows, "rejected": month.rejected_rows},
                "patients": {
                    "decisions": month.patients,
                    "bill": month.billed,
                    "hold": month.held,
                    "not_billable": month.not_billable,
                },
                "seconds": {"counted": month.seconds},
                "claims": {"expected_estimate": str(month.amount)},
            },
            "files": {},
        }
        packets.publish(store, month.month, packet, packets.Files(), with_seal(content))
