"""What one rulebook file asks of another, and what the core asks of all: names defined, codes rated, ranges forward."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from flows.ccm import raised
from flows.rulebook import schema
from flows.rulebook.reasons import Reasons

_D = TypeVar("_D", bound=schema.Dated)

Blocks = Mapping[tuple[str, str], Sequence[schema.Dated]]


def gaps(blocks: Blocks, reasons: Reasons) -> Iterator[str]:
    """Each gap a line: file, key, what is wrong, how to mend it. ``blocks`` are those of files that are right in themselves."""
    yield from _reasons(reasons)
    yield from _requirements(blocks)
    yield from _conflicts(blocks, reasons)
    yield from _families(blocks)
    yield from _rates(blocks)
    for number, choice in enumerate(blocks["choices.toml", "choice"], 1):
        if isinstance(choice, schema.ChoiceBlock) and choice.default not in choice.options:
            yield f"choices.toml: choice[{number}].default: '{choice.default}' is not among its options; correct it"


def _reasons(reasons: Reasons) -> Iterator[str]:
    kinds = {kind: getattr(reasons, kind) for kind in ("hold", "never", "excluded", "reject", "flag")}
    known = {reason for texts in kinds.values() for reason in texts}
    for reason in sorted((raised.REASONS | raised.REJECTS) - known):
        yield f"reasons.toml: no text for '{reason}', which the checklist raises; add it, or undo its renaming"


def _requirements(blocks: Blocks) -> Iterator[str]:
    for number, block in enumerate(blocks["requirements.toml", "version"], 1):
        told = set(block.requirement) if isinstance(block, schema.RequirementBlock) else set()
        for name in sorted(raised.UNCITED_ELSEWHERE - told):
            yield f"requirements.toml: version[{number}].requirement: '{name}' is not there, which the checklist cites; add it"


def _conflicts(blocks: Blocks, reasons: Reasons) -> Iterator[str]:
    choices = {c.id: c for c in blocks["choices.toml", "choice"] if isinstance(c, schema.ChoiceBlock)}
    for number, block in enumerate(blocks["conflicts.toml", "version"], 1):
        for index, conflict in enumerate(block.conflict if isinstance(block, schema.ConflictBlock) else (), 1):
            place = f"conflicts.toml: version[{number}].conflict[{index}]"
            if conflict.reason not in reasons.hold and conflict.reason not in reasons.never:
                yield f"{place}.reason: unknown reason id '{conflict.reason}'; add it to reasons.toml or correct it"
            unless = conflict.unless
            if unless and (unless.choice not in choices or unless.value not in choices[unless.choice].options):
                yield f"{place}.unless: no choice '{unless.choice}' with value '{unless.value}'; see choices.toml"
            for item in conflict.codes:
                first, _, last = item.partition("-")
                if last and (first[0] != last[0] or int(first[1:]) >= int(last[1:])):
                    yield f"{place}.codes: the range {item} holds no code; write the lower code first, both with one letter"


def _families(blocks: Blocks) -> Iterator[str]:
    families = {f.id for f in blocks["families.toml", "family"] if isinstance(f, schema.FamilyBlock)}
    for number, block in enumerate(blocks["families.toml", "offer"], 1):
        for family in block.families if isinstance(block, schema.Offer) else ():
            if family not in families:
                yield f"families.toml: offer[{number}].families: no family '{family}'; define it or correct the id"


def _rates(blocks: Blocks) -> Iterator[str]:
    """A code that is offered in some month of a fee schedule has a rate in it: choosing a family asks for its amount."""
    offers = [o for o in blocks["families.toml", "offer"] if isinstance(o, schema.Offer)]
    families = [f for f in blocks["families.toml", "family"] if isinstance(f, schema.FamilyBlock)]
    for number, rates in enumerate(blocks["rates.toml", "version"], 1):
        if not isinstance(rates, schema.RateBlock):
            continue
        if not rates.effective.startswith(f"{rates.year}-"):
            yield f"rates.toml: version[{number}].year: {rates.year} is not the year of {rates.effective}; correct one of the two"
        offered = {name for offer in _in_force_within(offers, rates) for name in offer.families}
        codes = set()
        for family in _in_force_within([f for f in families if f.id in offered], rates):
            codes |= {step.code for step in (family.base, family.add_on) if step}
        for code in sorted(codes - set(rates.values) - set(rates.flat)):
            yield f"rates.toml: version[{number}].values: no rate for {code}, which is billed from {rates.effective}; add it"


def _in_force_within(blocks: Sequence[_D], span: schema.Dated) -> Iterator[_D]:
    """The blocks that speak for their key in some month of ``span``."""
    for block in blocks:
        later = [b.effective for b in blocks if set(b.speaks_for()) & set(block.speaks_for()) and b.effective > block.effective]
        ends = min([*later, "9999-13" if block.until is None else block.until + "~"])
        if block.effective <= (span.until or "9999-12") and ends > span.effective:
            yield block
