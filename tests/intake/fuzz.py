"""A fuzzer of the records' and the log's readers: ``python -m tests.intake.fuzz READER [--inputs N] [--seed N]``.

The tests beside it draw their inputs with hypothesis, which finds the smallest failure; this one spends its time in the
readers. An input that raises, or whose rows do not add up, ends the run with its number: the seed makes it again.
"""

from __future__ import annotations

import argparse
import copy
import gzip
import json
import random
from collections import Counter

from tests.intake.damage import ODD_VALUES, holder_of, places
from tests.intake.practice_fixture import PATIENTS, assert_balanced, read
from tests.intake.test_records_fuzz import CALL, EXPORT, ROWS, table

ENCODINGS = ("utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252")


def spoiled(chance: random.Random, record: dict) -> dict:
    """The record with up to four places replaced, taken out, or given another place's value."""
    record = copy.deepcopy(record)
    for _ in range(chance.randrange(5)):
        found = list(places(record))
        if not found:
            break
        holder, last = holder_of(record, chance.choice(found))
        what = chance.randrange(4)
        if what == 0:
            del holder[last]
        elif what == 1 and isinstance(holder[last], str):
            at = chance.randrange(len(holder[last]) + 1)
            odd = chr(chance.choice((0, 9, 34, 39, 44, 233, 0x661, 0x202E, 0x1F600)))
            holder[last] = holder[last][:at] + odd + holder[last][at:]
        else:
            holder[last] = copy.deepcopy(chance.choice(ODD_VALUES))
    return record


def cut(chance: random.Random, data: bytes) -> bytes:
    """The bytes, one time in three with some changed, compressed, or cut."""
    if data and chance.randrange(6) == 0:
        at = chance.randrange(len(data))
        data = data[:at] + chance.randbytes(chance.randrange(5)) + data[at + chance.randrange(4) :]
    if chance.randrange(6) == 0:
        data = gzip.compress(data, mtime=0)
    return data[: len(data) - chance.randrange(31)] if chance.randrange(6) == 0 else data


def fhir(chance: random.Random) -> dict[str, bytes]:
    """An export over one file or two, as lines or as a bundle, perhaps beside a roster."""
    files = {"inbox/records/patients.csv": PATIENTS.encode()} if chance.randrange(2) else {}
    for number in range(chance.randrange(1, 3)):
        resources = [spoiled(chance, resource) for resource in chance.sample(EXPORT, chance.randrange(1, len(EXPORT)))]
        bundle = {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}
        text = json.dumps(bundle) if chance.randrange(3) == 0 else "\n".join(map(json.dumps, resources))
        suffix = chance.choice(("ndjson", "ndjson", "json", "ndjson.gz"))
        files[f"inbox/records/{number}.{suffix}"] = cut(chance, text.encode("utf-8", "surrogatepass"))
    return files


def records(chance: random.Random) -> dict[str, bytes]:
    """Some tables of the practice's records beside a sound roster."""
    files = {"inbox/records/patients-1.csv": PATIENTS.encode()}
    for name in chance.sample(sorted(ROWS), chance.randrange(1, 4)):
        rows = [_as_text(spoiled(chance, ROWS[name])) for _ in range(chance.randrange(1, 4))]
        text = table([row or {"mrn": ""} for row in rows], chance.choice(("\n", "\r\n", "\r")))
        files[f"inbox/records/{name}-2.csv"] = cut(chance, text.encode(chance.choice(ENCODINGS), "replace"))
    return files


def calls(chance: random.Random) -> dict[str, bytes]:
    """A canonical log beside a sound roster."""
    rows = [_as_text(spoiled(chance, CALL)) for _ in range(chance.randrange(1, 5))]
    text = table([row or {"mrn": ""} for row in rows], chance.choice(("\n", "\r\n", "\r")))
    content = cut(chance, text.encode(chance.choice(ENCODINGS), "replace"))
    return {"inbox/calls/2025-11/a.csv": content, "inbox/records/patients.csv": PATIENTS.encode()}


def _as_text(row: dict) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in row.items()}


READERS = {"fhir": fhir, "records": records, "calls": calls}


def run(reader: str, inputs: int, seed: int) -> Counter[str]:
    """What the rows of so many inputs came to. Raises AssertionError naming the first input that does not add up."""
    came: Counter[str] = Counter()
    for number in range(inputs):
        files = READERS[reader](random.Random(f"{seed}/{reader}/{number}"))
        try:
            intake = read(files)
            assert_balanced(intake)
            assert len({r.source for r in intake.rejects}) == len(intake.rejects)
            assert len(intake.inputs) == len(files)
        except Exception as error:
            raise AssertionError(f"{reader}, seed {seed}, input {number}: {type(error).__name__}") from error
        for name in ("rows", "taken", "excluded", "rejected"):
            came[name] += sum(getattr(item, name) for item in intake.inputs)
        came.update(reject.reason for reject in intake.rejects)
    return came


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.intake.fuzz")
    parser.add_argument("reader", choices=READERS)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(given.reader, given.inputs, "inputs:", dict(run(given.reader, given.inputs, given.seed)))
