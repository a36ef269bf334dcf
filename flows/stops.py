"""Stops and releases of a practice's months, kept beside its packets: figures and names of measures, never a patient.

``stops/<month>/<digest>.json`` says what stopped those decisions; ``stops/<month>/current.json`` names the stop that the last
run ended in, if it did; ``releases/<month>/<digest>.json`` is a person's word that they may be sealed. A digest is that of the
decisions: the same inputs and rules give it again, anything else must be released anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from flows.ccm.decision import Decision
from flows.ccm.month_figures import MonthFigures, figures_of
from flows.ccm.month_result import MonthResult
from flows.ccm.release import Release
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stops import Judgement, judge
from flows.history import earlier_months
from flows.ledger import to_lines
from flows.store import AlreadyThere, Store

_CURRENT = "current.json"


class StopUnreadable(Exception):
    """A stop or a release is not as it was written. ``problems`` holds the one line, without PHI."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a stopped month for a reader: its own ``value``, the median of the months compared, the last one's."""

    measure: str
    value: str
    usual: str
    last: str
    out: bool


@dataclass(frozen=True, slots=True)
class Stop:
    """A month that waits for a person: its figures, and each beside the practice's own months.

    ``after`` is the newest packet sealed when it was stopped, 0 for none.
    """

    month: ServiceMonth
    digest: str
    after: int
    figures: MonthFigures
    compared: tuple[str, ...]
    beside: tuple[Figure, ...]

    @property
    def out(self) -> tuple[str, ...]:
        """The measures that are out, each in words with its figures."""
        return tuple(
            f"{f.measure.replace('_', ' ')} {f.value} (usually {f.usual}, last month {f.last})" for f in self.beside if f.out
        )


def stop_month(store: Store, result: MonthResult) -> MonthResult | Stop:
    """The month where it may be sealed, with its release where a person gave one; its stop, kept, where it must wait for one.

    What stops it is its distance from the practice's own months. Raises StopUnreadable, StoreError.
    """
    thresholds = result.rules.stops
    if thresholds is None:
        raise ValueError("these rules carry no stops: resolve them from the rulebook, which has them in stops.toml")
    figures = figures_of(result)
    judgement = judge(figures, earlier_months(store, result.month, result.practice.test, thresholds), thresholds)
    if not judgement.out:
        return result
    digest = digest_of(result.decisions)
    released = release_of(store, result.month, digest)
    if released is not None:
        return replace(result, release=released)
    stop = stop_for(figures, judgement, digest, result.correction.corrects if result.correction else 0)
    keep(store, stop)
    return stop


def digest_of(decisions: Sequence[Decision]) -> str:
    """What a release names: the SHA-256 of the decisions as the packet would hold them."""
    return hashlib.sha256(to_lines(decisions)).hexdigest()


def stop_for(figures: MonthFigures, judgement: Judgement, digest: str, after: int) -> Stop:
    """The stop of a month that is out of its practice's history."""
    return Stop(
        month=figures.month,
        digest=digest,
        after=after,
        figures=figures,
        compared=tuple(map(str, judgement.compared)),
        beside=tuple(Figure(m.id, str(m.value), str(m.usual), str(m.last), m.out) for m in judgement.measures),
    )


def keep(store: Store, stop: Stop) -> None:
    """Write the stop, and that the month's last run ended in it. A stop of these decisions that is there already stays."""
    figures = asdict(stop.figures) | {"month": str(stop.month), "amount": str(stop.figures.amount)}
    told = asdict(stop) | {"month": str(stop.month), "figures": figures}
    with suppress(AlreadyThere):  # the same decisions, stopped before
        store.put_new(f"{_stops(stop.month)}{stop.digest}.json", _text(told))
    store.put(f"{_stops(stop.month)}{_CURRENT}", _text({"digest": stop.digest, "after": stop.after}))


def over(store: Store, month: ServiceMonth) -> None:
    """The month's last run was not stopped: what an earlier run was stopped for waits for nobody any more."""
    if _current(store, month).get("digest"):
        store.put(f"{_stops(month)}{_CURRENT}", _text({"digest": "", "after": 0}))


def waiting(store: Store, month: ServiceMonth, newest: int) -> Stop | None:
    """The stop that the month's last run ended in, released or not; None where it ended otherwise.

    ``newest`` is the newest sealed packet: one sealed since ends a stop. Raises StopUnreadable, StoreError.
    """
    current = _current(store, month)
    if not current.get("digest") or newest > current.get("after", 0):
        return None
    key = f"{_stops(month)}{current['digest']}.json"
    told = _read(store, key)
    if told is None:
        raise StopUnreadable(f"{key}: not there, though the month's last run was stopped for it; run the month again")
    try:
        figures = MonthFigures(**told["figures"] | {"month": month, "amount": Decimal(told["figures"]["amount"])})
        beside = tuple(Figure(**figure) for figure in told["beside"])
        return Stop(month, told["digest"], told["after"], figures, tuple(told["compared"]), beside)
    except (KeyError, TypeError, ArithmeticError):
        raise StopUnreadable(f"{key}: not a stop as this version writes it; run the month again") from None


def write_release(store: Store, stop: Stop, by: str, at: datetime, why: str) -> Release:
    """A person's word for a stop. ``at`` is an aware instant. The first word stays: who comes second is told the first's."""
    told = {"by": by, "at": at.isoformat(), "why": why, "decisions": stop.digest, "out": list(stop.out)}
    with suppress(AlreadyThere):
        store.put_new(f"{_releases(stop.month)}{stop.digest}.json", _text(told))
    released = release_of(store, stop.month, stop.digest)
    if released is None:
        raise StopUnreadable(f"{_releases(stop.month)}{stop.digest}.json: written and not found; run the command again")
    return released


def release_of(store: Store, month: ServiceMonth, digest: str) -> Release | None:
    """The release of these very decisions, or None. Raises StopUnreadable, StoreError."""
    key = f"{_releases(month)}{digest}.json"
    told = _read(store, key)
    if told is None:
        return None
    try:
        return Release(told["by"], datetime.fromisoformat(told["at"]), told["why"], told["decisions"], tuple(told["out"]))
    except (KeyError, TypeError, ValueError):
        raise StopUnreadable(f"{key}: not a release as this version writes it; restore its first version") from None


def commands_to_seal(practice: str, month: ServiceMonth) -> str:
    """What an operator types once the month is released: with workers, or on a machine without."""
    return f"`ccm start {month} {practice}`, or `ccm run {practice} {month}` without workers"


def _current(store: Store, month: ServiceMonth) -> dict[str, Any]:
    return _read(store, f"{_stops(month)}{_CURRENT}") or {}


def _read(store: Store, key: str) -> dict[str, Any] | None:
    data = store.find(key)
    if data is None:
        return None
    try:
        told = json.loads(data)
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise StopUnreadable(f"{key}: not JSON as this version writes it; restore its last version, or run the month again")
    return told


def _stops(month: ServiceMonth) -> str:
    return f"stops/{month}/"


def _releases(month: ServiceMonth) -> str:
    return f"releases/{month}/"


def _text(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode("utf-8") + b"\n"
