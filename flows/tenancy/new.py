"""A new tenant folder from answers: each answer is checked as it is given, by the very rule that checks the file later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import TypeAdapter, ValidationError

from flows.tenancy.contractors import contractors
from flows.tenancy.load import SetupError, practice_slugs, taken_series
from flows.tenancy.schema import AddressRecord, PracticeRecord, ScheduleRecord

_PLACES = {"office": "11", "hospital_outpatient": "22", "rhc": "72", "fqhc": "50"}
_TABLES = {"": PracticeRecord, "address": AddressRecord, "schedule": ScheduleRecord}
_BARE = ("test", "schedule.night")  # what TOML writes without quotes
_BILL_TYPES = {"rhc": "711", "fqhc": "771"}
_ROSTERS = {
    "practitioners.csv": "id,family_name,given_name,credential,npi,taxonomy,start,end,email\n",
    "staff.csv": "id,name,credential,employer,start,end,logins\n",
    "charges.csv": "code,amount,start,end\n",
}


@dataclass(frozen=True, slots=True)
class Question:
    """Something the folder must say: its key, and the question in a practice's words. A dotted key goes to the table it names.

    ``kinds`` are the kinds of practice that are asked; empty: all.
    """

    key: str
    text: str
    kinds: tuple[str, ...] = ()

    def concerns(self, answers: Mapping[str, str]) -> bool:
        """Whether a practice that gave these answers is asked."""
        return not self.kinds or answers.get("kind") in self.kinds


QUESTIONS = (
    Question("name", "The practice's name, as on its claims"),
    Question("kind", "What it is: office, hospital_outpatient, rhc or fqhc"),
    Question("npi", "Billing NPI, ten digits"),
    Question("tax_id", "Tax number (EIN), like 12-3456789"),
    Question("taxonomy", "Billing taxonomy code, like 207Q00000X"),
    Question("address.line1", "Street address of the practice (no post-office box)"),
    Question("address.city", "City"),
    Question("address.state", "State, two letters"),
    Question("address.postal_code", "ZIP+4, like 94110-2001"),
    Question("phone", "Telephone for billing questions, like 415-555-0101"),
    Question("contact", "Whom to ask for there"),
    Question("time_zone", "Time zone, like America/Chicago"),
    Question("mac", "Medicare contractor's jurisdiction, like JE"),
    Question("contractor", "Contractor number for Part B, five digits"),
    Question("contractor_part_a", "Contractor number for Part A, five digits", tuple(_BILL_TYPES)),
    Question("place_of_service", "Place of service, two digits"),
    Question("submitter_id", "Submitter id that the contractor assigned, capitals and digits"),
    Question("schedule.night", "Night of the month, 1 to 3, on which the month before is billed"),
    Question("schedule.at", "Local time of that night, like 02:30"),
    Question("test", "Are these invented test records? true or false"),
)


def fault(question: Question, answer: str) -> str:
    """Why an answer will not do, in a line; empty where it will."""
    table, _, name = question.key.rpartition(".")
    field = _TABLES[table].model_fields[name]
    value: object = {"true": True, "false": False}.get(answer, answer) if question.key == "test" else answer.strip()
    if question.key == "schedule.night" and answer.strip().isdecimal():
        value = int(answer)
    try:
        TypeAdapter(Annotated[field.annotation, field]).validate_python(value)
    except ValidationError as error:
        return error.errors(include_url=False)[0]["msg"].removeprefix("Value error, ")
    if question.key == "mac" and answer not in contractors():
        return f"no MAC jurisdiction; use one of {' '.join(contractors())}"
    return ""


def suggestion(question: Question, answers: Mapping[str, str]) -> str:
    """The likely answer from those given before, or empty: a suggestion is shown, and taken only when the user says so."""
    state = answers.get("address.state", "")
    serving = [(mac, number) for mac, numbers in contractors().items() for number, states in numbers.items() if state in states]
    if question.key == "mac":
        return next((mac for mac, _ in serving), "")
    if question.key == "contractor" and len(serving) == 1:
        return serving[0][1]
    if question.key == "place_of_service":
        return _PLACES.get(answers.get("kind", ""), "")
    return "false" if question.key == "test" else ""


def write_folder(root: Path, slug: str, answers: Mapping[str, str]) -> Path:
    """Write ``tenants/<slug>/``: practice.toml from the answers, and the three rosters with their header, to be filled in.

    Raises SetupError where the folder is there already, or no control series is free.
    """
    if slug in practice_slugs(root) or (root / slug).exists():
        raise SetupError([f"practice {slug!r}: {root.name}/{slug} is there already; choose another name, or edit it"])
    free = sorted(set(range(1, 1000)) - taken_series(root))
    if not free:
        raise SetupError([f"practice {slug!r}: all 999 control series are taken; retire a practice first"])
    told = {key: value.strip() for key, value in answers.items()}
    lines = [f"{key} = {_toml(key, value)}" for key, value in told.items() if "." not in key]
    if told["kind"] in _BILL_TYPES:
        lines.append(f'type_of_bill = "{_BILL_TYPES[told["kind"]]}"')
    lines.append(f"control_series = {free[0]}")
    for table in filter(None, _TABLES):
        mine = [(key, value) for key, value in told.items() if key.startswith(f"{table}.")]
        lines += ["", f"[{table}]", *(f"{key.partition('.')[2]} = {_toml(key, value)}" for key, value in mine)]
    folder = root / slug
    folder.mkdir(parents=True)
    (folder / "practice.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, header in _ROSTERS.items():
        (folder / name).write_text(header, encoding="utf-8")
    return folder


def _toml(key: str, value: str) -> str:
    """A TOML value: JSON's strings are TOML's."""
    return value if key in _BARE else json.dumps(value, ensure_ascii=False)
