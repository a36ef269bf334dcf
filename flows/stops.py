"""Stops and releases of a practice's months, kept beside its packets: figures and names of measures, never a patient.

``stops/<month>/<digest>.json`` says what stopped those decisions; ``releases/<month>/<digest>.json`` is a person's word that they
may be sealed. A digest is that of the decisions: the same inputs and rules give it again, anything else must be released anew.
``stops/<month>/current.json`` says how the last run ended: in that stop, or with a packet, beside which it keeps the usual hold
rate of the practice's earlier months. So one look at hundreds of practices need not read every earlier month of each.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from statistics import median
from typing import Any

from flows import packets
from flows.ccm.decision import Decision
from flows.ccm.month_figures import MonthFigures, figures_of
from flows.ccm.month_result import MonthResult
from flows.ccm.release import Release
from flows.ccm.service_month import ServiceMonth
from flows.ccm.stop_rules import StopRules
from flows.ccm.stops import Judgement, judge
from flows.history import earlier_months, later_months
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


@dataclass(frozen=True, slots=True)
class LastRun:
    """How a month's last run ended. ``digest`` names the stop that it ended in, empty for none, ``after`` the packet before it.

    ``packet`` is the sealed packet that ``usual_hold_rate`` is kept beside, 0 where none is: then it must be found anew.
    ``sealed`` is the newest packet that was sealed, as far as it is told; ``given_up`` that a person ended the month without one.
    """

    digest: str = ""
    after: int = 0
    packet: int = 0
    usual_hold_rate: float | None = None
    sealed: int = 0
    given_up: bool = False

    @property
    def newest(self) -> int:
        """The newest packet that is known to have been sealed, 0 for none."""
        return max(self.after, self.packet, self.sealed)


def stop_month(store: Store, result: MonthResult) -> MonthResult | Stop:
    """The month where it may be sealed, with its release where a person gave one; its stop, kept, where it must wait for one.

    What stops it is its distance from the practice's own months, or how much of an earlier packet a correction withdraws.
    Raises StopUnreadable, StoreError.
    """
    thresholds = result.rules.stops
    if thresholds is None:
        raise ValueError("these rules carry no stops: resolve them from the rulebook, which has them in stops.toml")
    figures = figures_of(result)
    history = earlier_months(store, result.month, result.practice.test, thresholds)
    correction = result.correction
    withdrawn, after = (correction.withdrawn, correction.corrects) if correction else ((0, 0), 0)
    judgement = judge(figures, history, thresholds, withdrawn)
    if not judgement.out:
        return result
    digest = digest_of(result.decisions, after)
    if (released := release_of(store, result.month, digest)) is not None:
        return replace(result, release=released)
    stop = stop_for(figures, judgement, digest, after)
    keep(store, stop)
    return stop


def digest_of(decisions: Sequence[Decision], after: int = 0) -> str:
    """What a release names: the SHA-256 of the decisions as the packet would hold them, behind the number of the packet that it
    would correct. What was released after one packet, and mended in another, is stopped again where it comes back."""
    return hashlib.sha256((b"%d\n" % after if after else b"") + to_lines(decisions)).hexdigest()


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
    _write_last(store, stop.month, LastRun(stop.digest, stop.after, sealed=stop.after))


def over(store: Store, result: MonthResult, packet: int) -> None:
    """The month's last run ended with ``packet``: what an earlier run was stopped for waits for nobody any more.

    Nothing is said where a newer packet was sealed meanwhile: its own run says it.
    """
    last = _readable(store, result.month)
    if packets.latest(store, result.month) > packet or (last is not None and last.newest > packet):
        return
    if last is None or last.digest or last.packet != packet:
        usual = usual_hold_rate(store, result.month, result.practice.test, result.rules.stops)
        _write_last(store, result.month, LastRun(packet=packet, usual_hold_rate=usual, sealed=packet))


def before_sealing(store: Store, month: ServiceMonth) -> None:
    """The month's figures are about to change: what later months keep of them is dropped first, so that none outlives a crash."""
    for later in later_months(store, month):
        last = _readable(store, later)
        if last is not None and last.packet:
            _write_last(store, later, replace(last, packet=0, usual_hold_rate=None, sealed=last.newest))


def usual_hold_rate(store: Store, month: ServiceMonth, test: bool, rules: StopRules | None) -> float | None:
    """The median hold rate of the months that ``month`` is held against, read from their packets; None where there are none."""
    history = earlier_months(store, month, test, rules) if rules else ()
    return median(figures.hold_rate for figures in history) if history else None


def last_run(store: Store, month: ServiceMonth) -> LastRun:
    """How the month's last run ended; a blank one where that is not told. Raises StopUnreadable, StoreError."""
    key = f"{_stops(month)}{_CURRENT}"
    told = _read(store, key) or {}
    names = LastRun.__slots__
    last = LastRun(**{name: value for name, value in told.items() if name in names})
    usual = last.usual_hold_rate
    whole = (
        isinstance(last.digest, str)
        and isinstance(last.given_up, bool)
        and all(type(number) is int for number in (last.after, last.packet, last.sealed))
    )
    if not whole or not (usual is None or isinstance(usual, int | float)):
        raise StopUnreadable(f"{key}: not as this version writes it; run the month again")
    return last


def give_up(store: Store, month: ServiceMonth) -> None:
    """A person ended the month without a packet: what stopped it waits for nobody. Its next run begins as if nothing had been."""
    last = _readable(store, month) or LastRun()
    _write_last(store, month, LastRun(sealed=last.newest, given_up=True))


def is_over(store: Store, month: ServiceMonth) -> bool:
    """Whether nothing is left to do: a run came to its end with the newest packet, or a person ended the month without one.

    A run that died behind its manifest has sealed a packet and not settled it in the registry: its month is not over.
    """
    last = _readable(store, month)
    newest = packets.latest(store, month)
    return last is not None and (last.newest >= newest if newest else last.given_up)


def newest_packet(store: Store, month: ServiceMonth) -> int:
    """The month's newest sealed packet, 0 for none. Raises PacketGone where its last run sealed a newer one; StoreError."""
    last = _readable(store, month)  # before the packets are listed: one that is sealed in between is no lost one
    newest = packets.latest(store, month)
    if last is not None and last.newest > newest:
        raise packets.PacketGone(month, last.newest)
    return newest


def _readable(store: Store, month: ServiceMonth) -> LastRun | None:
    """How the last run ended, or None where what tells it is damaged: a run that ends otherwise writes it anew."""
    try:
        return last_run(store, month)
    except StopUnreadable:
        return None


def waiting(store: Store, month: ServiceMonth, newest: int, last: LastRun | None = None) -> Stop | None:
    """The stop that the month's ``last`` run ended in, released or not; None where it ended otherwise.

    ``newest`` is the newest sealed packet: one sealed since ends a stop. Raises StopUnreadable, StoreError.
    """
    last = last or last_run(store, month)
    if not last.digest or newest > last.after:
        return None
    key = f"{_stops(month)}{last.digest}.json"
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


def _write_last(store: Store, month: ServiceMonth, last: LastRun) -> None:
    store.put(f"{_stops(month)}{_CURRENT}", _text(asdict(last)))


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
