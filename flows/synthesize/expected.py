"""What must come of a synthetic month, told from what was planted and from nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.synthesize.script import Script
from flows.synthesize.time_entries import PRACTITIONER, STAFF, Entry


def write_expected(
    practice: Practice,
    month: ServiceMonth,
    seed: int,
    scripts: Sequence[Script],
    entries: Iterable[Entry],
    rejects: dict[str, str],
    rows: dict[str, int],
) -> dict[str, object]:
    """The month's outcome by MRN, its rejected rows by ``key:line``, the data rows of each file, and totals.

    Seconds are counted ones by performer; ``excluded`` seconds by reason id. A call-log row counts when a second of it
    does; ``at_stake`` are the lines that a held month would bill once cured.
    """
    seconds: dict[int, Counter[str]] = defaultdict(Counter)
    excluded: dict[int, Counter[str]] = defaultdict(Counter)
    fates: Counter[str] = Counter()
    for entry in entries:
        if entry.counted:
            seconds[entry.patient][entry.performer] += entry.counted
        if entry.seconds > entry.counted:
            excluded[entry.patient][entry.reason] += entry.seconds - entry.counted
        fates["counted" if entry.counted else "excluded"] += 1
    call_rows = sum(n for key, n in rows.items() if key.startswith("inbox/calls/"))
    return {
        "practice": practice.slug,
        "month": str(month),
        "seed": seed,
        "patients": {
            script.chart.patient.mrn: {
                "outcome": script.outcome,
                "lines": list(script.lines),
                "at_stake": list(script.at_stake),
                "reasons": sorted(script.reasons),
                "seconds": {STAFF: seconds[n][STAFF], PRACTITIONER: seconds[n][PRACTITIONER]},
                "excluded": dict(sorted(excluded[n].items())),
                "planted": sorted(script.planted),
            }
            for n, script in enumerate(scripts)
        },
        "rejects": dict(sorted(rejects.items())),
        "rows": dict(sorted(rows.items())),
        "totals": {
            "patients": len(scripts),
            "outcomes": dict(sorted(Counter(s.outcome for s in scripts).items())),
            "lines": dict(sorted(Counter(line for s in scripts for line in s.lines).items())),
            "reasons": dict(sorted(Counter(reason for s in scripts for reason in s.reasons).items())),
            "call_rows": call_rows,
            "counted_rows": fates["counted"],
            "excluded_rows": fates["excluded"],
            "rejected_rows": len(rejects),
            "counted_seconds": sum(sum(c.values()) for c in seconds.values()),
            "excluded_seconds": sum(sum(c.values()) for c in excluded.values()),
        },
    }
