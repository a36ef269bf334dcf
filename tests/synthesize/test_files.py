"""The files of a synthetic month: same bytes again, documented columns, nothing that could be a real person's."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flows.ccm.service_month import ServiceMonth
from flows.synthesize.dials import Dials
from flows.synthesize.generate import synthesize
from tests.synthesize.examples import NOVEMBER, practice
from tests.synthesize.reading import call_keys, documented_columns, raw_rows, text_of

ROOT = Path(__file__).parents[2]
# A real MBI: letters but S, L, O, I, B and Z. A synthetic one has the same positions with any letter.
REAL_MBI = re.compile(r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[AC-HJKMNP-RT-Y]{2}\d{2}")
MBI_SHAPE = re.compile(r"[1-9][A-Z][A-Z0-9]\d[A-Z][A-Z0-9]\d[A-Z]{2}\d{2}")

_DIGEST = """
import hashlib, json
from flows.synthesize.generate import synthesize
from tests.synthesize.examples import NOVEMBER, practice
month = synthesize(practice(), NOVEMBER, 40, 9, records="mixed")
parts = [k.encode() + d for k, d in month.objects.items()] + [json.dumps(month.expected).encode()]
print(hashlib.sha256(b"".join(parts)).hexdigest())
"""


def test_same_arguments_same_bytes_in_another_process():
    digests = {
        subprocess.run(
            [sys.executable, "-c", _DIGEST],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_another_seed_is_another_month():
    one, two = (synthesize(practice(), NOVEMBER, 10, seed).objects["inbox/records/patients.csv"] for seed in (1, 2))
    assert hashlib.sha256(one).digest() != hashlib.sha256(two).digest()


@pytest.mark.parametrize("records", ["csv", "fhir", "mixed"])
def test_csv_files_have_documented_columns_and_whole_rows(records):
    month = synthesize(practice(), NOVEMBER, 60, 4, records=records)
    documented = documented_columns()
    seen = set()
    for key in month.objects:
        if ".csv" not in key:
            continue
        table = "calls" if "/calls/" in key else key.split("/")[-1].split(".")[0]
        seen.add(table)
        columns, required = documented[table]
        (_, header), *data = raw_rows(month, key)
        assert set(header) <= columns and required <= set(header)
        assert all(len(cells) == len(header) for line, cells in data if f"{key}:{line}" not in month.expected["rejects"])
    assert {"calls", "patients", "conditions", "consents"} <= seen
    if records == "csv":
        # Confirmed callers and remittances answer a packet: no month begins with them.
        assert seen >= set(documented) - {"inpatient", "other_services", "identity", "remittances"}


def test_export_parses_and_its_references_resolve():
    month = synthesize(practice(), NOVEMBER, 60, 4, records="fhir")
    resources = {}
    for key in (k for k in month.objects if ".ndjson" in k):
        lines = text_of(month, key).splitlines()
        assert len(lines) == month.expected["rows"][key]
        for line in lines:
            resource = json.loads(line)
            name = f"{resource['resourceType']}/{resource['id']}"
            assert name not in resources
            assert key.split("/")[-1].split(".")[0] == resource["resourceType"]
            resources[name] = resource
    referred = set(re.findall(r'"reference": "([^"]+)"', json.dumps(list(resources.values()))))
    assert referred and referred <= resources.keys()
    kinds = {name.split("/")[0] for name in resources}
    assert kinds == {
        *("Patient", "Condition", "CarePlan", "Goal", "CareTeam", "MedicationRequest", "Coverage"),
        *("Consent", "Encounter", "Practitioner", "Organization"),
    }
    conditions = [r for name, r in resources.items() if name.startswith("Condition/")]
    coded = [{c["system"] for c in r["code"]["coding"]} for r in conditions]
    assert any(systems == {"http://snomed.info/sct"} for systems in coded) and any(len(systems) == 2 for systems in coded)


def test_nobody_in_it_could_be_real():
    month = synthesize(practice(), NOVEMBER, 300, 4, Dials(bad_mbi=0.2))
    rows = list(csv.DictReader(io.StringIO(text_of(month, "inbox/records/patients.csv"))))
    well_formed = [r for r in rows if MBI_SHAPE.fullmatch(r["mbi"])]
    short = {r["mrn"] for r in rows} - {r["mrn"] for r in well_formed}
    assert short == {mrn for mrn, p in month.expected["patients"].items() if "bad_mbi" in p["planted"]} != set()
    assert not any(REAL_MBI.fullmatch(r["mbi"]) for r in rows)
    assert len({r["mbi"] for r in rows}) == len(rows)
    assert all(re.fullmatch(r"51055501\d\d", r["phone"]) for r in rows)
    assert all(re.fullmatch(r"94612-\d{4}", r["postal_code"]) and r["state"] == "CA" for r in rows)
    ages = sorted((NOVEMBER.first_day.year - int(r["born"][:4])) for r in rows)
    assert ages[0] >= 41 and ages[-1] <= 96 and ages[len(ages) // 10] >= 64


def test_logs_come_in_several_forms():
    month = synthesize(practice(), NOVEMBER, 120, 4, Dials(duplicate_rows=0.3))
    keys = call_keys(month)
    assert len(keys) >= 6 and sum(k.endswith(".csv.gz") for k in keys) == 1 and any("late" in k for k in keys)
    text = "".join(text_of(month, k) for k in keys)
    assert re.search(r"T\d\d:\d\d:\d\d-08:00,", text) and re.search(r"T\d\d:\d\d:\d\dZ,", text)
    descriptions = [
        dict(zip(h, c, strict=False)).get("description")
        for k in keys
        for (_, h), *data in [list(raw_rows(month, k))]
        for _, c in data
    ]
    assert len(set(descriptions)) > 0.75 * len(descriptions)


@pytest.mark.parametrize(
    "kind, month, lines",
    [
        ("rhc", ServiceMonth(2025, 6), {"G0511 x1"}),
        ("fqhc", ServiceMonth(2024, 1), {"G0511 x1"}),
        ("rhc", ServiceMonth(2025, 7), {"99490 x1", "99439 x1"}),
        ("hospital_outpatient", ServiceMonth(2025, 6), {"99490 x1", "99439 x1"}),
    ],
)
def test_lines_fit_the_kind_of_practice(kind, month, lines):
    totals = synthesize(practice(kind=kind), month, 80, 2).expected["totals"]["lines"]
    assert lines <= totals.keys()
    assert ("G0511 x1" in totals) == (lines == {"G0511 x1"})


@pytest.mark.parametrize(
    "changes, arguments, said",
    [
        ({"test": False}, {}, "not marked test"),
        ({"staff": ()}, {}, "staff.csv"),
        ({"practitioners": ()}, {}, "practitioners.csv"),
        ({"charges": ()}, {}, "charges.csv"),
        ({}, {"records": "hl7"}, "csv, fhir, mixed"),
        ({}, {"patients": 5000}, "ask for fewer patients"),
    ],
)
def test_a_month_that_cannot_be_made_is_refused_in_one_line(changes, arguments, said):
    with pytest.raises(ValueError, match=said) as caught:
        synthesize(practice(**changes), NOVEMBER, arguments.pop("patients", 5), 1, **arguments)
    assert "\n" not in str(caught.value)


def test_a_dial_out_of_range_is_named():
    with pytest.raises(ValueError, match="no_consent"):
        Dials(no_consent=1.5)
