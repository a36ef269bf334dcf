"""Which patient a row is attached to, and when it is not attached though it looks like one."""

from __future__ import annotations

import pytest

from flows.intake.identity import mbi_key, name_key, phone_key
from tests.intake.practice_fixture import CALL_HEADER, PATIENTS, call, read, read_calls

TWIN = "M5,Nuñez,Ana,1948-05-17,F,1EG4TE5MK75,(559) 555-0101,dr_a,2025-01-06\n"

# What a row says of the patient -> the MRN attached to, or the reason and candidates.
CASES = [
    ("MRN", {"mrn": "M1"}, "M1"),
    ("MBI and born, written otherwise", {"mbi": "1eg4 te5mk73", "born": "1948-05-17"}, "M1"),
    ("MBI alone is not enough", {"mbi": "1EG4TE5MK73"}, ("patient.unmatched", ())),
    ("names and born, accents and case", {"family_name": "NUNEZ", "given_name": "jose", "born": "1948-05-17"}, "M1"),
    ("names and born, punctuation", {"family_name": "OBrien", "given_name": "Mary-Ann", "born": "1950-02-03"}, "M2"),
    ("names and phone, country code", {"family_name": "Nuñez", "given_name": "José", "phone": "+1 559 555 0101"}, "M1"),
    ("a nickname is no name", {"family_name": "Nunez", "given_name": "Pepe", "born": "1948-05-17"}, ("patient.unmatched", ())),
    ("names alone", {"family_name": "Nunez", "given_name": "Jose"}, ("patient.unmatched", ())),
    (
        "father and son at one number",
        {"family_name": "Smith", "given_name": "John", "phone": "559-555-0103"},
        ("patient.ambiguous", ("M3", "M4")),
    ),
    ("told apart by birth", {"family_name": "Smith", "given_name": "John", "born": "1941-01-01", "phone": "559-555-0103"}, "M4"),
    ("the MRN's birth date differs", {"mrn": "M1", "born": "1948-05-18"}, ("patient.ambiguous", ("M1",))),
    ("the MRN's MBI differs", {"mrn": "M1", "mbi": "1EG4TE5MK74"}, ("patient.ambiguous", ("M1",))),
    ("a malformed MBI contradicts nothing", {"mrn": "M1", "mbi": "12345"}, "M1"),
    ("no MBI on the roster contradicts nothing", {"mrn": "M3", "mbi": "1EG4TE5MK79"}, "M3"),
    ("the MRN is another's by names", {"mrn": "M1", "family_name": "Doe", "given_name": "Jane"}, ("patient.ambiguous", ("M1",))),
    ("a married name is not against an MRN", {"mrn": "M2", "family_name": "Brown", "given_name": "Mary Ann"}, "M2"),
    (
        "an unknown MRN is not overruled by a name",
        {"mrn": "M9", "family_name": "Nunez", "given_name": "Jose", "born": "1948-05-17"},
        ("patient.unmatched", ("M1",)),
    ),
    (
        "an MRN, and another's names and phone: a spouse at one number",
        {"mrn": "M1", "family_name": "Nunez", "given_name": "Ana", "phone": "559-555-0101"},
        ("patient.ambiguous", ("M1", "M5")),
    ),
    (
        "an MRN, and the names and birth date of the twin",
        {"mrn": "M1", "family_name": "Nunez", "given_name": "Ana", "born": "1948-05-17"},
        ("patient.ambiguous", ("M1", "M5")),
    ),
    (
        "the MBI of one twin, the names of the other",
        {"mbi": "1EG4TE5MK73", "family_name": "Nunez", "given_name": "Ana", "born": "1948-05-17"},
        ("patient.ambiguous", ("M1", "M5")),
    ),
    (
        "an MRN and another's names",
        {"mrn": "M1", "family_name": "Nunez", "given_name": "Ana"},
        ("patient.ambiguous", ("M1", "M5")),
    ),
    (
        "a nickname that is a namesake's, with the birth date of the MRN",
        {"mrn": "M3", "family_name": "O'Brien", "given_name": "Mary Ann", "born": "1940-01-01"},
        "M3",
    ),
    (
        "names fit, the MBI is another's",
        {"family_name": "Nunez", "given_name": "Jose", "born": "1948-05-17", "mbi": "1EG4TE5MK74"},
        ("patient.ambiguous", ("M1",)),
    ),
]


@pytest.mark.parametrize(("name", "said", "expected"), CASES, ids=[c[0] for c in CASES])
def test_match(name, said, expected):
    intake = read_calls(call(**({"mrn": ""} | said)), patients=PATIENTS + TWIN)
    placed = [m.patient.mrn for m in intake.patient_months if m.time]
    if isinstance(expected, str):
        assert (placed, intake.rejects) == ([expected], ())
    else:
        assert placed == []
        assert [(r.reason, r.candidates) for r in intake.rejects] == [expected]


@pytest.mark.parametrize(
    ("text", "key"), [("1EG4-TE5-MK73", "1EG4TE5MK73"), ("1S00E00AA06", "1S00E00AA06"), ("0EG4TE5MK73", ""), ("1EG4TE5MK7", "")]
)
def test_mbi_form(text, key):
    assert mbi_key(text) == key


def test_a_phone_of_another_area_is_another_phone():
    assert phone_key("(212) 555-0101") != phone_key("559-555-0101") == phone_key("1-559-555-0101")


def test_keys_of_nothing_are_empty():
    assert (name_key(" -' "), phone_key("555-0101"), mbi_key("")) == ("", "", "")


CONFIRMATIONS = "mrn,confirmed_by,confirmed_on,caller_mrn,mbi,family_name,given_name,born,phone\n"
# What identity.csv says -> what a caller says -> the MRN, or none and the lines of identity.csv that are rejected.
CONFIRMED = [
    ("both names", ["M1,Ana,2025-11-20,,,Nunes,Pepe,,"], {"family_name": "NUNES", "given_name": "pepe"}, "M1", []),
    ("no telephone number is no caller", ["M1,Ana,2025-11-20,,,,,,anonymous"], {"phone": "anonymous"}, "", [2]),
    ("seven digits are not whatever cannot be read", ["M1,Ana,2025-11-20,,,,,,555-0101"], {"phone": "restricted"}, "", [2]),
    (
        "names with one withheld number",
        ["M1,Ana,2025-11-20,,,Nunes,Pepe,,-"],
        {"family_name": "Nunes", "given_name": "Pepe"},
        "",
        [],
    ),
    ("a birth date is no caller", ["M1,Ana,2025-11-20,,,,,1948-05-17,"], {"born": "1948-05-17"}, "", [2]),
    ("a household's telephone is no caller", ["M1,Ana,2025-11-20,,,,,,5595550101"], {"phone": "5595550101"}, "", [2]),
    ("a telephone of one patient", ["M2,Ana,2025-11-20,,,,,,5595550102"], {"phone": "5595550102"}, "M2", []),
    (
        "two patients on one day",
        ["M1,Ana,2025-11-20,,,Nunes,Pepe,,", "M2,Eve,2025-11-20,,,Nunes,Pepe,,"],
        {"family_name": "Nunes", "given_name": "Pepe"},
        "",
        [2, 3],
    ),
    (
        "two patients on one day, put right on a later one",
        ["M1,Ana,2025-11-20,,,Nunes,Pepe,,", "M2,Eve,2025-11-20,,,Nunes,Pepe,,", "M1,Eve,2025-11-21,,,Nunes,Pepe,,"],
        {"family_name": "Nunes", "given_name": "Pepe"},
        "M1",
        [],
    ),
]


@pytest.mark.parametrize(("name", "confirmations", "said", "expected", "rejected"), CONFIRMED, ids=[c[0] for c in CONFIRMED])
def test_a_confirmation_attaches_one_caller_and_nobody_else(name, confirmations, said, expected, rejected):
    calls = "\n".join([CALL_HEADER, call(**({"mrn": ""} | said)), ""])
    files = {"inbox/records/patients.csv": PATIENTS + TWIN, "inbox/calls/2025-11/a.csv": calls}
    intake = read(files | {"inbox/records/identity.csv": CONFIRMATIONS + "\n".join([*confirmations, ""])})
    assert [m.patient.mrn for m in intake.patient_months if m.time] == ([expected] if expected else [])
    assert [r.source.line for r in intake.rejects if "identity" in r.source.key] == rejected
