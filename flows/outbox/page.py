"""The packet's page, ``index.html``: one file that a practice opens from disk, with nothing fetched from anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from markupsafe import Markup

from flows.ccm.citation import Citation
from flows.ccm.decision import BILL, HOLD, NOT_BILLABLE
from flows.ccm.file_kind import file_kind
from flows.ccm.month_result import MonthResult
from flows.ccm.rules import Rules
from flows.outbox import wording
from flows.outbox.awaiting import awaits_attestation
from flows.outbox.bar_chart import bar_chart
from flows.outbox.care_plan_summary import care_plan_name
from flows.outbox.content_policy import content_policy
from flows.outbox.correction_files import changes_shown
from flows.outbox.letterhead import letterhead
from flows.outbox.page_view import (
    address_of,
    amounts_by_code,
    excluded_by_reason,
    flags_of,
    held_by_reason,
    minutes_distribution,
    patients_of,
)
from flows.outbox.roster import title_of
from flows.outbox.templates import fill, static_text

# The page stays light in a month gone wrong; the register has every row, and the page says how many it does not show.
_REJECTS_SHOWN = 200
_CONVENTIONS = {
    "last_day": "the month's last day",
    "full_month": "the month's first to last day",
    "first_to_last": "the first to the last counted entry",
    "threshold_day": "the day on which the first threshold was met",
}


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of the packet: its name, its address relative to the page, its size in words."""

    name: str
    href: str
    size: str


@dataclass(frozen=True, slots=True)
class Balance:
    """A sum that must come out: the whole, its parts in words, and whether it does."""

    what: str
    whole: str
    parts: str
    holds: bool


@dataclass(frozen=True, slots=True)
class RejectView:
    """A rejected row: where it stands, what is wrong, what to do, whose it may be, and what it says of its time."""

    source: str
    message: str
    detail: str
    todo: str
    may_be: str
    when: str
    length: str
    who: str


@dataclass(frozen=True, slots=True)
class CitationView:
    """Where a rule stands in print; ``verified`` False: in use, but its source was not seen in print."""

    rule: str
    title: str
    url: str
    verified: bool


def write_page(result: MonthResult, packet: int, files: Mapping[str, int], standing: frozenset[str] = frozenset()) -> bytes:
    """The page of packet number ``packet``; ``files`` are the packet's other files, name to size in bytes, for its links.

    ``standing`` are those that the packet it corrects has to the byte: what was signed or handed out of them holds.
    """
    style, script = static_text("page.css"), static_text("page.js")
    names = frozenset(files)
    billed, held, never = (patients_of(result, outcome, names) for outcome in (BILL, HOLD, NOT_BILLABLE))
    billed_lines = [line for d in result.decisions if d.outcome == BILL for line in d.lines]
    paid_first = wording.paid_first(billed_lines)
    stake_lines = [line for d in result.decisions if d.outcome == HOLD for line in d.at_stake]
    rates = result.rules.rate_source
    counts = [("billed", len(billed)), ("held", len(held)), ("not billable", len(never))]
    return fill(
        "page.html",
        policy=content_policy(style, script),
        style=Markup(style),  # our own files, hashed in the policy: the only text that is not escaped
        script=Markup(script),
        practice=letterhead(result.practice),
        test=result.practice.test,
        awaiting=awaits_attestation(result.practice),
        release=result.release,
        month=wording.month_name(result.month),
        packet=packet,
        patients=len(result.decisions),
        billed=billed,
        held=held,
        never=never,
        corrects=result.correction.corrects if result.correction else 0,
        already_sent=len(result.correction.already_sent) if result.correction else 0,
        changes=changes_shown(result),
        attach=any(claim.prior for claim in result.claims_sent),
        charge=wording.dollars(wording.charged_amount(billed_lines)),
        expected=wording.dollars(wording.expected_amount(billed_lines)),
        at_stake=wording.dollars(wording.expected_amount(stake_lines)),
        paid_first=wording.dollars(paid_first) if paid_first else "",
        rates=rates,
        outcomes=bar_chart("outcomes", "Patients by outcome", [(n, float(c), str(c)) for n, c in counts], 420, 170),
        minutes=bar_chart("minutes", "Patients by counted minutes", minutes_distribution(result), 420, 170),
        amounts=bar_chart("amounts", "Expected dollars by code, and held", amounts_by_code(result), 420, 170),
        held_by_reason=held_by_reason(result),
        excluded=excluded_by_reason(result),
        flags=flags_of(result),
        rejects=tuple(_rejects(result))[:_REJECTS_SHOWN],
        rejects_total=len(result.rejects),
        steps=_steps(result, names, standing),
        to_hand_out=frozenset(map(address_of, names - standing)),
        files=tuple(FileView(n, address_of(n), wording.file_size(files[n])) for n in sorted(files)),
        balances=tuple(_balances(result)),
        inputs=result.inputs,
        rules=result.rules,
        convention=_CONVENTIONS.get(result.rules.service_dates, result.rules.service_dates),
        choices=tuple((n.replace("_", " "), c, wording.shown_date(c.on)) for n, c in sorted(result.practice.choices.items())),
        citations=tuple(_citations(result.rules)),
    ).encode("utf-8")


def _steps(result: MonthResult, names: frozenset[str], standing: frozenset[str]) -> dict[str, tuple[FileView, ...]]:
    """What the practice does with the packet, by step, each with the files it takes; a step may have none.

    A correction asks again for nothing that stands as the packet before left it. A signature covers a file to the byte.
    """

    def those(*prefixes: str, ending: str = "", among: frozenset[str] = names) -> tuple[FileView, ...]:
        found = sorted(n for n in among if n.startswith(prefixes) and n.endswith(ending))
        return tuple(FileView(n.rsplit("/", 1)[-1], address_of(n), "") for n in found)

    def attestations(among: frozenset[str]) -> tuple[FileView, ...]:
        return tuple(replace(f, name=signers.get(f.name, f.name)) for f in those("attestations/", ending=".pdf", among=among))

    signers = {f"{p.id}.pdf": f"{p.given_name} {p.family_name}, {p.credential}" for p in result.practice.practitioners}
    changes = result.correction.changes if result.correction else ()
    dead = frozenset(care_plan_name(month.patient.key) for month in result.patient_months if month.patient.died)
    return {
        "sign": attestations(names - standing),
        "signed": attestations(names & standing),
        "submit": those("claims/", ending=".837"),
        "by_hand": those("claims/claim-sheet.csv", "claims/cms-1500", "claims/ub-04"),
        "correct": those("corrections.csv", "claims/by-hand.csv")
        if result.to_enter or any(c.for_a_person for c in changes)
        else (),
        "rejected": those("rejected-rows.csv") if any(not r.caller for r in result.rejects) else (),
        "callers": those("identity-queue.csv") if any(r.caller for r in result.rejects) else (),
        "hand_out": those("care-plans/", ending=".pdf", among=names - standing - dead),
        "handed_out": those("care-plans/", ending=".pdf", among=(names & standing) - dead),
        "not_handed_out": those("care-plans/", ending=".pdf", among=names & dead),
    }


def _rejects(result: MonthResult) -> Iterator[RejectView]:
    zone = ZoneInfo(result.practice.time_zone)
    for reject in result.rejects:
        text, logged = result.rules.reasons[reject.reason], reject.logged
        of_one = reject.caller is None and len(reject.candidates) == 1  # a record's own number, rejected for something else
        told = ", ".join(f"MRN {mrn}" for mrn in reject.candidates)
        may_be = f"{'Of' if of_one else 'May be'} {told}" if told else ""
        who = title_of(result.practice, logged.person) or logged.person
        yield RejectView(
            str(reject.source),
            text.message,
            reject.detail,
            text.remedy_in(file_kind(reject.source.key)),
            may_be,
            _when(logged.started, zone),
            _length(logged.length),
            who,
        )


def _when(started: str, zone: ZoneInfo) -> str:
    """A logged start in words, in the practice's time where it has an offset; as written where it is no time."""
    try:
        start = datetime.fromisoformat(started)
    except ValueError:
        return started
    local = start.astimezone(zone) if start.tzinfo else start
    return f"{wording.long_date(local.date())}, {local:%H:%M}"


def _length(logged: str) -> str:
    """A logged duration in minutes and seconds; as written where it is no number of seconds."""
    number, _, unit = logged.partition(" ")
    return f"{wording.clock(int(number))} (min:s)" if unit == "seconds" and number.isascii() and number.isdigit() else logged


def _balances(result: MonthResult) -> Iterator[Balance]:
    rows, taken = sum(i.rows for i in result.inputs), sum(i.taken for i in result.inputs)
    excluded, rejected = sum(i.excluded for i in result.inputs), sum(i.rejected for i in result.inputs)
    parts = f"{taken:,} counted or read + {excluded:,} excluded + {rejected:,} rejected"
    each = all(i.rows == i.taken + i.excluded + i.rejected for i in result.inputs)
    yield Balance("Input rows", f"{rows:,}", parts, each)
    outcomes = [sum(1 for d in result.decisions if d.outcome == outcome) for outcome in (BILL, HOLD, NOT_BILLABLE)]
    parts = f"{outcomes[0]:,} billed + {outcomes[1]:,} held + {outcomes[2]:,} not billable"
    months, decided = len(result.patient_months), [d.patient_key for d in result.decisions]
    same = months == len(set(decided)) == len(decided) == sum(outcomes)
    yield Balance("Patients of the month", f"{months:,}", parts, same)
    counted = sum(sum(d.seconds.values()) for d in result.decisions)
    out = sum(sum(d.excluded.values()) for d in result.decisions)
    logged = sum(piece.seconds for d in result.decisions for piece in d.pieces)
    parts = f"{wording.clock(counted)} counted + {wording.clock(out)} excluded"
    yield Balance("Minutes and seconds placed with a patient", wording.clock(logged), parts, logged == counted + out)


def _citations(rules: Rules) -> Iterator[CitationView]:
    named: list[tuple[str, Citation]] = [(name.replace("_", " "), c) for name, c in sorted(rules.citations.items())]
    named += [(f"code family {f.id.replace('_', ' ')}", f.citation) for f in rules.families if f.citation]
    named += [(c.reason.replace(".", ": ").replace("_", " "), c.citation) for c in rules.conflicts]
    named += [("expected amounts", rules.rate_source.citation), ("attestation", rules.attestation.citation)]
    for name, citation in dict.fromkeys(named):
        yield CitationView(name, citation.title, citation.url, citation.verified)
