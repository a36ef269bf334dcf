"""Reading a tenant folder whole: every problem is found and said, then the practice is handed on or refused."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from flows.ccm.patient import Address, Charge
from flows.ccm.practice import Choice, Facility, Practice, Practitioner, Schedule, StaffMember
from flows.tenancy import contractors, rosters
from flows.tenancy.schema import AddressRecord, ChargeRecord, FacilityRecord, PracticeRecord, PractitionerRecord, StaffRecord

# "registry" is the prefix of the registry of claimed patient-months, beside the practices' own.
SLUG = re.compile(r"(?!registry\Z)[a-z][a-z0-9-]{1,39}\Z")
Row = TypeVar("Row", bound=BaseModel)

_PLAIN_WORDS = {
    "missing": "is missing; add it",
    "extra_forbidden": "is not known; correct its spelling or remove it",
    "string_too_short": "is empty; fill it in",
}


class SetupError(Exception):
    """A tenant folder that cannot be used. ``problems`` has one line each: file, line or key, what is wrong, how to mend."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join(self.problems)


def practice_slugs(root: Path) -> tuple[str, ...]:
    """The slugs of the tenant folders below ``root``, in order. A folder whose name is no slug is listed too: loading it says so.

    Raises SetupError where there is no such root.
    """
    if not root.is_dir():
        raise SetupError([f"{root}: no folder of practices here; run from the repository, or set CCM_TENANTS to the folder"])
    return tuple(sorted(folder.name for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith((".", "_"))))


def load_practice(root: Path, slug: str) -> Practice:
    """The practice in ``root``/``slug``. Raises SetupError with every problem of the folder."""
    found = load_practices(root, (slug,))[slug]
    if isinstance(found, SetupError):
        raise found
    return found


def load_practices(root: Path, slugs: Sequence[str]) -> dict[str, Practice | SetupError]:
    """Each practice by slug, or every problem of its folder; what folders may not share is read once for all.

    Raises SetupError where there is no such root.
    """
    series = {slug: _control_series(root / slug) for slug in practice_slugs(root)}
    found: dict[str, Practice | SetupError] = {}
    for slug in slugs:
        try:
            found[slug] = _load(root, slug, series)
        except SetupError as error:
            found[slug] = error
    return found


def _load(root: Path, slug: str, series: Mapping[str, object]) -> Practice:
    """``series`` is every folder's control series, by slug."""
    if not SLUG.match(slug):
        raise SetupError(
            [
                f"practice {slug!r}: not a practice's name; use 2-40 lower-case letters, digits and dashes, a letter first; "
                "registry is taken"
            ]
        )
    if slug not in series:
        raise SetupError([f"practice {slug!r}: no folder {root.name}/{slug}; practices there: {', '.join(series) or 'none'}"])
    problems: list[str] = []
    folder = root / slug
    record = _practice_record(folder, problems)
    practitioners = _rows(folder, "practitioners.csv", PractitionerRecord, problems)
    staff = _rows(folder, "staff.csv", StaffRecord, problems)
    charges = _rows(folder, "charges.csv", ChargeRecord, problems)
    place = f"{root.name}/{slug}"
    problems += rosters.problems(place, practitioners, staff, charges)
    if record is not None:
        problems += _practice_problems(place, slug, record, series)
    if problems or record is None:
        raise SetupError(problems)
    return _practice(slug, record, practitioners, staff, charges)


def _practice_record(folder: Path, problems: list[str]) -> PracticeRecord | None:
    place = f"{folder.parent.name}/{folder.name}/practice.toml"
    text = _text(folder / "practice.toml", place, problems)
    if text is None:
        return None
    try:
        return PracticeRecord.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problems.append(f"{place}: not TOML: {error}; correct it there")
    except ValidationError as error:
        problems += [f"{place}: key {key!r}: {what}" for key, what in _faults(error)]
    return None


def _practice_problems(folder: str, slug: str, record: PracticeRecord, series: Mapping[str, object]) -> Iterator[str]:
    place = f"{folder}/practice.toml"
    fault = contractors.fault(record.mac, record.contractor, record.contractor_part_a, record.address.state)
    if fault is not None:
        yield f"{place}: key {fault[0]!r}: {fault[1]}"
    clinic = record.kind in ("rhc", "fqhc")
    if clinic and not record.contractor_part_a:
        yield f"{place}: key 'contractor_part_a': an RHC or FQHC bills Part A; add the contractor's Part A number"
    elif record.contractor_part_a and not clinic:
        yield f"{place}: key 'contractor_part_a': only an RHC or FQHC bills Part A; leave it out"
    facility = record.facility
    if facility is not None and _address(facility) == _address(record.address):
        yield f"{place}: key 'facility': is the billing address; leave the table out"
    if facility is not None and facility.npi == record.npi:
        yield f"{place}: key 'facility.npi': is the practice's own; leave it out where the place has no number of its own"
    for other, taken in series.items():
        if other != slug and taken == record.control_series and SLUG.match(other):  # else a folder that bills nothing
            yield f"{place}: key 'control_series': {record.control_series} is taken by {other}; choose a free number"


def taken_series(root: Path) -> set[int]:
    """The control series that practices hold."""
    held = (_control_series(root / slug) for slug in practice_slugs(root))
    return {number for number in held if isinstance(number, int)}


def _control_series(folder: Path) -> object:
    """Another practice's number as it stands; its own faults are its own affair."""
    try:
        return tomllib.loads((folder / "practice.toml").read_text(encoding="utf-8")).get("control_series")
    except (OSError, ValueError):
        return None


def _rows(folder: Path, name: str, kind: type[Row], problems: list[str]) -> list[tuple[int, Row]]:
    """The file's rows with their line numbers; those at fault are told in ``problems``."""
    place = f"{folder.parent.name}/{folder.name}/{name}"
    text = _text(folder / name, place, problems)
    if text is None:
        return []
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    rows: list[tuple[int, Row]] = []
    try:
        header = [column.strip() for column in next(reader, [])]
        bad_header = _header_fault(header, kind)
        if bad_header:
            problems.append(f"{place}: line 1: {bad_header}")
            return []
        for fields in reader:
            if any(field.strip() for field in fields):
                _row(place, reader.line_num, header, fields, kind, rows, problems)
    except csv.Error as error:
        problems.append(f"{place}: line {reader.line_num}: not CSV ({error}); correct the quotes there")
    if not rows and not any(problem.startswith(place) for problem in problems):
        problems.append(f"{place}: has no row; add at least one")
    return rows


def _row(
    place: str, line: int, header: list[str], fields: list[str], kind: type[Row], rows: list[tuple[int, Row]], problems: list[str]
) -> None:
    if len(fields) != len(header):
        problems.append(f"{place}: line {line}: {len(fields)} fields under {len(header)} columns; correct the commas")
        return
    # An empty cell is a field left out, so that its default or "is missing" applies.
    given = {column: value.strip() for column, value in zip(header, fields, strict=True) if value.strip()}
    try:
        rows.append((line, kind.model_validate(given)))
    except ValidationError as error:
        problems += [f"{place}: line {line}: column {key!r}: {what}" for key, what in _faults(error)]


def _header_fault(header: list[str], kind: type[BaseModel]) -> str:
    known = list(kind.model_fields)
    unknown = [column for column in header if column not in known]
    missing = [name for name, field in kind.model_fields.items() if field.is_required() and name not in header]
    if len(set(header)) != len(header):
        return "a column stands twice; remove one"
    if unknown or missing:
        parts = [f"unknown column {column!r}" for column in unknown] + [f"column {column!r} is missing" for column in missing]
        return f"{', '.join(parts)}; the columns are {','.join(known)}"
    return ""


def _text(path: Path, place: str, problems: list[str]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        problems.append(f"{place}: no such file; add it")
    except UnicodeDecodeError:
        problems.append(f"{place}: not UTF-8 text; save it as UTF-8")
    except OSError as error:
        problems.append(f"{place}: cannot be read ({error.strerror}); mend its permissions")
    return None


def _faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Each fault as (dotted key, what is wrong and how to mend it)."""
    for fault in error.errors(include_url=False, include_input=False):
        key = ".".join(str(part) for part in fault["loc"])
        message = _PLAIN_WORDS.get(fault["type"]) or fault["msg"].removeprefix("Value error, ")
        yield key, message if ";" in message or fault["type"] in _PLAIN_WORDS else f"{message}; correct it"


def _address(record: AddressRecord) -> Address:
    return Address(**{name: getattr(record, name) for name in AddressRecord.model_fields})


def _facility(record: FacilityRecord) -> Facility:
    return Facility(record.name, _address(record), record.npi or "")


def _practice(
    slug: str,
    record: PracticeRecord,
    practitioners: list[tuple[int, PractitionerRecord]],
    staff: list[tuple[int, StaffRecord]],
    charges: list[tuple[int, ChargeRecord]],
) -> Practice:
    facts: dict[str, Any] = {
        name: getattr(record, name)
        for name in PracticeRecord.model_fields
        if name not in ("address", "choices", "facility", "schedule")
    }
    return Practice(
        slug=slug,
        **facts,
        address=_address(record.address),
        facility=_facility(record.facility) if record.facility else None,
        choices={name: Choice(**choice.model_dump()) for name, choice in sorted(record.choices.items())},
        practitioners=tuple(Practitioner(**row.model_dump()) for _, row in practitioners),
        staff=tuple(StaffMember(**row.model_dump()) for _, row in staff),
        charges=tuple(Charge(**row.model_dump()) for _, row in charges),
        schedule=Schedule(**record.schedule.model_dump()) if record.schedule else None,
    )
