"""A practice and its month to read for: two practitioners, a nurse who was promoted, and an inbox built from text."""

from __future__ import annotations

from datetime import date

from flows.ccm.patient import Address
from flows.ccm.practice import Practice, Practitioner, StaffMember
from flows.ccm.service_month import ServiceMonth
from flows.intake.reading import InboxObject, Intake, read_month

MONTH = ServiceMonth(2025, 11)
CROSSWALK = {"44054006": "E11.9", "59621000": "I10", "278860009": "M54.50"}

PRACTICE = Practice(
    slug="elm",
    name="Elm Clinic",
    kind="office",
    mac="JE",
    contractor="01112",
    locality="05",
    time_zone="America/Los_Angeles",
    npi="1234567893",
    tax_id="123456789",
    taxonomy="207Q00000X",
    address=Address("1 Elm St", "Fresno", "CA", "937010001"),
    phone="5595550100",
    contact="Front Desk",
    place_of_service="11",
    type_of_bill="",
    submitter_id="ELM",
    control_series=1,
    test=True,
    choices={},
    practitioners=(Practitioner("dr_a", "Abel", "Ann", "MD", "1679576722", "207Q00000X", date(2020, 1, 1)),),
    staff=(
        StaffMember("n1", "Nora Nurse", "LPN", "vendor", date(2024, 1, 1), date(2025, 11, 9), ("nnurse", "nora@vendor")),
        StaffMember("n1", "Nora Nurse", "RN", "vendor", date(2025, 11, 10), None, ("nnurse", "nora@vendor")),
        StaffMember("n2", "Old Hand", "RN", "practice", date(2020, 1, 1), date(2025, 1, 31), ()),
    ),
    charges=(),
)

PATIENTS = """mrn,family_name,given_name,born,sex,mbi,phone,practitioner,enrolled
M1,Nuñez,José,1948-05-17,M,1EG4-TE5-MK73,(559) 555-0101,dr_a,2025-01-06
M2,O'Brien,Mary Ann,1950-02-03,F,1EG4TE5MK74,559-555-0102,dr_a,2025-01-06
M3,Smith,John,1940-01-01,M,,559-555-0103,dr_a,2025-01-06
M4,Smith,John,1941-01-01,M,,559-555-0103,dr_a,2025-01-06
"""

CALL_HEADER = (
    "entry_id,started,seconds,minutes,staff_id,mrn,mbi,family_name,given_name,born,phone,activity,about,mode,description"
)


def read(files: dict[str, str | bytes]) -> Intake:
    """Read an inbox given as texts or bytes by key."""
    objects = [InboxObject(k, "v1", v.encode() if isinstance(v, str) else v) for k, v in files.items()]
    return read_month(objects, PRACTICE, MONTH, CROSSWALK)


def read_calls(*rows: str, header: str = CALL_HEADER, patients: str = PATIENTS) -> Intake:
    """Read call rows beside the fixture's patients."""
    text = "\n".join([header, *rows, ""])
    return read({"inbox/calls/2025-11/a.csv": text, "inbox/records/patients.csv": patients})


def call(**given: str) -> str:
    """A sound call row of patient M1 with fields replaced."""
    row = dict.fromkeys(CALL_HEADER.split(","), "")
    row |= {"entry_id": "e1", "started": "2025-11-04T10:00:00", "minutes": "10", "staff_id": "n1", "mrn": "M1"}
    row |= {"activity": "patient_call", "about": "chronic", "mode": "remote"} | given
    return ",".join(row.values())


def assert_balanced(intake: Intake) -> None:
    """Each object's rows are taken, excluded or rejected; call logs' taken rows are the time entries, by object."""
    for item in intake.inputs:
        assert item.rows == item.taken + item.excluded + item.rejected, item.key
        assert min(item.rows, item.taken, item.excluded, item.rejected) >= 0
        assert item.excluded == sum(item.ignored.values()), item.key
        assert item.rejected == sum(reject.source.key == item.key for reject in intake.rejects), item.key
    placed = [entry.source for month in intake.patient_months for entry in month.time]
    assert len(placed) == len(set(placed))
    for item in intake.inputs:
        if item.key.startswith("inbox/calls/"):
            assert item.taken == sum(source.key == item.key for source in placed)
