"""The words for each kind of rulebook block: what it is about, and what it says field by field. No date is looked at here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from flows.ccm.patient import CARE_PLAN_ELEMENTS
from flows.ccm.practice import Choice
from flows.rulebook import schema
from flows.rulebook.code_first import CodeFirstBlock
from flows.rulebook.resolve import amounts

Field = tuple[str, str]
Described = Iterator[tuple[str, Sequence[Field], schema.CitationText]]
Choices = Mapping[str, Choice]

_POOLS = {
    "practitioner": "one practitioner's own minutes",
    "month": "staff minutes of the month, practitioners' minutes lent to them",
}
_WHOSE = {"same": "the same practitioner", "other": "another of the practice", "elsewhere": "someone elsewhere"}
_SILENT = {"effective", "until", "citation", "id"}  # told beside the fields


def _listed(values: Sequence[str], word: str = "and") -> str:
    """In words: ``a``, ``a and b``, ``a, b and c``."""
    names = [value.replace("_", " ") for value in values]
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _family(block: schema.FamilyBlock, key: str, choices: Choices) -> Described:
    more = block.add_on
    fields = (
        ("first", f"{block.base.code} at {block.base.minutes} minutes"),
        ("then", f"{more.code} for each further {more.minutes} minutes" if more else ""),
        ("monthly limit", f"{block.base.code} 1" + (f", {more.code} {more.max_units}" if more else "")),
        ("past the limit", "flagged, not billed" if block.flag_over_limit else "not billed"),
        ("counts", _POOLS[block.pool]),
        ("decision making", _listed(block.decision_making, "or")),
    )
    yield key, fields, block.citation


def _offer(block: schema.Offer, key: str, choices: Choices) -> Described:
    yield key, (("bills the families", _listed(block.families)),), block.citation


def _time(block: schema.TimeBlock, key: str, choices: Choices) -> Described:
    fields = (("practitioners", ", ".join(block.practitioners)), ("clinical staff", ", ".join(block.staff)))
    yield "whose time counts", fields, block.citation


def _consent(block: schema.ConsentBlock, key: str, choices: Choices) -> Described:
    yield "consent", (("must have told", _listed(block.elements)),), block.citation


def _care_plan(block: schema.Dated, key: str, choices: Choices) -> Described:
    yield "comprehensive care plan", (("elements", _listed(CARE_PLAN_ELEMENTS)),), block.citation


def _conditions(block: schema.ConditionBlock, key: str, choices: Choices) -> Described:
    fields = (("at least", str(block.count)), ("each expected to last", f"{block.months} months, or until death"))
    yield "chronic conditions", fields, block.citation


def _code_first(block: CodeFirstBlock, key: str, choices: Choices) -> Described:
    yield "order of a claim's diagnoses", (("underlying disease", "before what it brings with it"),), block.citation
    for pair in block.pair:
        fields = (("first", ", ".join(pair.underlying)), ("then", ", ".join(pair.then)))
        yield "diagnoses in order", fields, pair.citation


def _visits(block: schema.VisitBlock, key: str, choices: Choices) -> Described:
    fields = (("codes", ", ".join(block.codes)), ("within", f"{block.within_months} months before enrolment"))
    yield "initiating visit", fields, block.citation


def _same_date_edit(block: schema.CodesBlock, key: str, choices: Choices) -> Described:
    yield "a visit of the claim's date needs modifier 25 beside", (("codes", ", ".join(block.codes)),), block.citation


def _conflicts(block: schema.ConflictBlock, key: str, choices: Choices) -> Described:
    yield "other services of the patient", (("are looked at", "by calendar month, whatever their date"),), block.citation
    for conflict in block.conflict:
        unless, not_applied = conflict.unless, ""
        if unless:
            recorded = choices.get(unless.choice)
            dropped = recorded is not None and recorded.value == unless.value
            not_applied = f"where the practice's choice {unless.choice} is {unless.value}" + (", as it is" if dropped else "")
        whose = _listed([_WHOSE[by] for by in conflict.by], "or")
        fields = (("codes", ", ".join(conflict.codes)), ("billed by", whose), ("not applied", not_applied))
        yield f"{conflict.reason} ({'/'.join(conflict.by)})", fields, conflict.citation


def _coverage(block: schema.CoverageBlock, key: str, choices: Choices) -> Described:
    yield "plans", (("cover CCM without a verification", _listed(block.covered)),), block.citation


def _places(block: schema.PlacesBlock, key: str, choices: Choices) -> Described:
    fields = [(name, ", ".join(getattr(block, name))) for name in ("allowed", "held", "refused")]
    yield "place of service", fields, block.citation


def _form(block: schema.FormBlock, key: str, choices: Choices) -> Described:
    place = {str(kind): place for kind, place in block.default_place.items()}.get(key, "")
    yield key, (("claim", block.claim), ("usual place of service", place or "none, a type of bill instead")), block.citation


def _mac(block: schema.MacBlock, key: str, choices: Choices) -> Described:
    recorded = choices.get("service_dates")
    stands_back = f"no: the practice recorded {recorded.value}" if recorded and recorded.value != "mac" else ""
    yield key, (("claim dates", block.convention.replace("_", " ")), ("in use", stands_back)), block.citation


def _choice(block: schema.ChoiceBlock, key: str, choices: Choices) -> Described:
    recorded = choices.get(key)
    reading = recorded.value if recorded else block.default
    others = [f"{value} ({says})" for value, says in block.options.items() if value != reading]
    fields = (
        ("reading", f"{reading} ({block.options.get(reading, 'not in the rulebook')})" + ("" if recorded else ", the default")),
        ("recorded", f"by {recorded.by} on {recorded.on}, on: {recorded.source}" if recorded else ""),
        ("default", block.default if recorded else ""),
        ("instead", "; ".join(others)),
    )
    yield key, fields, block.citation


def _rates(block: schema.RateBlock, key: str, choices: Choices) -> Described:
    fields = (
        ("year", str(block.year)),
        ("conversion factor", f"${block.conversion_factor}"),
        ("under own NPI", f"{_listed(block.reduced_credentials)} are paid {block.reduced_rate:.0%}"),
    )
    yield "fee schedule", fields, block.citation
    office, facility = amounts(block, "nonfacility", None), amounts(block, "facility", None)
    for code, values in sorted(block.values.items()):
        expense = f"practice expense {values.pe_nonfacility} (facility {values.pe_facility})"
        told = f"work {values.work}, {expense}, malpractice {values.mp}"
        yield code, (("not facility", f"${office[code]}"), ("facility", f"${facility[code]}"), ("units", told)), block.citation
    for code, amount in sorted(block.flat.items()):
        yield code, (("flat", f"${amount}"),), block.citation


def _setting(block: schema.SettingBlock, key: str, choices: Choices) -> Described:
    rate = "the facility rate" if block.setting == "facility" else "the rate outside facilities"
    yield key, (("paid", rate), ("adjusted by locality", "yes" if block.locality else "no")), block.citation


def _gpci(block: schema.GpciBlock, key: str, choices: Choices) -> Described:
    fields = (("year", str(block.year)), ("on file for", f"{len(block.localities)} localities; elsewhere the national rate"))
    yield "locality cost indices", fields, block.citation


def _attestation(block: schema.AttestationBlock, key: str, choices: Choices) -> Described:
    fields = [("title", block.title), *((f"paragraph {n}", text) for n, text in enumerate(block.paragraphs, 1))]
    yield "attestation", [*fields, ("signed", block.signature_line)], block.citation


def _requirements(block: schema.RequirementBlock, key: str, choices: Choices) -> Described:
    for name, text in block.requirement.items():
        yield name, (("asks that", text.says),), text.citation


def in_plain_words(block: Any, key: str, choices: Choices) -> Described:
    """Words for a block that has none of its own: each key with its value; a table with a citation is a rule of its own."""
    plain: list[Field] = []
    rules: list[tuple[str, Any]] = []
    for name, value in block:
        for title, part in value.items() if isinstance(value, dict) else [("", value)]:
            label = f"{name} {title}".strip().replace("_", " ")
            if isinstance(part, BaseModel) and hasattr(part, "citation"):
                rules.append((label, part))
            elif name not in _SILENT:
                plain.append((label, _value(part)))
    if plain and hasattr(block, "citation"):
        yield key or "in general", plain, block.citation
    for label, part in rules:
        yield from in_plain_words(part, label, choices)


def _value(value: object) -> str:
    if isinstance(value, BaseModel):
        return ", ".join(f"{name} {_value(part)}" for name, part in value)
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    return {True: "yes", False: "no", None: ""}.get(value, str(value)) if isinstance(value, bool | None) else str(value)


Describe = Callable[[Any, str, Choices], Described]
TOPICS: dict[tuple[str, str], tuple[str, Describe]] = {
    ("families.toml", "offer"): ("Code families by kind of practice", _offer),
    ("families.toml", "family"): ("Code families, thresholds and monthly limits", _family),
    ("time.toml", "version"): ("Time", _time),
    ("consent.toml", "version"): ("Consent", _consent),
    ("care_plan.toml", "version"): ("Care plan", _care_plan),
    ("conditions.toml", "version"): ("Conditions", _conditions),
    ("conditions.toml", "code_first"): ("Order of diagnoses", _code_first),
    ("visits.toml", "version"): ("Initiating visit", _visits),
    ("visits.toml", "same_date_edit"): ("Visits on the claim's date", _same_date_edit),
    ("conflicts.toml", "version"): ("Services of the month that exclude CCM", _conflicts),
    ("coverage.toml", "version"): ("Coverage", _coverage),
    ("requirements.toml", "version"): ("Other requirements", _requirements),
    ("places.toml", "version"): ("Places of service", _places),
    ("places.toml", "form"): ("Claim forms", _form),
    ("dates.toml", "mac"): ("Claim dates by MAC jurisdiction", _mac),
    ("choices.toml", "choice"): ("Choices where sources differ", _choice),
    ("rates.toml", "version"): ("National rates (dollars a unit)", _rates),
    ("rates.toml", "setting"): ("Which rate a kind of practice is paid", _setting),
    ("gpci.toml", "version"): ("Locality adjustment", _gpci),
    ("attestation.toml", "version"): ("Attestation wording", _attestation),
    ("corrections.toml", "version"): ("Corrected claims", in_plain_words),
    ("corrections.toml", "claim_change"): ("Claim change codes", in_plain_words),
    ("worklist.toml", "version"): ("Worklist of a month under way", in_plain_words),
    ("retention.toml", "version"): ("Retention", in_plain_words),
}
