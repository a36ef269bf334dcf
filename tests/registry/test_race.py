"""Eight processes claim the same patient-month at the same instant: never two winners, never none.

``CCM_RACE_ROUNDS=200`` in the environment runs more rounds than the usual few.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.registry import Entry, Registry
from flows.settings import Settings
from flows.store import RegistryStore

PROCESSES = 8
ROUNDS = int(os.environ.get("CCM_RACE_ROUNDS", "15"))


@pytest.fixture
def contenders(own: Settings):
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.registry.race", own.endpoint, own.bucket, str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for number in range(PROCESSES)
    ]
    for each in started:
        assert each.stdout.readline() == "ready\n"
    yield started
    for each in started:
        each.stdin.close()
        each.wait(20)


def test_exactly_one_process_wins_every_round(own: Settings, contenders):
    records = RegistryStore(own)
    registry = Registry(records, b"k" * 32, "")
    for number in range(ROUNDS):
        name = f"round-{number}"
        kind = "later" if number % 2 else "same"
        for each in contenders:
            each.stdin.write(f"{name} {kind}\n")
        for each in contenders:
            each.stdin.flush()
        outcomes = [each.stdout.readline().strip() for each in contenders]
        assert sorted(outcomes) == ["lost"] * (PROCESSES - 1) + ["won"], f"{name}: {outcomes}"
        data, _ = records.find(name)
        assert Entry.read(data).claim_id == registry.claim_token(f"C{outcomes.index('won')}")
        assert Entry.read(data).state == "sealed"
