"""One patient-month's claim at every payer that was ever sent it, while a correction settles what becomes of it at each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from flows.ccm.claim_record import (
    ANSWERED,
    BY_HAND,
    NUMBER,
    SENT,
    VOIDED,
    WITHDRAW,
    AtPayer,
    ClaimRecord,
    differences,
    place_of,
    record_of,
)

# What differs between one claim's two plans though nothing of the service does.
_OF_ONE_PLAN = frozenset({"payer", NUMBER, "authorization", ANSWERED})


class ClaimAtPayers:
    """By place (``claim_record.place_of``) what a payer has of the claim, in the packet ``packet``."""

    def __init__(self, record: ClaimRecord, packet: int) -> None:
        self.record, self._packet = record, packet
        self.here = record.here
        self._at = {at.place: at for at in (*record.others, record.here)}
        sent = self.here.at_payer
        if sent and place_of(sent) != self.here.place:  # so an older record tells of the payer that had it before
            self.suppose_sent(AtPayer(SENT if ANSWERED in sent else WITHDRAW, self.here.packet, sent))

    def find(self, place: str) -> AtPayer | None:
        """What the payer of ``place`` has of the claim, None where it was never sent there."""
        return self._at.get(place)

    def stands_at(self, place: str) -> bool:
        """Whether the claim stands there."""
        return place in self._at and self._at[place].stands

    def suppose_sent(self, *at: AtPayer) -> None:
        """Hold the claim for sent to a plan that paid first, where nothing is known of it there."""
        for each in at:
            self._at.setdefault(each.place, each)

    def put(self, status: str, content: dict[str, str], at_payer: dict[str, str], waits: bool = False) -> None:
        """Write down what becomes of the claim in this packet at the place that ``content`` names."""
        self._put(AtPayer(status, self._packet, content, at_payer, waits))

    def put_entered(self, content: dict[str, str]) -> None:
        """Write down that a person entered the claim at the place that ``content`` names, before this packet."""
        self._put(AtPayer(BY_HAND, self._packet - 1, content))

    def put_void(self, content: dict[str, str], number: str) -> None:
        """Write down that a file of this packet voids the claim, by the payer's ``number``, which is spent by that."""
        self._put(AtPayer(VOIDED, self._packet, content, spent=(number,)))

    def _put(self, at: AtPayer) -> None:
        old = self._at.get(at.place)
        self._at[at.place] = replace(at, spent=(*old.spent, *at.spent) if old else at.spent)

    def change(self, place: str, content: dict[str, str], at_payer: dict[str, str]) -> None:
        """Keep what a payer has, with another word on what it is to be."""
        self._at[place] = replace(self._at[place], content=content, at_payer=at_payer)

    def withdraw_but(self, places: Iterable[str]) -> tuple[str, ...]:
        """Have the claim withdrawn wherever else it stands; the payers, as a record names them."""
        keep = frozenset(places)
        gone = sorted(place for place, at in self._at.items() if at.stands and place not in keep)
        for place in gone:
            self._at[place] = replace(self._at[place], status=WITHDRAW, packet=self._packet, waits=False)
        return tuple(self._at[place].content["payer"] for place in gone)

    def enter_again(self, place: str) -> None:
        """A claim that was to be withdrawn is to stand after all: a person sees to it."""
        self._at[place] = replace(self._at[place], status=BY_HAND, packet=self._packet)

    def catch_up(self, place: str, content: Mapping[str, str]) -> bool:
        """Whether the service at ``place`` is to be told otherwise than it was; it is, from now on."""
        at = self._at[place]
        parts = {name: now for name, _, now in differences(at.content, dict(content)) if name not in _OF_ONE_PLAN}
        if parts:
            told = {name: value for name, value in (at.content | parts).items() if value}
            self._at[place] = replace(at, content=told, at_payer=at.last_sent)
        return bool(parts)

    def record_at(self, place: str, billed: bool) -> ClaimRecord:
        """The record, with ``place`` as the one that the claim was billed to last."""
        others = [at for other, at in self._at.items() if other != place]
        return record_of(self.record.claim_id, self.record.patient_key, billed, self._at[place], others)
