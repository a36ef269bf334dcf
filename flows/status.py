"""How every practice stands with a service month: from the storage alone, and from the newest run where one is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from flows import attest, packets, stops
from flows.ccm.month_figures import MonthFigures
from flows.ccm.practice import Practice, due_at, terms_of
from flows.ccm.service_month import ServiceMonth
from flows.outbox.awaiting import NOTE
from flows.outbox.manifest import manifest_figures, read_manifest
from flows.rulebook.resolve import Rulebook, load
from flows.settings import Settings
from flows.store import Store, client
from flows.tenancy import SetupError, load_practices

_READERS = 16
_LONGEST_RUN = timedelta(hours=1)  # the largest practice takes minutes
LATE = "late"
_FAILED = {"failed": "failed", "crashed": "crashed", "timedout": "failed", "cancelled": "cancelled", LATE: LATE}
_BROKEN_OFF = ("crashed", "cancelled", "timedout")  # nothing is to be mended first
_DONE = ("completed", "awaiting release")
_NOT_BEGUN = ("scheduled", "awaitingretry", "awaitingconcurrencyslot")
NOT_STARTED, AWAITING_RELEASE, RELEASED, UNREADABLE = "not started", "awaiting release", "released", "unreadable"
GIVEN_UP = "given up"
_BEGIN_AGAIN = "start a worker (`prefect worker start --pool ccm`), or resume the pool (`prefect work-pool resume ccm`)"
_OVERDUE = timedelta(hours=1)  # a run that waits for others' turns is told as scheduled or late by then


class Run(Protocol):
    """A run as its server tells it: the state's name, why, and since when."""

    @property
    def state(self) -> str:
        """The state's name."""

    @property
    def why(self) -> str:
        """The state's message, without PHI."""

    @property
    def since(self) -> datetime | None:
        """When the state began (aware)."""

    @property
    def lost(self) -> bool:
        """Whether it is called at work and has given no sign of life for minutes."""


@dataclass(frozen=True, slots=True)
class Status:
    """A practice's month in one line, without a patient. ``packet`` is the newest sealed one, 0 for none.

    ``figures`` are that packet's, or those of the month that waits for a release; None where there are none.
    ``usual_hold_rate`` is the median of the practice's last months, None where there are none or no figures to hold against it.
    ``attestation`` is empty where the practice did not choose to sign first, or nothing is to be signed.
    """

    practice: str
    state: str
    why: str = ""
    packet: int = 0
    figures: MonthFigures | None = None
    usual_hold_rate: float | None = None
    attestation: str = ""
    needs_person: bool = False


def statuses(
    own: Settings, slugs: Sequence[str], month: ServiceMonth, runs: Mapping[str, Run], now: datetime, idle: str = ""
) -> tuple[Status, ...]:
    """Every practice's status, in the order given. ``runs`` are the newest runs by practice; ``now`` an aware instant.

    ``idle`` says why no run is begun at present, such as that no worker is polling; empty where runs are.

    Raises StoreError, RulebookError, and SetupError where there is no folder of practices: a fault of one practice's own folder
    or packet is its status.
    """
    rulebook = load()
    practices = load_practices(own.tenants, slugs)
    shared = None if own.practice_role else client(own)

    def one(slug: str) -> Status:
        practice = practices[slug]
        try:
            if isinstance(practice, SetupError):
                raise practice
            stored = _stored(Store(own, slug, shared), practice, month, rulebook)
            return _with_run(stored, runs[slug], month, now, idle) if slug in runs else _overdue(stored, practice, month, now)
        except (SetupError, stops.StopUnreadable, packets.PacketGone) as error:
            return Status(slug, UNREADABLE, error.problems[0], needs_person=True)

    with ThreadPoolExecutor(_READERS) as readers:
        return tuple(readers.map(one, slugs))


def _stored(store: Store, practice: Practice, month: ServiceMonth, rulebook: Rulebook) -> Status:
    """What the storage says: a stop that waits, else the newest sealed packet, else that nothing was done."""
    rules = rulebook.in_force(month, terms_of(practice, month.last_day)).stops
    last = stops.last_run(store, month)  # before the packets are listed: one that is sealed in between is no lost one
    data = packets.newest_manifest(store, month)
    content = read_manifest(data) if data is not None else None
    if data is not None and content is None:
        why = f"the newest packet's manifest is damaged; run `ccm verify {practice.slug} {month}`"
        return Status(practice.slug, UNREADABLE, why, needs_person=True)
    number = content["packet"] if content else 0
    if last.newest > number:
        raise packets.PacketGone(month, last.newest)
    stop = stops.waiting(store, month, number, last)
    if stop is not None:
        word = stops.release_of(store, month, stop.digest)
        state, why = AWAITING_RELEASE, f"{'; '.join(stop.out)}; `ccm release {practice.slug} {month}`"
        if word is not None:
            state, why = RELEASED, f"by {word.by} on {word.at.date()}; now {stops.commands_to_seal(practice.slug, month)}"
        usual = stops.usual_hold_rate(store, month, practice.test, rules)
        return Status(practice.slug, state, why, number, stop.figures, usual, needs_person=True)
    if content is None:
        return Status(practice.slug, GIVEN_UP if last.given_up else NOT_STARTED)
    kept = last.packet == number  # else the packet is an older program's, or a month before it was sealed anew
    usual = last.usual_hold_rate if kept else stops.usual_hold_rate(store, month, practice.test, rules)
    released = content.get("released")
    why = f"released by {released['by']} on {released['at'][:10]}: {released['why']}" if released else ""
    signed = _attestation(store, month, number) if NOTE in content["files"] else ""
    return Status(practice.slug, f"sealed packet {number}", why, number, manifest_figures(content), usual, signed)


def _overdue(status: Status, practice: Practice, month: ServiceMonth, now: datetime) -> Status:
    """The status, for a person where the practice's own night has passed and nothing was begun."""
    due = due_at(practice, month)
    if status.state != NOT_STARTED or due is None or now < due + _OVERDUE:
        return status
    why = f"due on {due:%Y-%m-%d} at {due:%H:%M} and not begun; `ccm start {month} {practice.slug}`"
    return replace(status, why=why, needs_person=True)


def _with_run(status: Status, run: Run, month: ServiceMonth, now: datetime, idle: str) -> Status:
    """The status with the newest run's state where that is not done: what is under way or failed comes before what is stored."""
    name = run.state.lower()
    if name in _DONE:
        return status
    if name == LATE and idle:
        why = "; ".join(filter(None, (run.why.rstrip("."), _BEGIN_AGAIN)))
        return replace(status, state=f"{LATE}, {idle}", why=why, needs_person=True)
    if name in _FAILED:
        why = run.why or status.why
        if name in _BROKEN_OFF:
            why = "; ".join(filter(None, (why.rstrip("."), f"`ccm start {month} {status.practice}`")))
        return replace(status, state=_FAILED[name], why=why, needs_person=True)
    if name in _NOT_BEGUN:
        state = f"scheduled, {idle}" if idle else "scheduled"
        why = [run.why] if name == "awaitingretry" and run.why else []
        why += [f"{_BEGIN_AGAIN}, then it goes on by itself"] if idle else []
        return replace(status, state=state, why="; ".join(why), needs_person=bool(idle))
    if run.lost:
        why = f"{name} without a sign of life for five minutes; `ccm start {month} {status.practice}` puts it back"
        return replace(status, state="lost", why=why, needs_person=True)
    if run.since is not None and now - run.since > _LONGEST_RUN:
        return replace(status, state="stuck", why=f"{name} for more than an hour", needs_person=True)
    return replace(status, state=name, why="", needs_person=False)


def _attestation(store: Store, month: ServiceMonth, number: int) -> str:
    return "awaiting attestation" if attest.unsigned(store, month, number) else "signed"


def hold_rate_told(figures: MonthFigures | None, usual: float | None) -> str:
    """The hold rate in per cent with its distance from the usual one in points, as far as there are any."""
    if figures is None or not figures.patients:
        return "-"
    rate = f"{_points(figures.hold_rate)} %"
    return rate if usual is None else f"{rate} ({_points(figures.hold_rate) - _points(usual):+d})"


def _points(share: float) -> int:
    return int((Decimal(str(share)) * 100).to_integral_value())
