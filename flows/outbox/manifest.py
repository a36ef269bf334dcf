"""The manifest: what a packet holds, what it was made from, the balances it proves. Written last, it makes the packet exist."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flows.ccm.decision import BILL, HOLD, NOT_BILLABLE
from flows.ccm.file_sum import FileSum
from flows.ccm.month_figures import MonthFigures, log_rows
from flows.ccm.month_result import MonthResult
from flows.ccm.release import Release
from flows.ccm.service_month import ServiceMonth

FORMAT = 1
# The SHA-256 of everything else in the manifest: it lists every file but itself.
_SEAL = "seal"


def write_manifest(result: MonthResult, packet: int, refers_to: int, files: Mapping[str, FileSum]) -> bytes:
    """JSON with sorted keys. ``refers_to`` is the packet that this one corrects, 0 for a month's first.

    The balances were proved before any file was made; the manifest states them so that anyone can check them again.
    """
    outcomes = Counter(decision.outcome for decision in result.decisions)
    content = {
        "format": FORMAT,
        "practice": result.practice.slug,
        "month": str(result.month),
        "packet": packet,
        "refers_to": refers_to or None,
        "rulebook": result.rules.version,
        "test": result.practice.test,
        "released": _released(result.release),
        "inputs": [
            {
                "key": item.key,
                "version": item.version,
                "sha256": item.sha256,
                "rows": item.rows,
                "counted": item.taken,
                "excluded": item.excluded,
                "rejected": item.rejected,
                "excluded_as": item.ignored,
            }
            for item in result.inputs
        ],
        "balance": {
            "rows": {
                "input": sum(i.rows for i in result.inputs),
                "counted": sum(i.taken for i in result.inputs),
                "excluded": sum(i.excluded for i in result.inputs),
                "rejected": sum(i.rejected for i in result.inputs),
            },
            "patients": {"in_month": len(result.patient_months), "decisions": len(result.decisions)}
            | {name: outcomes[name] for name in (BILL, HOLD, NOT_BILLABLE)},
            "seconds": {
                "logged": sum(e.seconds for m in result.patient_months for e in m.time),
                "counted": sum(sum(d.seconds.values()) for d in result.decisions),
                "excluded": sum(sum(d.excluded.values()) for d in result.decisions),
            },
            "claims": {
                "count": len(result.claims),
                "charged": str(sum((c.total for c in result.claims), Decimal(0))),
                "expected_estimate": str(sum((line.expected for d in result.decisions for line in d.lines), Decimal(0))),
                # In a packet that corrects another these are not the claims billed: nothing is sent twice.
                "sent": len(result.claims_sent),
                "sent_charged": str(sum((c.total for c in result.claims_sent), Decimal(0))),
            },
        },
        "files": {name: {"bytes": files[name].length, "sha256": files[name].sha256} for name in sorted(files)},
    }
    return with_seal(content)


def with_seal(content: Mapping[str, Any]) -> bytes:
    """The manifest of this content, with its own SHA-256."""
    text = _text(content)
    return _sealed(text, content, hashlib.sha256(text).hexdigest())


def _released(release: Release | None) -> dict[str, Any] | None:
    """Who let a month be sealed that had been stopped, when and why; null where nothing had stopped it."""
    if release is None:
        return None
    told = {"by": release.by, "at": release.at.isoformat(), "why": release.why}
    return told | {"decisions": release.digest, "out": list(release.out)}


def manifest_figures(content: Mapping[str, Any]) -> MonthFigures:
    """The month in numbers, from a manifest's content as ``read_manifest`` gives it."""
    balance = content["balance"]
    return MonthFigures(
        month=ServiceMonth.parse(content["month"]),
        patients=balance["patients"]["decisions"],
        billed=balance["patients"][BILL],
        held=balance["patients"][HOLD],
        not_billable=balance["patients"][NOT_BILLABLE],
        rows=balance["rows"]["input"],
        rejected_rows=balance["rows"]["rejected"],
        log_rows=log_rows((item["key"], item["rows"]) for item in content["inputs"]),
        seconds=balance["seconds"]["counted"],
        amount=Decimal(balance["claims"]["expected_estimate"]),
    )


def read_manifest(data: bytes) -> dict[str, Any] | None:
    """A manifest's content, or None where it is not, to the byte, as it was written."""
    try:
        content = json.loads(data)
        seal = content.pop(_SEAL)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    text = _text(content)
    told = hashlib.sha256(text).hexdigest()
    return content if seal == told and _sealed(text, content, told) == data else None


def _sealed(text: bytes, content: Mapping[str, Any], seal: str) -> bytes:
    """``_text`` of the content with its seal, out of its text without: a manifest is long, and hundreds are read at a time."""
    following = min((key for key in content if key > _SEAL), default=None)
    if following is None:
        return _text({**content, _SEAL: seal})
    # One space begins a line of the outermost keys alone.
    before = b"\n " + json.dumps(following, ensure_ascii=False).encode("utf-8", "surrogatepass") + b": "
    return text.replace(before, f'\n "{_SEAL}": "{seal}",'.encode() + before, 1)


def seal_of(data: bytes) -> str:
    """The seal of a manifest that ``read_manifest`` reads: 64 hexadecimal digits that stand for the whole packet."""
    return str(json.loads(data)[_SEAL])


def _text(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8", "surrogatepass") + b"\n"
