"""A synthetic month told again in the forms that contact centers export: calls in theirs, documentation beside them."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from flows.ccm.practice import Practice
from flows.synthesize import vendor_records
from flows.synthesize.generate import SyntheticMonth
from flows.synthesize.vendor_records import FIVE9, Call

CALL_FORMS = ("amazon_connect", "five9", "genesys", "ringcentral", "twilio")
LAYOUTS = (*CALL_FORMS, "crm_activity")
_TOLD = ("amazon_connect", "five9", "genesys")  # forms whose records can say whom and what a call was about
_CRM = (
    "Activity ID,Started,Duration,Assigned To,Activity Type,Concern,Contact Mode,Call ID,Patient MRN,Patient MBI,"
    "Patient Last Name,Patient First Name,Patient Birthdate,Patient Phone,Comments"
)
_CRM_WORDS = {
    "patient_call": "Call",
    "chart_review": "Chart review",
    "care_plan_update": "Care plan",
    "medication_reconciliation": "Medication reconciliation",
    "specialist_coordination": "Specialist coordination",
    "transportation": "Transportation",
    "community_resources": "Community resources",
    "remote": "Phone",
    "face_to_face": "In person",
}


def write_as(
    month: SyntheticMonth, practice: Practice, layouts: Sequence[str] = LAYOUTS, undocumented: float = 0.0
) -> SyntheticMonth:
    """The month with its calls in these layouts, one file each, and their talk time taken out of the documentation.

    With ``crm_activity`` the clinic's own file becomes a CRM's report. ``undocumented`` is the share (0 to 1) of calls, of
    forms that can tell whom and what a call was about, that have no documented entry: their record is all there is, and all
    of its length is talk. Lines of ``expected["rejects"]`` hold only where that share is 0. Same arguments, same bytes.
    Raises ValueError for a layout that is not one of LAYOUTS.
    """
    if unknown := sorted(set(layouts) - set(LAYOUTS)):
        raise ValueError(f"layout {unknown[0]!r} is not one of {', '.join(LAYOUTS)}")
    forms = [name for name in CALL_FORMS if name in layouts]
    zone = ZoneInfo(practice.time_zone)
    phones = [f"+1510555{n:04d}" for n in range(200, 260)]  # whose they are is told elsewhere
    objects, calls, delivered = {}, defaultdict(dict), Counter(_entry_ids(month))
    for key, data in month.objects.items():
        if not key.startswith("inbox/calls/"):
            objects[key] = data
            continue
        columns, rows = _table(data)
        kept = []
        for line, row in rows:
            form = forms[crc32(row["call_id"].encode()) % len(forms)] if forms and row.get("call_id") else ""
            sound = f"{key}:{line}" not in month.expected["rejects"]
            alone = (
                sound
                and form in _TOLD
                and delivered[row["entry_id"]] == 1
                and row["mrn"]
                and row["activity"] == "patient_call"
                and row["mode"] == "remote"
                and crc32(f"alone {row['call_id']}".encode()) % 1000 < undocumented * 1000
            )
            call = _call(row, zone, phones, bool(alone)) if form else None
            if call is not None:
                calls[form][call.id] = call
                row = row | {"call_seconds": ""}
            if not alone:
                kept.append(row)
        name = key.rpartition("/")[2]
        if "crm_activity" in layouts and name.startswith("clinic-nurses"):
            objects[f"{key.rpartition('/')[0]}/crm_activity.csv"] = _csv(_CRM.split(","), [_crm(row, zone) for row in kept])
        else:
            text = _csv(columns, kept)
            objects[key] = gzip.compress(text, mtime=0) if key.endswith(".gz") else text
    for form, made in calls.items():
        ordered = sorted(made.values(), key=lambda call: (call.started, call.id))
        objects |= _file(form, f"inbox/calls/{month.expected['month']}", ordered)
    # Rows are counted by file, and these are other files; what comes of each patient is the same.
    expected = {name: value for name, value in month.expected.items() if name != "rows"}
    expected["totals"] = {name: n for name, n in month.expected["totals"].items() if not name.endswith("_rows")}
    return replace(month, objects=dict(sorted(objects.items())), expected=expected)


def _entry_ids(month: SyntheticMonth) -> list[str]:
    tables = [_table(data)[1] for key, data in month.objects.items() if key.startswith("inbox/calls/")]
    return [row["entry_id"] for rows in tables for _, row in rows]


def _table(data: bytes) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """The columns, and each row with its first line. Cells that a row has too many of stay with it, unnamed."""
    text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
    reader = csv.reader(io.StringIO(text))
    columns = next(reader)
    rows, line = [], reader.line_num + 1
    for cells in reader:
        row = dict(zip(columns, cells, strict=False))
        rows.append((line, row | {"": cells[len(columns) :], "#": len(cells)}))
        line = reader.line_num + 1
    return columns, rows


def _csv(columns: Sequence[str], rows: Sequence[dict], end: str = "\n") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    writer.writerow(columns)
    for row in rows:
        cells = [row.get(name, "") for name in columns][: row.get("#", len(columns))]
        writer.writerow([*cells, *row.get("", ())])
    return out.getvalue().encode()


def _call(row: dict[str, str], zone: ZoneInfo, phones: Sequence[str], alone: bool) -> Call | None:
    """The call behind a row, or None where the row is too garbled to have one."""
    try:
        began = datetime.fromisoformat(row["started"])
        seconds = int(row["seconds"] if "seconds" in row else row["minutes"]) * (1 if "seconds" in row else 60)
        talk = seconds if alone else int(row["call_seconds"])
    except (KeyError, ValueError):
        return None
    began = (began if began.tzinfo else began.replace(tzinfo=zone)).astimezone(UTC)
    told = {name: row[name] for name in ("mrn", "born", "about") if row.get(name)} if alone else {}
    return Call(row["call_id"], began, talk, row["staff_id"], phones[crc32(row["call_id"].encode()) % len(phones)], told)


def _crm(row: dict[str, str], zone: ZoneInfo) -> dict[str, str]:
    began = datetime.fromisoformat(row["started"])
    local = (began if began.tzinfo else began.replace(tzinfo=zone)).astimezone(zone)
    seconds = int(row["seconds"])
    born = datetime.fromisoformat(row["born"]).strftime("%m/%d/%Y") if row["born"] else ""
    return {
        "Activity ID": row["entry_id"],
        "Started": local.strftime("%m/%d/%Y %I:%M:%S %p"),
        "Duration": f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}",
        "Assigned To": row["staff_id"],
        "Activity Type": _CRM_WORDS[row["activity"]],
        "Concern": row["about"].capitalize(),
        "Contact Mode": _CRM_WORDS[row["mode"]],
        "Call ID": row["call_id"],
        "Patient MRN": row["mrn"],
        "Patient MBI": row["mbi"],
        "Patient Last Name": row["family_name"],
        "Patient First Name": row["given_name"],
        "Patient Birthdate": born,
        "Patient Phone": row["phone"],
        "Comments": row["description"],
    }


def _file(form: str, folder: str, calls: Sequence[Call]) -> dict[str, bytes]:
    records = [record for call in calls for record in getattr(vendor_records, form)(call)]
    if form == "five9":
        return {f"{folder}/call-log-report.csv": _csv(FIVE9.split(","), records, "\r\n")}
    if form == "amazon_connect":  # a delivery stream runs records together, and keeps them compressed
        return {f"{folder}/contact-records.jsonl.gz": gzip.compress("\n".join(map(json.dumps, records)).encode(), mtime=0)}
    around = {"twilio": "calls", "genesys": "conversations", "ringcentral": "records"}[form]
    return {f"{folder}/{form}-{around}.json": json.dumps({around: records}, indent=1 if form == "twilio" else None).encode()}
