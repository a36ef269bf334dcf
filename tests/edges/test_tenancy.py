"""Tenant folders: the three shipped load, and every kind of mistake is told with its file, line or key, and a remedy."""

from __future__ import annotations

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flows.ccm.patient import Address
from flows.ccm.practice import Facility
from flows.tenancy import SetupError, load_practice, load_practices, practice_slugs
from flows.tenancy.numbers import npi_check_digit

TENANTS = Path(__file__).parents[2] / "tenants"
SLUG = "bayview-family"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy = tmp_path / "tenants"
    shutil.copytree(TENANTS, copy)
    return copy


def problems(root: Path, slug: str = SLUG) -> tuple[str, ...]:
    with pytest.raises(SetupError) as raised:
        load_practice(root, slug)
    return raised.value.problems


def change(root: Path, name: str, old: str, new: str, slug: str = SLUG) -> None:
    path = root / slug / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_three_shipped_practices_load_and_are_marked_as_tests():
    loaded = {slug: load_practice(TENANTS, slug) for slug in practice_slugs(TENANTS)}
    assert {(p.kind, p.mac, p.time_zone) for p in loaded.values()} == {
        ("office", "JE", "America/Los_Angeles"),
        ("rhc", "J15", "America/New_York"),
        ("hospital_outpatient", "JH", "America/Chicago"),
    }
    assert all(p.test for p in loaded.values())
    office = loaded[SLUG]
    assert office.address.postal_code == "941102001"
    assert office.tax_id == "945550101"
    assert office.choices["tcm_same_month"].on == date(2025, 1, 2)
    assert [person.logins for person in office.staff if person.id == "cma_nguyen"] == [("mnguyen", "mnguyen2")]
    assert office.charge("99490", date(2025, 12, 31)) == Decimal("125.00")
    assert office.charge("99490", date(2026, 1, 1)) == Decimal("135.00")


def test_of_many_each_is_loaded_or_told_as_it_would_be_alone(root: Path):
    change(root, "practice.toml", "control_series = ", "control_series = 1 # ", slug="cumberland-rural")
    change(root, "practice.toml", 'npi = "1555000011"', 'npi = "1555000012"')
    asked = (*practice_slugs(root), "no-such-folder", "Not A Name")
    found = load_practices(root, asked)
    assert tuple(found) == asked
    for slug, each in found.items():
        if isinstance(each, SetupError):
            assert each.problems == problems(root, slug)
        else:
            assert each == load_practice(root, slug)
    assert {slug for slug, each in found.items() if isinstance(each, SetupError)} >= {SLUG, "no-such-folder", "Not A Name"}


def test_a_stray_copy_under_a_name_that_is_no_practices_stops_none(root: Path):
    for stray in ("Bad_Name", f"{SLUG}.bak"):
        shutil.copytree(root / SLUG, root / stray)
    found = load_practices(root, [SLUG, "Bad_Name"])
    assert not isinstance(found[SLUG], SetupError)
    assert isinstance(found["Bad_Name"], SetupError)


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("practice.toml", 'npi = "1555000011"', 'npi = "1555000012"', "key 'npi': the NPI's check digit is wrong"),
        ("practice.toml", 'npi = "1555000011"', 'npi = "3555000011"', "key 'npi': not an NPI"),
        ("practice.toml", 'npi = "1555000011"', "", "key 'npi': is missing; add it"),
        ("practice.toml", 'kind = "office"', 'kind = "clinic"', "key 'kind'"),
        ("practice.toml", "207Q00000X", "207Q00000", "key 'taxonomy': not a provider taxonomy code"),
        ("practice.toml", "94110-2001", "94110", "key 'address.postal_code': not a ZIP+4"),
        ("practice.toml", "94110-2001", "94110-0000", "key 'address.postal_code': not a ZIP+4"),
        ("practice.toml", "94-5550101", "94-555010", "key 'tax_id': not an EIN"),
        ("practice.toml", 'mac = "JE"', 'mac = "J1"', "key 'mac': 'J1' is no MAC jurisdiction"),
        ("practice.toml", 'mac = "JE"', 'mac = "JH"', "key 'mac': JH does not serve CA"),
        ("practice.toml", "01112", "01312", "key 'contractor': 01312 does not serve CA in JE; use 01112 or 01182"),
        ("practice.toml", "America/Los_Angeles", "US Pacific", "key 'time_zone': not an IANA time zone"),
        (
            "practice.toml",
            'place_of_service = "11"',
            'place_of_service = "02"',
            "key 'place_of_service': place of service 02 is refused",
        ),
        (
            "practice.toml",
            'place_of_service = "11"',
            'place_of_service = "31"',
            "key 'place_of_service': place of service 31 is refused",
        ),
        ("practice.toml", "test = true", 'test = "yes"', "key 'test'"),
        ("practice.toml", "test = true", 'test = true\ntype_of_bill = "711"', "key 'type_of_bill': leave it out"),
        ("practice.toml", "control_series = 101", "control_series = 1000", "key 'control_series'"),
        ("practice.toml", "control_series = 101", "control_series = 102", "is taken by cumberland-rural"),
        ("practice.toml", "[address]", 'contractor_part_a = "01111"\n[address]', "key 'contractor_part_a': only an RHC or FQHC"),
        ("practice.toml", "415-555-0101", "15-555-0101", "key 'phone': not a US telephone number"),
        ("practice.toml", "100 Example Street", "P.O. Box 12", "key 'address.line1': a post-office box is refused"),
        ("practice.toml", 'name = "Bayview', 'nmae = "x"\nname = "Bayview', "key 'nmae': is not known"),
        (
            "practice.toml",
            "[choices.tcm_same_month]",
            "[choices.tcm_same_moth]",
            "'tcm_same_moth' is no choice that a practice has",
        ),
        ("practice.toml", 'value = "hold"', 'value = "sometimes"', "tcm_same_month cannot be 'sometimes'; use hold or allow"),
        ("practice.toml", 'by = "Miriam Castellanos, billing lead"', "", "key 'choices.tcm_same_month.by': is missing"),
        ("practice.toml", "[address]", "[address", "not TOML"),
        ("practitioners.csv", "1555000029", "1555000028", "line 2: column 'npi': the NPI's check digit is wrong"),
        ("practitioners.csv", "1555000037", "1555000029", "line 3: column 'npi': stands on line 2 too"),
        ("practitioners.csv", "np_marrero", "dr_okafor", "line 4: column 'id': stands on line 2 too"),
        ("practitioners.csv", "2022-05-02", "05/02/2022", "line 4: column 'start': not a date"),
        ("practitioners.csv", "2022-05-02", "1650000000", "line 4: column 'start': not a date"),
        ("practitioners.csv", ",NP,", ",NP,,", "line 4: 10 fields under 9 columns"),
        ("staff.csv", "employer", "employed_by", "line 1: unknown column 'employed_by', column 'employer' is missing"),
        ("staff.csv", "RN,practice", "RN,agency", "line 2: column 'employer'"),
        ("staff.csv", "rn_tavares,", "dr_okafor,", "line 2: 'dr_okafor' is a practitioner's id"),
        ("staff.csv", "dwhitfield", "btavares", "line 3: column 'logins': an id or login is line 2's too"),
        ("staff.csv", "lpn_whitfield", "rn_tavares", "line 3: column 'id': overlaps line 2"),
        ("staff.csv", "2020-04-06,,", "2020-04-06,2019-01-01,", "line 2: column 'end': lies before start"),
        ("charges.csv", "2025-12-31", "2026-01-31", "line 3: column 'code': 99490 is priced on line 2 for these days"),
        ("charges.csv", "125.00", "-125.00", "line 2: column 'amount'"),
        ("charges.csv", "125.00", "125.005", "line 2: column 'amount'"),
        ("charges.csv", "99490,125.00", '"99490"x,125.00', "line 2: not CSV"),
    ],
)
def test_a_mistake_is_told_once_with_its_place(root: Path, name: str, old: str, new: str, told: str):
    change(root, name, old, new)
    lines = problems(root)
    assert len(lines) == 1, lines
    assert lines[0].startswith(f"tenants/{SLUG}/{name}: ")
    assert told in lines[0]
    assert "; " in lines[0], "says how to mend it"
    assert "\n" not in lines[0]


def test_every_problem_is_told_not_the_first_alone(root: Path):
    change(root, "practice.toml", "1555000011", "1555000012")
    change(root, "practitioners.csv", "1555000029", "1555000020")
    (root / SLUG / "staff.csv").unlink()
    (root / SLUG / "charges.csv").write_text("code,amount,start,end\n", encoding="utf-8")
    told = [line.split(": ")[0] for line in problems(root)]
    assert told == [f"tenants/{SLUG}/{name}" for name in ("practice.toml", "practitioners.csv", "staff.csv", "charges.csv")]


def test_a_credential_that_changes_is_a_new_row(root: Path):
    change(root, "staff.csv", "2021-09-13,,dwhitfield", "2021-09-13,2025-06-30,dwhitfield")
    with (root / SLUG / "staff.csv").open("a", encoding="utf-8") as file:
        file.write("lpn_whitfield,Dorothea Whitfield,RN,practice,2025-07-01,,dwhitfield\n")
    staff = [person for person in load_practice(root, SLUG).staff if person.id == "lpn_whitfield"]
    assert [(person.credential, person.start) for person in staff] == [("LPN", date(2021, 9, 13)), ("RN", date(2025, 7, 1))]


def test_an_rhc_states_its_type_of_bill_and_a_part_a_contractor(root: Path):
    change(root, "practice.toml", 'type_of_bill = "711"\n', "", "cumberland-rural")
    change(root, "practice.toml", "15101", "04411", "cumberland-rural")
    assert [line.partition(": key ")[2].partition(":")[0] for line in problems(root, "cumberland-rural")] == ["'type_of_bill'"]
    change(root, "practice.toml", 'place_of_service = "72"', 'place_of_service = "72"\ntype_of_bill = "711"', "cumberland-rural")
    assert ["'contractor_part_a'" in line for line in problems(root, "cumberland-rural")] == [True]
    change(root, "practice.toml", 'contractor_part_a = "04411"\n', "", "cumberland-rural")
    (line,) = problems(root, "cumberland-rural")
    assert "key 'contractor_part_a': an RHC or FQHC bills Part A" in line


FACILITY = """[facility]
name = "Bayview East"
npi = "1555001019"
line1 = "2 Other Street"
city = "Oakland"
state = "CA"
postal_code = "94607-2002"

"""


def test_a_place_of_service_and_a_supervisor_are_read(root: Path):
    change(root, "practice.toml", "[choices.tcm_same_month]", FACILITY + "[choices.tcm_same_month]")
    header, first, *rest = (root / SLUG / "practitioners.csv").read_text(encoding="utf-8").splitlines()
    lines = [f"{header},supervisor", f"{first},", *(f"{row},dr_okafor" for row in rest)]
    (root / SLUG / "practitioners.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    practice = load_practice(root, SLUG)
    assert practice.facility == Facility("Bayview East", Address("2 Other Street", "Oakland", "CA", "946072002"), "1555001019")
    assert {p.supervisor for p in practice.practitioners} == {"", "dr_okafor"}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("1555001019", "1555001018", "key 'facility.npi'"),
        ("1555001019", "1555000011", "key 'facility.npi': is the practice's own"),
        ("2 Other Street", "PO Box 2", "key 'facility.line1': a post-office box is refused"),
        ("94607-2002", "94607", "key 'facility.postal_code': not a ZIP+4"),
        ('name = "Bayview East"\n', "", "key 'facility.name': is missing"),
        ('city = "Oakland"', 'city = "Oakland"\ntown = "x"', "key 'facility.town': is not known"),
        (
            'line1 = "2 Other Street"\ncity = "Oakland"\nstate = "CA"\npostal_code = "94607-2002"',
            'line1 = "100 Example Street"\nline2 = "Suite 200"\ncity = "San Francisco"\nstate = "CA"\npostal_code = "94110-2001"',
            "key 'facility': is the billing address; leave the table out",
        ),
    ],
)
def test_a_mistake_in_the_place_of_service_is_told(root: Path, old: str, new: str, told: str):
    assert old in FACILITY
    change(root, "practice.toml", "[choices.tcm_same_month]", FACILITY.replace(old, new) + "[choices.tcm_same_month]")
    assert [told in line for line in problems(root)] == [True]


@pytest.mark.parametrize("place", ["12", "13", "32"])
def test_places_that_are_held_later_still_load(root: Path, place: str):
    change(root, "practice.toml", 'place_of_service = "11"', f'place_of_service = "{place}"')
    assert load_practice(root, SLUG).place_of_service == place


@pytest.mark.parametrize(
    "slug", ["../tenants/bayview-family", "Bayview", "a", "bayview/..", "-bay", "b" * 41, "", "bayview-family\n", "bäy"]
)
def test_a_slug_never_leaves_the_folder(root: Path, slug: str):
    (line,) = problems(root, slug)
    assert "not a practice's name" in line


def test_an_unknown_practice_is_told_with_those_there_are(root: Path):
    (line,) = problems(root, "no-such-practice")
    assert "bayview-family, cumberland-rural, gulfside-hospital" in line


def test_a_missing_root_and_wrong_encodings_are_lines(root: Path, tmp_path: Path):
    with pytest.raises(SetupError, match="no folder of practices"):
        practice_slugs(tmp_path / "elsewhere")
    (root / SLUG / "staff.csv").write_bytes("id,name\nrn,José\n".encode("cp1252"))
    assert problems(root) == (f"tenants/{SLUG}/staff.csv: not UTF-8 text; save it as UTF-8",)


# The example in the standard, and two in public use.
@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "1003000126"])
def test_published_npis_pass(npi: str):
    assert npi_check_digit(npi[:9]) == npi[9]


@given(st.from_regex(r"[12][0-9]{8}", fullmatch=True), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_never_passes(nine: str, position: int, shift: int):
    wrong = nine[:position] + str((int(nine[position]) + shift) % 10) + nine[position + 1 :]
    assert npi_check_digit(wrong) != npi_check_digit(nine)


# Generated bytes in a file: problems or a practice, never another exception. Folders are copied, so no deadline.
@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_told_as_problems(tmp_path_factory: pytest.TempPathFactory, data: bytes):
    root = tmp_path_factory.mktemp("any") / "tenants"
    shutil.copytree(TENANTS / SLUG, root / SLUG)
    for name in ("practice.toml", "staff.csv"):
        (root / SLUG / name).write_bytes(data)
    lines = problems(root)
    assert all("\n" not in line for line in lines)
    assert {line.split(": ")[0] for line in lines} == {f"tenants/{SLUG}/practice.toml", f"tenants/{SLUG}/staff.csv"}
    shutil.rmtree(root.parent)
