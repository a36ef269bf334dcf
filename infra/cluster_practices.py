"""Invented practices for the cluster: tenant folders that differ in state, contractor, kind and zone, and an inbox for each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from flows.ccm.service_month import ServiceMonth
from flows.settings import from_environment
from flows.store import Store, client
from flows.synthesize.generate import RECORDS, synthesize
from flows.tenancy import load_practice, practice_slugs
from flows.tenancy.numbers import npi_check_digit

MONTH = ServiceMonth(2025, 11)
PATIENTS = (20, 30)
_ROOT = Path(__file__).parents[1]
# Where a practice may stand: state, city, ZIP+4, its MAC, its Part B contractor number, its zone.
_PLACES = (
    ("OR", "Portland", "972012001", "JF", "02302", "America/Los_Angeles"),
    ("AZ", "Tucson", "857012002", "JF", "03102", "America/Phoenix"),
    ("AK", "Juneau", "998012003", "JF", "02102", "America/Juneau"),
    ("IA", "Dubuque", "520012004", "J5", "05102", "America/Chicago"),
    ("WI", "Madison", "537032005", "J6", "06302", "America/Chicago"),
    ("IN", "Fort Wayne", "468022006", "J8", "08102", "America/Indiana/Indianapolis"),
    ("OH", "Dayton", "454022007", "J15", "15202", "America/New_York"),
    ("CO", "Pueblo", "810032008", "JH", "04112", "America/Denver"),
    ("GA", "Macon", "312012009", "JJ", "10212", "America/New_York"),
    ("HI", "Hilo", "967202010", "JE", "01212", "Pacific/Honolulu"),
)
# The kind, its place of service, and the test practice whose people and charges it borrows.
_KINDS = (
    ("office", "11", "bayview-family"),
    ("office", "11", "bayview-family"),
    ("hospital_outpatient", "22", "gulfside-hospital"),
    ("rhc", "72", "cumberland-rural"),
)


def invent_folders(root: Path, count: int, alike: bool = False) -> tuple[str, ...]:
    """Write ``count`` tenant folders below ``root`` in place of what was there, and return their slugs.

    Practices that are ``alike`` are offices, each in a place of its own.
    """
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    for number in range(1, count + 1):
        _folder(root, number, _KINDS[0 if alike else number % len(_KINDS)])
    return practice_slugs(root)


def fill_inboxes(
    environment: Mapping[str, str], root: Path, sizes: tuple[int, int] = PATIENTS, records: tuple[str, ...] = RECORDS
) -> int:
    """Put an invented inbox into each practice's prefix that has none, making the bucket, and return how many patients that is.

    ``sizes`` are the fewest and the most patients of a practice; the forms of ``records`` are taken in turn. An inbox that
    somebody has changed stays as it is.
    """
    own = from_environment(environment)
    s3 = client(own)
    if own.bucket not in {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}:
        s3.create_bucket(Bucket=own.bucket)
    patients = 0
    for number, slug in enumerate(practice_slugs(root)):
        store = Store(own, slug)
        if store.list("inbox/"):
            continue
        size = sizes[0] + number % (sizes[1] - sizes[0] + 1)
        made = synthesize(load_practice(root, slug), MONTH, size, number + 1, records=records[number % len(records)])
        for key, data in made.objects.items():
            store.put(key, data)
        patients += size
    return patients


def _folder(root: Path, number: int, like: tuple[str, str, str]) -> None:
    state, city, postal_code, mac, contractor, zone = _PLACES[number % len(_PLACES)]
    kind, place, lender = like
    slug = f"invented-{number:02d}"
    lent = _ROOT / "tenants" / lender
    shutil.copytree(lent, root / slug)
    if kind == "rhc":  # its contractor pays Part A; the lender's own place is kept, as few places are known for it
        text = (lent / "practice.toml").read_text(encoding="utf-8")
        for key, value in (("name", f"Invented Clinic {number}"), ("npi", _npi(number)), ("submitter_id", f"INVENTED{number}")):
            text = _told(text, key, json.dumps(value))
        text = _told(text, "control_series", str(number))
    else:
        text = "\n".join(
            [
                f'name = "Invented Practice {number}"\nkind = "{kind}"\nmac = "{mac}"\ncontractor = "{contractor}"',
                f'time_zone = "{zone}"\nnpi = "{_npi(number)}"\ntax_id = "94-555{200 + number:04d}"\ntaxonomy = "207Q00000X"',
                f'phone = "415-555-{100 + number:04d}"\ncontact = "Billing Office"\nplace_of_service = "{place}"',
                f'submitter_id = "INVENTED{number}"\ncontrol_series = {number}\ntest = true\n\n[address]',
                f'line1 = "{number} Example Street"\ncity = "{city}"\nstate = "{state}"\npostal_code = "{postal_code}"',
                f'\n[schedule]\nnight = {number % 3 + 1}\nat = "{2 + number % 4:02d}:{number % 60:02d}"\n',
            ]
        )
    (root / slug / "practice.toml").write_text(text, encoding="utf-8")


def _told(text: str, key: str, value: str) -> str:
    return "\n".join(f"{key} = {value}" if line.startswith(f"{key} = ") else line for line in text.split("\n"))


def _npi(number: int) -> str:
    first_nine = f"1555{number:05d}"
    return first_nine + npi_check_digit(first_nine)
