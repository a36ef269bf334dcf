"""A Bulk FHIR export of any length, written while it is read: ``python -m tests.bench.big_export --gb 0.2 1 2``.

The patients are the same whatever the length; what grows is what a practice's server exports besides: observations, encounters
without a visit code, explanations of benefit, in US Core shapes. Each length is read in a process of its own, and the seconds and
the peak of resident memory are told. Nothing is put on a disk.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from flows import ledger
from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.intake.reading import InboxObject, Intake, read_month
from flows.rulebook.resolve import load
from flows.synthesize.generate import synthesize
from flows.tenancy import load_practice

ROOT = Path(__file__).parents[2]
MONTH = ServiceMonth(2025, 11)
FILE_BYTES = 128 << 20
SHARES = {"Observation": 5, "Encounter": 3, "ExplanationOfBenefit": 2}
_BLOCK = 1 << 20
_WIDEST = "9" * 9  # where a number comes
_TERMS = "http://terminology.hl7.org/CodeSystem"


def export(practice: Practice, patients: int, size: int, seed: int = 1) -> Iterator[InboxObject]:
    """A month's inbox with a FHIR export to which ``size`` bytes that nothing is read from are added, in several files a type."""
    made = synthesize(practice, MONTH, patients, seed, records="fhir")
    yield from (InboxObject(key, "1", data) for key, data in made.objects.items())
    for kind, share in SHARES.items():
        left = size * share // sum(SHARES.values())
        number = 0
        while left > 0:
            body = partial(_resources, kind, patients, min(left, FILE_BYTES), f"{seed}|{kind}|{number}")
            yield InboxObject(f"inbox/records/{kind}.{number:03d}.ndjson", "1", body)
            left, number = left - FILE_BYTES, number + 1


def _resources(kind: str, patients: int, size: int, seed: str) -> Iterator[bytes]:
    """About ``size`` bytes of NDJSON, the same for the same seed; numbers are put into a text that is made once."""
    rng = Random(seed)
    place = hashlib.sha256(seed.encode()).hexdigest()[:12]
    text = json.dumps(_SHAPES[kind](place)).replace("%", "%%").replace(_WIDEST, "%09d").encode() + b"\n"
    count = text.count(b"%09d")
    length = len(text % ((0,) * count))
    for first in range(0, size // length, _BLOCK // length):
        numbers = range(first, min(first + _BLOCK // length, size // length))
        yield b"".join(text % (n, rng.randrange(patients), *(rng.randrange(10**9),) * (count - 2)) for n in numbers)


def _observation(place: str) -> dict[str, Any]:
    quantity = {"value": 121, "unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    coding = [{"system": "http://loinc.org", "code": "85354-9", "display": "Blood pressure panel"}]
    parts = [{"code": {"coding": coding, "text": "Blood pressure"}, "valueQuantity": quantity} for _ in range(2)]
    return _head("Observation", place) | {
        "subject": {"reference": f"Patient/{_WIDEST}"},
        "meta": _meta("us-core-blood-pressure"),
        "status": "final",
        "category": [
            {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "vital-signs"}]}
        ],
        "code": {"coding": coding, "text": "Blood pressure"},
        "effectiveDateTime": "2025-10-02T09:30:00-07:00",
        "component": parts,
    }


def _encounter(place: str) -> dict[str, Any]:
    return _head("Encounter", place) | {
        "subject": {"reference": f"Patient/{_WIDEST}"},
        "meta": _meta("us-core-encounter"),
        "status": "finished",
        "class": {"system": f"{_TERMS}/v3-ActCode", "code": "AMB"},
        "type": [{"coding": [{"system": "http://snomed.info/sct", "code": "185347001"}], "text": "Encounter for problem"}],
        "period": {"start": "2025-10-02T09:30:00-07:00", "end": "2025-10-02T09:50:00-07:00"},
        "participant": [{"individual": {"reference": f"Practitioner/{_WIDEST}", "display": "Dr. Somebody"}}],
    }


def _benefit(place: str) -> dict[str, Any]:
    line = {"sequence": 1, "productOrService": {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": _WIDEST}]}}
    return _head("ExplanationOfBenefit", place) | {
        "patient": {"reference": f"Patient/{_WIDEST}"},
        "meta": _meta("C4BB-ExplanationOfBenefit-Pharmacy"),
        "status": "active",
        "type": {"coding": [{"system": f"{_TERMS}/claim-type", "code": "pharmacy"}]},
        "use": "claim",
        "created": "2025-10-02",
        "item": [line | {"sequence": n} for n in range(1, 9)],
    }


def _head(kind: str, place: str) -> dict[str, Any]:
    return {"resourceType": kind, "id": f"{place}-{_WIDEST}"}


def _meta(profile: str) -> dict[str, Any]:
    return {"lastUpdated": "2025-11-30T02:00:00Z", "profile": [f"http://hl7.org/fhir/StructureDefinition/{profile}"]}


_SHAPES = {"Observation": _observation, "Encounter": _encounter, "ExplanationOfBenefit": _benefit}


def measure(practice: Practice, patients: int, size: int) -> dict[str, Any]:
    """Seconds and peak of this process's resident memory for one length, and a digest of what was read."""
    inbox = list(export(practice, patients, size))
    before = _peak()
    begun = time.perf_counter()
    intake = read(inbox, practice)
    return {
        "gb": round(size / 2**30, 3),
        "rows": sum(item.rows for item in intake.inputs),
        "seconds": round(time.perf_counter() - begun, 1),
        "mb_before": before,
        "mb_peak": _peak(),
        "patient_months": len(intake.patient_months),
        "sha256": hashlib.sha256(ledger.to_lines(intake.patient_months)).hexdigest()[:12],
    }


def read(inbox: list[InboxObject], practice: Practice) -> Intake:
    """The month as the product reads it."""
    return read_month(inbox, practice, MONTH, load().crosswalk)


def _peak() -> int:
    unit = 2**20 if platform.system() == "Darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.big_export")
    parser.add_argument("--gb", type=float, nargs="+", default=[0.2])
    parser.add_argument("--patients", type=int, default=200)
    parser.add_argument("--practice", default="bayview-family")
    parser.add_argument("--here", action="store_true", help="read in this process (one length)")
    given = parser.parse_args()
    for gb in given.gb:
        if given.here:
            print(
                json.dumps(measure(load_practice(ROOT / "tenants", given.practice), given.patients, int(gb * 2**30))), flush=True
            )
        else:
            own = ["--gb", str(gb), "--patients", str(given.patients), "--practice", given.practice, "--here"]
            subprocess.run([sys.executable, "-m", "tests.bench.big_export", *own], check=True, cwd=ROOT)


if __name__ == "__main__":
    main()
