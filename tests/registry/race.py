"""One contender of the registry's race, as a process of its own: ``python -m tests.registry.race ENDPOINT BUCKET NUMBER``.

Each line read from standard input is a round's name; for each, what the contender came to is a line on standard output.
A round is what a run does: claim, then confirm, and say whether the patient-month was still ours.
"""

from __future__ import annotations

import sys
from datetime import date

from flows.registry import Registry, Wish
from flows.settings import Settings
from flows.store import RegistryStore


def main(endpoint: str, bucket: str, number: int) -> None:
    settings = Settings(bucket=bucket, endpoint=endpoint, access_key="test", secret_key="test-secret")
    registry = Registry(RegistryStore(settings), b"k" * 32, f"practice-{number}")
    print("ready", flush=True)
    for line in sys.stdin:
        name, consents = line.split()
        # In a round of kind "later" every practice has another consent day, else all have the same one.
        consent = date(2025, 1, 1 + number) if consents == "later" else date(2025, 1, 1)
        wish = Wish(f"patient-{number}", name, registry.holder(name), f"C{number}", consent)
        won = not registry.claim([wish]) and not registry.confirm([wish])
        print("won" if won else "lost", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
