"""A row of the coverage table: the plan, what was verified for the month, and the authorization."""

from __future__ import annotations

from flows.ccm.patient import Authorization, Coverage
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source
from flows.intake.field_values import Fields

PLANS = ("medicare", "medicare_advantage", "commercial")

# The patient's to the plan's holder, as X12 has it; a plan of which nobody says otherwise is the patient's own.
RELATIONSHIPS = {"": "18", "self": "18", "spouse": "01", "child": "19", "other": "G8"}


def coverage_of(fields: Fields, source: Source, month: ServiceMonth) -> Coverage | None:
    """The coverage as known for ``month``: an answer verified for other months leaves this one unverified."""
    plan = fields.choice("plan", PLANS, required=True)
    start, end = fields.day("start"), fields.day("end")
    if start and end and end < start:
        fields.bad("end", f"{end} lies before {start}")
    answer = fields.choice("ccm", ("covered", "not_covered", "unverified"))
    verified = _verified_months(fields)
    rank = fields.whole("rank", 1, 2)
    related = fields.choice("relationship", tuple(filter(None, RELATIONSHIPS)))
    for name in ("holder_family_name", "holder_given_name") if related not in ("", "self") else ():
        fields.required(name)
    required = fields.yes_no("authorization_required")
    authorization = _authorization(fields)
    if fields.faulty:
        return None
    return Coverage(
        plan=plan,
        ccm=answer if answer and month in verified else "unverified",
        authorization_required=required,
        authorization=authorization,
        start=start,
        end=end,
        payer_name=fields.text("payer_name"),
        payer_id=fields.text("payer_id"),
        member_id=fields.text("member_id"),
        rank=rank or 0,
        msp_type=fields.text("msp_type"),
        group_number=fields.text("group_number"),
        relationship=RELATIONSHIPS[related],
        holder_family_name=fields.text("holder_family_name"),
        holder_given_name=fields.text("holder_given_name"),
        source=source,
    )


def _verified_months(fields: Fields) -> set[ServiceMonth]:
    months: set[ServiceMonth] = set()
    for text in filter(None, (part.strip() for part in fields.text("verified_for").split(";"))):
        try:
            months.add(ServiceMonth.parse(text))
        except ValueError:
            fields.bad("verified_for", f"{text[:20]!r} is not a month like 2025-11")
    return months


def _authorization(fields: Fields) -> Authorization | None:
    """The authorization; a number without both its days covers nothing that could be checked, and is a fault."""
    number = fields.text("authorization_number")
    dated = bool(fields.text("authorization_start") or fields.text("authorization_end"))
    if not number and not dated:
        return None
    if not number:
        fields.missing("authorization_number")
    start = fields.day("authorization_start", required=True)
    end = fields.day("authorization_end", required=True)
    if start and end and end < start:
        fields.bad("authorization_end", f"{end} lies before {start}")
    return Authorization(number, start, end) if number and start and end else None
