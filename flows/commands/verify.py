"""``ccm verify`` and ``ccm attest``: whether a packet is as it was sealed, and whether its attestations are signed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from flows import packets
from flows.commands.exits import DONE, NOT_HELD, UsageProblem
from flows.commands.sealed_packet import files_below, month_of, packet_number, store_of

Packet = Annotated[int, typer.Option("--packet", min=0, help="The packet's number; 0 is the month's latest.")]
attest = typer.Typer(no_args_is_help=True, help="Attestations that practitioners have signed.")


def verify(
    words: Annotated[list[str], typer.Argument(metavar="FOLDER | PRACTICE MONTH", help="A copied packet, or one in storage.")],
    packet: Packet = 0,
) -> int:
    """Prove a packet: every byte as it was sealed, balances, claims and attestations as decided. One line for each fault."""
    from flows.outbox.manifest import seal_of
    from flows.verify.packet import verify_packet

    if len(words) == 1:
        files, what = files_below(Path(words[0])), words[0]
    elif len(words) == 2:
        month, store = month_of(words[1]), store_of(words[0])
        number = packet_number(store, words[0], month, packet)
        files, what = packets.read_packet(store, month, number), f"{words[0]} {month}, packet {number}"
    else:
        raise UsageProblem("give a packet's folder, or a practice and a month, like `ccm verify bayview-family 2025-11`")
    faults = verify_packet(files)
    for fault in faults:
        typer.echo(fault)
    count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
    typer.echo(f"{what}: {count if faults else f'{len(files)} files, all as sealed, and it adds up'}")
    if not faults:
        # Whoever can rewrite a copy can also make it a manifest: that it is the one sealed shows by comparing this.
        typer.echo(
            f"{what}: seal {seal_of(files[packets.MANIFEST])}; a copy is the packet in the storage where both say the same seal"
        )
    return NOT_HELD if faults else DONE


@attest.callback()
def attest_group() -> None:
    """Attestations that practitioners have signed."""


@attest.command("verify")
def attest_verify(
    words: Annotated[list[str], typer.Argument(metavar="[FILE] PRACTICE MONTH", help="A signed file; with --inbox, none.")],
    inbox: Annotated[bool, typer.Option("--inbox", help="Check every file of PRACTICE/inbox/attestations/MONTH/.")] = False,
    packet: Packet = 0,
) -> int:
    """Say whether a signed attestation covers the packet as it stands; with --inbox, whether all of the packet are signed."""
    if len(words) != (2 if inbox else 3):
        raise UsageProblem("give a file, a practice and a month, or `--inbox` with a practice and a month")
    path = None if inbox else Path(words[0])
    if path is not None and not path.is_file():
        raise UsageProblem(f"{path}: no such file; name the signed PDF")
    practice, month = words[-2], month_of(words[-1])
    store = store_of(practice)
    number = packet_number(store, practice, month, packet)
    from flows.attest import signed_files, to_sign
    from flows.attest import verify as check

    files = packets.read_packet(store, month, number)
    given = signed_files(store, month) if path is None else {str(path): path.read_bytes()}
    covered: set[str] = set()
    for name, pdf in given.items():
        checked = check(pdf, files)
        for finding in checked.findings:
            typer.echo(f"{name}: {'' if finding.holds else 'FAILS: '}{finding.line}")
        if checked.covers:
            covered.add(checked.attestation)
            typer.echo(f"{name}: covers {checked.attestation} of packet {number}")
    if path is not None:
        return DONE if covered else NOT_HELD
    missing = [name for name in to_sign(files) if name not in covered]
    for name in missing:
        typer.echo(f"{name}: no signed file covers it")
    typer.echo(f"{practice} {month}, packet {number}: {len(covered)} of {len(covered) + len(missing)} attestations signed")
    return NOT_HELD if missing else DONE
