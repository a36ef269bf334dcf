"""One decision in words, from the sealed packet: the time with its sources, the checklist with its citations, the codes."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from flows import packets
from flows.ccm.decision import BILL, COUNTED, HOLD, Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice, terms_of
from flows.ccm.rules import Rules
from flows.ccm.service_month import ServiceMonth
from flows.ledger import from_lines
from flows.rulebook.resolve import load
from flows.steps import DECISIONS, PATIENT_MONTHS
from flows.store import Store


class NotDecided(Exception):
    """There is no such decision to explain. ``problems`` holds the one line, without PHI."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


def explain(store: Store, practice: Practice, month: ServiceMonth, patient: str) -> str:
    """The decision on a patient, named by MRN or by the packet's key, as text. It holds PHI: it is for the screen only.

    Raises NotDecided where the month has no sealed packet, or the packet no such patient.
    """
    packet = packets.latest(store, month)
    if not packet:
        raise NotDecided(f"{practice.slug} {month}: no sealed packet; run `ccm run {practice.slug} {month}` first")
    files = packets.read_packet(store, month, packet)
    months = from_lines(files[PATIENT_MONTHS], PatientMonth)
    for known, decision in zip(months, from_lines(files[DECISIONS], Decision), strict=True):
        if patient in (known.patient.mrn, known.patient.key):
            rules = load().in_force(month, terms_of(practice, month.last_day))
            return "\n".join(describe(known, decision, rules, packet)) + "\n"
    raise NotDecided(f"{practice.slug} {month}: packet {packet} has no decision on that patient; check the record number")


def describe(month: PatientMonth, decision: Decision, rules: Rules, packet: int) -> Iterator[str]:
    """The decision in words, line by line: what ``explain`` shows."""
    who = month.patient
    yield f"{who.given_name} {who.family_name}, born {who.born}, record {who.mrn} ({who.key}), {month.month}, packet {packet}"
    yield ""
    yield from _outcome(decision, rules)
    yield ""
    yield from _codes(decision)
    yield ""
    yield from _time(decision, rules)
    yield ""
    yield "Requirements"
    for item in decision.requirements:
        yield f"  {'met    ' if item.met else 'NOT MET'}  {item.id.replace('_', ' ')}: {item.ground}"
        yield f"           {item.citation}"
    yield ""
    yield f"Decided under rulebook {decision.rules_version}" + (
        "" if decision.rules_version == rules.version else f"; the rulebook in force now is {rules.version}"
    )


def _outcome(decision: Decision, rules: Rules) -> Iterator[str]:
    names = {BILL: "Billed", HOLD: "Held: the work was done, something curable is missing"}
    yield names.get(decision.outcome, "Not billable: nothing to bill and nothing to cure")
    for line in decision.lines or decision.at_stake:
        stake = "" if decision.lines else " at stake"
        basis = f"estimate, {rules.rate_source.year}, {rules.rate_source.locality}"
        paid = f", after ${line.paid_first} of what the first plan paid" if line.paid_first else ""
        yield f"  {line}{stake}, expected ${line.expected}{paid} ({basis})"
    if decision.service_from:
        form = f"{decision.claim_form}, place of service {decision.place_of_service or 'by type of bill'}"
        yield f"  dated {decision.service_from} to {decision.service_to}, on {form}, rendered by {decision.rendering}"
        if not rules.service_dates_confirmed:
            yield f"  the date convention ({rules.service_dates}) is not confirmed by the MAC"
    for reason in decision.reasons:
        text = rules.reasons[reason.id]
        yield f"  {reason.id}: {text.message} {reason.detail}".rstrip()
        if text.remedy:
            yield f"    to cure it: {text.remedy}"
        for source in reason.sources:
            yield f"    from {source}"
    for flag in decision.flags:
        yield f"  look at it: {rules.reasons[flag.id].message} {flag.detail}".rstrip()


def _codes(decision: Decision) -> Iterator[str]:
    yield "Codes considered"
    for family in decision.considered:
        mark = "chosen" if family.chosen else "not   "
        lines = ", ".join(family.lines) or "nothing"
        why = "" if family.chosen else f": {family.why}"
        yield f"  {mark}  {family.family} on {family.minutes} min: {lines}, national ${family.amount}{why}"


def _time(decision: Decision, rules: Rules) -> Iterator[str]:
    zone = ZoneInfo(rules.time_zone)
    counted = ", ".join(f"{seconds // 60} min {seconds % 60:02d} s {who}" for who, seconds in decision.seconds.items())
    yield f"Time counted: {counted}"
    for piece in decision.pieces:
        at = piece.started.astimezone(zone)
        length = f"{piece.seconds // 60:3d} min {piece.seconds % 60:02d} s"
        fate = "counted " if piece.fate == COUNTED else "excluded"
        why = "" if piece.fate == COUNTED else f" | {rules.reasons[piece.fate].message}"
        person = f"{piece.person} {piece.credential or '(no credential)'}"
        yield f"  {fate}  {at:%Y-%m-%d %H:%M:%S %Z}  {length}  {person}, {piece.activity} | {piece.source}{why}"
