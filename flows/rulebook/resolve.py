"""The rulebook resolved for one service month and one practice: the only place where a rule's dates are compared."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TypeVar

from flows.ccm.citation import Citation
from flows.ccm.likeness import Likeness
from flows.ccm.practice import Terms
from flows.ccm.rules import Attestation, ConflictRule, Family, RateSource, ReasonText, Rules, WorklistRules
from flows.ccm.service_month import ServiceMonth
from flows.rulebook import audit, code_first, corrections, schema, stops, worklist
from flows.rulebook.read import HOME, Files, RulebookError, read
from flows.rulebook.reasons import Reasons

_CENT = Decimal("0.01")
_D = TypeVar("_D", bound=schema.Dated)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All versions of all rules. ``version`` is the hash of the text."""

    files: Files

    @property
    def version(self) -> str:
        """The hash of the rulebook's text: the same rules, the same version."""
        return self.files.version

    @property
    def crosswalk(self) -> dict[str, str]:
        """SNOMED CT code to ICD-10-CM code."""
        return self.files.crosswalk

    def in_force(self, month: ServiceMonth, terms: Terms) -> Rules:
        """The rules for a month and a practice. Raises RulebookError where any rule has no version in force."""
        refuse_before_first(self.files, month)
        return _resolve(self.files, str(month), month, terms)


def load(home: Path = HOME) -> Rulebook:
    """Read the rulebook. Raises RulebookError naming every fault by file and key."""
    return Rulebook(read(home))


def refuse_before_first(files: Files, month: ServiceMonth) -> None:
    """Raise RulebookError for a service month before the rulebook's first."""
    if str(month) < files.first_month:
        raise RulebookError(
            [f"service month {month} lies before the rulebook's first, {files.first_month}; choose a later month"]
        )


def block_in_force(files: Files, file: str, array: str, model: type[_D], month: str, key: str = "") -> _D:
    """The block that speaks for ``key`` in a month (YYYY-MM). Raises RulebookError where none does."""
    found: _D | None = None
    for block in files.blocks[file, array]:
        if not isinstance(block, model) or key not in block.speaks_for() or block.effective > month:
            continue
        if (block.until is None or month <= block.until) and (found is None or block.effective > found.effective):
            found = block
    if found is None:
        about = f" for {key}" if key else ""
        raise RulebookError([f"{file}: no [[{array}]]{about} is in force in {month}; add a block that governs that month"])
    return found


def cited(text: schema.CitationText) -> Citation:
    """A citation as the core carries it."""
    return Citation(text.title, text.url, text.verified)


def expand(ranges: list[str]) -> frozenset[str]:
    """Codes out of codes and ranges: ``90951-90970``, ``G0556-G0558``."""
    return frozenset(code for item in ranges for code in _expanded(item))


def _expanded(item: str) -> Iterator[str]:
    first, _, last = item.partition("-")
    last = last or first
    for number in range(int(first[1:]), int(last[1:]) + 1):
        yield f"{first[0]}{number:04d}"


def choice_in_force(files: Files, month: str, terms: Terms, choice: str) -> str:
    """The practice's recorded reading, or the default one."""
    block = block_in_force(files, "choices.toml", "choice", schema.ChoiceBlock, month, choice)
    value = terms.choices.get(choice, block.default)
    if value not in block.options:
        known = ", ".join(sorted(block.options))
        raise RulebookError([f"choice {choice}: '{value}' is not a reading in the rulebook; use one of {known}"])
    return value


def _resolve(files: Files, month: str, service_month: ServiceMonth, terms: Terms) -> Rules:
    time = block_in_force(files, "time.toml", "version", schema.TimeBlock, month)
    conditions = block_in_force(files, "conditions.toml", "version", schema.ConditionBlock, month)
    order = block_in_force(files, "conditions.toml", "code_first", code_first.CodeFirstBlock, month)
    visits = block_in_force(files, "visits.toml", "version", schema.VisitBlock, month)
    edits = block_in_force(files, "visits.toml", "same_date_edit", schema.CodesBlock, month)
    consent = block_in_force(files, "consent.toml", "version", schema.ConsentBlock, month)
    plan = block_in_force(files, "care_plan.toml", "version", schema.Dated, month)
    coverage = block_in_force(files, "coverage.toml", "version", schema.CoverageBlock, month)
    conflicts = block_in_force(files, "conflicts.toml", "version", schema.ConflictBlock, month)
    places = block_in_force(files, "places.toml", "version", schema.PlacesBlock, month)
    form = block_in_force(files, "places.toml", "form", schema.FormBlock, month, terms.kind)
    mac = block_in_force(files, "dates.toml", "mac", schema.MacBlock, month, terms.mac)
    rates = block_in_force(files, "rates.toml", "version", schema.RateBlock, month)
    wording = block_in_force(files, "attestation.toml", "version", schema.AttestationBlock, month)
    nearing = block_in_force(files, "worklist.toml", "version", worklist.WorklistBlock, month)
    families = tuple(_families(files, month, terms.kind))
    chosen_dates = choice_in_force(files, month, terms, "service_dates")
    expected, source = _expected(files, month, terms, rates)
    return Rules(
        month=service_month,
        version=files.version,
        time_zone=terms.time_zone,
        kind=terms.kind,
        practitioner_credentials=frozenset(time.practitioners),
        staff_credentials=frozenset(time.staff),
        reduced_credentials=frozenset() if form.claim == "837I" else frozenset(rates.reduced_credentials),
        reduced_rate=rates.reduced_rate,
        billing_credentials=dict(terms.billing_credentials),
        visit_edit_codes=frozenset(edits.codes),
        families=families,
        choice_amounts=amounts(rates, "nonfacility", None),
        expected_amounts=expected,
        rate_source=source,
        complex_choice=choice_in_force(files, month, terms, "complex_choice"),
        staff_time_on_visit_day=choice_in_force(files, month, terms, "staff_time_on_visit_day"),
        consent_method=choice_in_force(files, month, terms, "consent_method"),
        consent_elements=frozenset(consent.elements),
        condition_count=conditions.count,
        condition_months=conditions.months,
        visit_codes=frozenset(visits.codes),
        visit_within_months=visits.within_months,
        conflicts=tuple(_conflicts(files, month, terms, conflicts)),
        plans_covered=frozenset(coverage.covered),
        place_of_service=terms.place_of_service or form.default_place.get(terms.kind, ""),  # type: ignore[call-overload]
        places_allowed=frozenset(places.allowed),
        claim_form=form.claim,
        service_dates=mac.convention if chosen_dates == "mac" else chosen_dates,
        service_dates_confirmed=chosen_dates != "mac" or mac.citation.verified,
        charges=terms.charges,
        reasons=_reasons(files.reasons),
        citations=_citations(files, month)
        | {
            "conditions": cited(conditions.citation),
            "diagnosis_order": cited(order.citation),
            "initiating_visit": cited(visits.citation),
            "consent": cited(consent.citation),
            "care_plan": cited(plan.citation),
            "coverage": cited(coverage.citation),
            "place_of_service": cited(places.citation),
            "service_dates": cited(mac.citation),
        },
        attestation=Attestation(wording.title, tuple(wording.paragraphs), wording.signature_line, cited(wording.citation)),
        code_first=code_first.resolved(order),
        likeness=_likeness(block_in_force(files, "identity.toml", "version", schema.IdentityBlock, month)),
        audit=audit.resolved(block_in_force(files, "audit.toml", "version", audit.AuditBlock, month)),
        stops=stops.resolved(block_in_force(files, "stops.toml", "version", stops.StopBlock, month)),
        corrections=corrections.resolved(
            block_in_force(files, "corrections.toml", "version", corrections.TakersBlock, month),
            block_in_force(files, "corrections.toml", "claim_change", corrections.ClaimChangeBlock, month),
        ),
        worklist=WorklistRules(nearing.within_minutes, nearing.plan_age_months),
    )


def _likeness(block: schema.IdentityBlock) -> Likeness:
    told = block.model_dump(exclude={"effective", "until", "citation", "nicknames"})
    return Likeness(**told, nicknames=tuple(frozenset(group) for group in block.nicknames))


def _families(files: Files, month: str, kind: str) -> Iterator[Family]:
    offer = block_in_force(files, "families.toml", "offer", schema.Offer, month, kind)
    for family_id in offer.families:
        block = block_in_force(files, "families.toml", "family", schema.FamilyBlock, month, family_id)
        more = block.add_on
        yield Family(
            id=block.id,
            pool=block.pool,
            base=block.base.code,
            minutes=block.base.minutes,
            add_on=more.code if more else "",
            add_on_minutes=more.minutes if more else 0,
            max_units=more.max_units if more else 0,
            decision_making=frozenset(block.decision_making),
            limit_flag=block.flag_over_limit,
            citation=cited(block.citation),
        )


def _conflicts(files: Files, month: str, terms: Terms, block: schema.ConflictBlock) -> Iterator[ConflictRule]:
    for conflict in block.conflict:
        unless = conflict.unless
        if unless is None or choice_in_force(files, month, terms, unless.choice) != unless.value:
            yield ConflictRule(expand(conflict.codes), frozenset(conflict.by), conflict.reason, cited(conflict.citation))


def _citations(files: Files, month: str) -> dict[str, Citation]:
    found = [b for b in files.blocks["requirements.toml", "version"] if isinstance(b, schema.RequirementBlock)]
    in_force = [b for b in found if b.effective <= month]
    if not in_force:
        raise RulebookError([f"requirements.toml: no [[version]] is in force in {month}; add one"])
    return {name: cited(text.citation) for name, text in max(in_force, key=lambda b: b.effective).requirement.items()}


def amounts(rates: schema.RateBlock, setting: str, index: schema.Index | None) -> dict[str, Decimal]:
    """Dollars a unit by code in a setting, ``index`` None national; rounded once, to the cent."""
    one = Decimal(1)
    work, expense, malpractice = (index.work, index.pe, index.mp) if index else (one, one, one)
    dollars = {}
    for code, value in rates.values.items():
        pe = value.pe_facility if setting == "facility" else value.pe_nonfacility
        total = value.work * work + pe * expense + value.mp * malpractice
        dollars[code] = (total * rates.conversion_factor).quantize(_CENT, ROUND_HALF_UP)
    return dollars | dict(rates.flat)


def _expected(files: Files, month: str, terms: Terms, rates: schema.RateBlock) -> tuple[dict[str, Decimal], RateSource]:
    """What this practice may expect a unit: its setting's rate, adjusted by its locality where one is on file."""
    setting = block_in_force(files, "rates.toml", "setting", schema.SettingBlock, month, terms.kind)
    index, place = None, "national"
    place_key = f"{terms.contractor}-{terms.locality}"
    for block in files.blocks["gpci.toml", "version"]:
        in_force = block.effective <= month and (block.until is None or month <= block.until)
        if setting.locality and in_force and isinstance(block, schema.GpciBlock) and place_key in block.localities:
            index, place = block.localities[place_key], f"locality {place_key}"
    return amounts(rates, setting.setting, index), RateSource(rates.year, place, setting.setting, cited(rates.citation))


def _reasons(reasons: Reasons) -> dict[str, ReasonText]:
    texts = {}
    for kind in ("hold", "never", "excluded", "reject", "flag"):
        for reason, said in getattr(reasons, kind).items():
            by_file = {name: own[reason] for name, own in reasons.remedy_in.items() if reason in own}
            texts[reason] = ReasonText(reason, kind, said.message, getattr(said, "remedy", ""), by_file)
    return texts
