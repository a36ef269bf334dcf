"""The worklist as a reader has it: two tables for a spreadsheet, and a page by staff member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from flows.ccm.practice import Practice
from flows.ccm.rules import Rules
from flows.ccm.service_month import ServiceMonth
from flows.ccm.worklist import CONSENT, Lapse, NearUnit, Worklist
from flows.outbox import wording
from flows.outbox.content_policy import content_policy
from flows.outbox.letterhead import letterhead
from flows.outbox.plain_words import shown, told
from flows.outbox.roster import title_of
from flows.outbox.spreadsheet import csv_bytes
from flows.outbox.templates import fill, static_text

NOBODY = "nobody yet"
_PATIENT = ("mrn", "family_name", "given_name", "born", "phone")


@dataclass(frozen=True, slots=True)
class NearView:
    """A patient near a unit as the page shows it."""

    name: str
    mrn: str
    phone: str
    minutes: int
    to_go: int
    codes: str
    missing: tuple[tuple[str, str, str], ...]  # message, detail, what to do


@dataclass(frozen=True, slots=True)
class LapseView:
    """A consent or plan about to lapse as the page shows it."""

    name: str
    mrn: str
    phone: str
    what: str
    told: str


@dataclass(frozen=True, slots=True)
class StaffView:
    """The work of one staff member, the fewest minutes to go first."""

    name: str
    near: tuple[NearView, ...]
    lapses: tuple[LapseView, ...]


def write_worklist(found: Worklist, practice: Practice, month: ServiceMonth, rules: Rules) -> dict[str, bytes]:
    """The files by name: ``worklist.csv``, ``lapsing.csv``, ``index.html``. They hold PHI."""
    near = sorted(found.near, key=lambda n: (_name(practice, n.person), n.targets[0].to_go, _who(n), n.patient.key))
    lapses = sorted(found.lapses, key=lambda x: (_name(practice, x.person), _who(x), x.what, x.patient.key))
    return {
        "worklist.csv": csv_bytes(
            ("staff", *_PATIENT, "minutes_counted", "minutes_to_go", "next_unit", "missing", "what_to_do"),
            [_legible(_near_row(each, practice, rules)) for each in near],
        ),
        "lapsing.csv": csv_bytes(
            ("staff", *_PATIENT, "what", "since", "told"),
            [_legible([_name(practice, x.person), *_patient(x), x.what, wording.iso_date(x.on), _told(x)]) for x in lapses],
        ),
        "index.html": _page(near, lapses, practice, month, rules),
    }


def _page(near: Sequence[NearUnit], lapses: Sequence[Lapse], practice: Practice, month: ServiceMonth, rules: Rules) -> bytes:
    style = static_text("page.css")
    names = sorted({_name(practice, each.person) for each in (*near, *lapses)}, key=lambda name: (name == NOBODY, name))
    return fill(
        "worklist.html",
        policy=content_policy(style),
        style=Markup(style),
        practice=letterhead(practice),
        test=practice.test,
        month=wording.month_name(month),
        patients=len(near),
        lapsing=len(lapses),
        staff=tuple(
            StaffView(
                name,
                tuple(_near_view(n, practice, rules) for n in near if _name(practice, n.person) == name),
                tuple(_lapse_view(x) for x in lapses if _name(practice, x.person) == name),
            )
            for name in names
        ),
    ).encode("utf-8")


def _near_view(near: NearUnit, practice: Practice, rules: Rules) -> NearView:
    first = near.targets[0]
    return NearView(
        name=_who(near),
        mrn=near.patient.mrn,
        phone=wording.phone(near.patient.phone),
        minutes=first.minutes,
        to_go=first.to_go,
        codes=_units(near),
        missing=tuple((rules.reasons[r.id].message, shown(r, practice), rules.reasons[r.id].remedy) for r in near.missing),
    )


def _lapse_view(lapse: Lapse) -> LapseView:
    return LapseView(_who(lapse), lapse.patient.mrn, wording.phone(lapse.patient.phone), lapse.what, _told(lapse))


def _near_row(near: NearUnit, practice: Practice, rules: Rules) -> list[str]:
    first = near.targets[0]
    texts = [rules.reasons[reason.id] for reason in near.missing]
    missing = [" ".join(filter(None, (t.message, told(r, practice)))) for t, r in zip(texts, near.missing, strict=True)]
    return [
        *(_name(practice, near.person), *_patient(near)),
        *(str(first.minutes), str(first.to_go), _units(near)),
        *("; ".join(missing), " ".join(text.remedy for text in texts)),
    ]


def _units(near: NearUnit) -> str:
    return " or ".join(f"{target.code} at {target.needed} min" for target in near.targets)


def _told(lapse: Lapse) -> str:
    if lapse.what == CONSENT and lapse.until is not None:
        return f"revoked {wording.shown_date(lapse.on)}; holds until {wording.shown_date(lapse.until)}, no time counts after it"
    return f"last revised {wording.shown_date(lapse.on)}; revise it with the patient"


def _patient(item: NearUnit | Lapse) -> list[str]:
    who = item.patient
    return [who.mrn, who.family_name, who.given_name, wording.iso_date(who.born), wording.phone(who.phone)]


def _who(item: NearUnit | Lapse) -> str:
    return wording.list_name(item.patient)


def _name(practice: Practice, person: str) -> str:
    """The person's name on the practice's roster; someone on neither list is shown by the id in the log."""
    return title_of(practice, person) or person or NOBODY


def _legible(row: list[str]) -> list[str]:
    return [wording.legible(cell) for cell in row]
