"""The sealed packet that a command is asked about: in the storage, or a folder that it was copied to."""

from __future__ import annotations

import os
from pathlib import Path

from flows import packets, settings, stops
from flows.ccm.service_month import ServiceMonth
from flows.commands.exits import UsageProblem
from flows.store import Store


def month_of(text: str) -> ServiceMonth:
    """A month of a sealed packet. The rulebook is not asked: a packet outlives its rules. Raises UsageProblem."""
    try:
        return ServiceMonth.parse(text)
    except ValueError as error:
        raise UsageProblem(str(error)) from None


def store_of(practice: str) -> Store:
    """The practice's storage, once it answers. Its folder below tenants/ need not exist any more."""
    store = Store(settings.from_environment(os.environ), practice)
    store.check()
    return store


def packet_number(store: Store, practice: str, month: ServiceMonth, asked: int) -> int:
    """The packet asked for, or the month's latest for 0. Raises UsageProblem where it is not sealed."""
    if not asked:
        stops.newest_packet(store, month)  # what was sealed and lost its manifest is told as that
    sealed = packets.sealed_numbers(store, month)
    number = asked or max(sealed, default=0)
    if number not in sealed:
        what = f"packet {asked} is not sealed" if asked and sealed else "no sealed packet"
        raise UsageProblem(f"{practice} {month}: {what}; run `ccm run {practice} {month}`, or ask for another")
    return number


def files_below(folder: Path) -> dict[str, bytes]:
    """Every file of a packet copied to a folder, by name. Raises UsageProblem where there is none, or one that points away."""
    if not (folder / packets.MANIFEST).is_file():
        raise UsageProblem(f"{folder}: no {packets.MANIFEST} in it, so no packet; name the folder that holds one")
    below = sorted(folder.rglob("*"))
    for path in below:
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise UsageProblem(f"{path}: a link or a device, not a file; copy the packet's files themselves")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in below if path.is_file()}
