"""What the audit binder says of one claim, section by section, in the order in which reviewers ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from flows.ccm import consent as consents
from flows.ccm.claim import Claim
from flows.ccm.decision import COUNTED, Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient import CARE_PLAN_ELEMENTS, CONSENT_ELEMENTS
from flows.ccm.patient_month import PatientMonth
from flows.ccm.source import Source
from flows.outbox import wording
from flows.outbox.attestation import attestation_name, list_name
from flows.outbox.binder_cover import cover_tables
from flows.outbox.binder_table import Section, Table, source
from flows.outbox.claim_loops import payer
from flows.outbox.plain_words import ground, with_days, word
from flows.outbox.roster import performer, title_of
from flows.outbox.time_log import patient_logs


@dataclass(frozen=True, slots=True)
class Billed:
    """A billed patient-month with its claim; ``digest`` is the fingerprint of the list that its practitioner attests."""

    result: MonthResult
    claim: Claim
    month: PatientMonth
    decision: Decision
    digest: str


def sections(billed: Billed) -> Iterator[Section]:
    """The sections in the order in which reviewers ask for them."""
    parts: tuple[Callable[[Billed], Section], ...] = (
        _claim, _consent, _plan, _time, _supervision, _cover, _requirements, _rules, _sources,
    )  # fmt: skip
    for part in parts:
        yield part(billed)


def _claim(billed: Billed) -> Section:
    claim, patient = billed.claim, billed.month.patient
    number = patient.mbi if claim.coverage.plan == "medicare" else claim.coverage.member_id
    facts = (
        ("Patient", f"{wording.list_name(patient)}, born {wording.shown_date(patient.born)}, MRN {patient.mrn}"),
        ("Patient's number with the payer", number or wording.NONE_ON_FILE),
        ("Service month", wording.month_name(claim.month)),
        ("Payer", _payers(claim)),
        ("Form, place of service", f"{claim.form}, {claim.place_of_service or 'by type of bill'}"),
        ("Billed under", f"{wording.practitioner_name(claim.rendering)}, NPI {claim.rendering.npi}"),
        ("Practice", f"{claim.practice.name}, NPI {claim.practice.npi}"),
        ("Diagnoses", ", ".join(wording.icd10(code) for code in claim.diagnoses)),
        ("Total charge", wording.dollars(claim.total)),
    )
    rows = tuple(
        (x.code, str(x.units), wording.date_range(x.service_from, x.service_to), wording.dollars(x.charge), x.control)
        for x in claim.lines
    )
    table = Table(
        "Service lines", ("Code", "Units", "Dates of service", "Charge", "Line control number"), rows, (14, 10, 30, 16, 30)
    )
    return Section("Claim", facts=facts, tables=(table,))


def _payers(claim: Claim) -> str:
    first, second = claim.other_coverage, claim.second_coverage
    after = f", after {payer(claim, first).name} paid {wording.dollars(claim.prior.paid)}" if first and claim.prior else ""
    before = f"; {payer(claim, second).name} pays after it" if second else ""
    return payer(claim, claim.coverage).name + after + before


def _consent(billed: Billed) -> Section:
    month = billed.month
    governing = consents.governing(month.consents, month.month)
    note = f"In force for the month: the answer of {wording.shown_date(governing.on)}." if governing else "None on record."
    rows = tuple(
        (
            *(wording.shown_date(c.on), c.decision, c.method or "how it was given is not recorded"),
            *(
                ", ".join(word("consent.incomplete", x) for x in CONSENT_ELEMENTS if x in c.explained) or "not recorded",
                title_of(billed.result.practice, c.practitioner) or c.practitioner or wording.NONE_ON_FILE,
            ),
            *(wording.shown_date(c.revoked), source(c.source)),
        )
        for c in consents.in_order(month.consents)
    )
    columns = ("On", "Answer", "How", "Explained", "For practitioner", "Revoked", "Source")
    return Section("Consent", (note,), tables=(Table("", columns, rows, (12, 10, 10, 24, 14, 10, 20)),))


def _plan(billed: Billed) -> Section:
    plan = billed.month.care_plan
    if plan is None:
        return Section("Care plan in force", ("None on record.",))
    facts = (
        ("Established", wording.shown_date(plan.established)),
        ("Last revised", wording.shown_date(plan.revised)),
        ("Source", source(plan.source)),
    )
    rows = tuple(
        (word("care_plan.incomplete", element), item.text, item.detail)
        for element in CARE_PLAN_ELEMENTS
        for item in getattr(plan, element)
    )
    return Section("Care plan in force", facts=facts, tables=(Table("", ("Element", "What", "Detail"), rows, (20, 40, 40)),))


def _time(billed: Billed) -> Section:
    alone = replace(billed.result, patient_months=(billed.month,), decisions=(billed.decision,))
    log = next(patient_logs(alone), None)
    if log is None:
        return Section("Time log", ("No time was logged.",))
    rows = tuple(
        (
            f"{r.day} {r.hour} {r.zone}",
            r.clock,
            r.title + (" (vendor)" if r.employer == "vendor" else ""),
            f"{r.activity}. {r.description}" if r.description else r.activity,
            COUNTED if r.counted else f"excluded: {r.fate}",
            f"{r.source}, entry {r.entry_id}",
        )
        for r in log.rows
    )
    note = f"Counted {log.counted}, excluded {log.excluded} (minutes and seconds), local time of the practice."
    columns = ("When", "Min:s", "Who", "What", "Counted?", "Source")
    return Section("Time log", (note,), tables=(Table("", columns, rows, (16, 8, 18, 24, 14, 20)),))


def _supervision(billed: Billed) -> Section:
    result, claim = billed.result, billed.claim
    text, signer = result.rules.attestation, claim.rendering.id
    facts = (
        ("Billing practitioner", f"{wording.practitioner_name(claim.rendering)}, NPI {claim.rendering.npi}"),
        ("Attestation of the month", f"{attestation_name(signer)}; its list is {list_name(signer)}"),
        ("Fingerprint of the list", f"SHA-256 {billed.digest}"),
        ("Rests on", str(text.citation)),
    )
    seconds: dict[tuple[str, str], int] = {}
    for piece in billed.decision.pieces:
        if piece.fate == COUNTED:
            who = performer(result.practice, piece)
            seconds[who.title, who.employer] = seconds.get((who.title, who.employer), 0) + piece.seconds
    rows = tuple((title, employer or wording.NONE_ON_FILE, wording.clock(s)) for (title, employer), s in sorted(seconds.items()))
    table = Table("Who gave the counted time", ("Who", "Employed by", "Min:s"), rows, (46, 30, 24))
    return Section("Supervision", text.paragraphs, facts, (table,))


def _cover(billed: Billed) -> Section:
    return Section("Eligibility and coverage", tables=cover_tables(billed.month, billed.result.rules.plans_covered))


def _requirements(billed: Billed) -> Section:
    practice = billed.result.practice
    rows = tuple(
        (
            *(r.id.replace("_", " "), "met" if r.met else "not met"),
            *(with_days(ground(r.id, r.ground, practice)), r.citation),
        )
        for r in billed.decision.requirements
    )
    table = Table("", ("Requirement", "Result", "On what ground", "Rule"), rows, (16, 10, 34, 40))
    return Section("Requirements as decided", tables=(table,))


def _rules(billed: Billed) -> Section:
    rules, practice = billed.result.rules, billed.result.practice
    confirmed = "confirmed" if rules.service_dates_confirmed else "not confirmed by the contractor"
    facts = (
        ("Rulebook", f"version {billed.decision.rules_version}"),
        ("Dates of service", f"{rules.service_dates.replace('_', ' ')}, {confirmed}"),
    )
    considered = tuple(
        (c.family.replace("_", " "), f"{c.minutes} min", ", ".join(c.lines) or "nothing", "chosen" if c.chosen else c.why)
        for c in billed.decision.considered
    )
    cited = {name.replace("_", " "): str(citation) for name, citation in sorted(rules.citations.items())}
    cited |= {f"code family {f.id.replace('_', ' ')}": str(f.citation) for f in rules.families if f.citation}
    cited |= {"attestation": str(rules.attestation.citation), "expected amounts": str(rules.rate_source.citation)}
    chosen = tuple(
        (name.replace("_", " "), c.value, c.by, wording.shown_date(c.on), c.source)
        for name, c in sorted(practice.choices.items())
    )
    return Section(
        "Rule citations",
        facts=facts,
        tables=(
            Table("Code families considered", ("Family", "Minutes", "Lines", "Chosen, or why not"), considered, (16, 14, 30, 40)),
            Table("Citations", ("Rule", "Stands in"), tuple(cited.items()), (30, 70)),
            Table("The practice's recorded choices", ("Choice", "Value", "By", "On", "Source"), chosen, (20, 16, 20, 12, 32)),
        ),
    )


def _sources(billed: Billed) -> Section:
    used = {found.key for found in _sources_of(billed)}
    rows = tuple((i.key, i.version, i.sha256) for i in billed.result.inputs if i.key in used)
    note = "The files that this claim's facts were read from, as they stood when the packet was made."
    return Section("Where the facts came from", (note,), tables=(Table("", ("File", "Version", "SHA-256"), rows, (34, 24, 42)),))


def _sources_of(billed: Billed) -> Iterable[Source]:
    month = billed.month
    holders = (
        month.patient, month.care_plan, *month.conditions, *month.consents, *month.visits, *month.coverages,
        *month.other_services, *month.inpatient, *billed.decision.pieces,
    )  # fmt: skip
    return (holder.source for holder in holders if holder is not None and holder.source is not None)
