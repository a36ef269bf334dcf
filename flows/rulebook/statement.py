"""What the rulebook says, in words: one statement a rule. The table, the difference and the reference page all read these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from flows.ccm.citation import Citation
from flows.ccm.practice import Choice, Practice, terms_of
from flows.ccm.service_month import ServiceMonth
from flows.rulebook import schema
from flows.rulebook.read import Files, RulebookError
from flows.rulebook.resolve import Rulebook, block_in_force, cited, refuse_before_first
from flows.rulebook.topics import TOPICS, Field, in_plain_words

# Locality indices refine an estimate: a month without them is decided with national rates, so they may be absent.
_INDICES = ("gpci.toml", "version")
_AMOUNTS = "Amounts this practice may expect (estimates)"


@dataclass(frozen=True, slots=True)
class Statement:
    """One rule: its topic, what it is about (unique in a topic and month), what it says field by field, and since when.

    ``effective`` and ``until`` are service months as YYYY-MM; ``until`` is empty where a later version or nothing ends it.
    """

    topic: str
    subject: str
    fields: tuple[Field, ...]
    citation: Citation
    effective: str
    until: str


def in_force(
    files: Files, month: ServiceMonth, practice: Practice | None = None, mac: str | None = None
) -> tuple[Statement, ...]:
    """The statements that hold in a service month; with a practice, those that concern it, with its recorded choices.

    ``mac`` names a MAC jurisdiction, in place of the practice's own. Raises RulebookError where a rule has no version in
    force or the jurisdiction is not in the rulebook.
    """
    refuse_before_first(files, month)
    _refuse_unknown(files, mac)
    choices = practice.choices if practice else {}
    macs = {mac or (practice.mac if practice else "")} - {""}
    offered = _offered(files, month, practice)
    found: list[Statement] = []
    for file, array in _arrays(files):
        for key, block in _blocks_in_force(files, file, array, month):
            other_kind = isinstance(block, schema.ForKinds) and practice is not None and key != practice.kind
            other_mac = isinstance(block, schema.MacBlock) and bool(macs) and key not in macs
            unused = isinstance(block, schema.FamilyBlock) and key not in offered
            if not (other_kind or other_mac or unused):
                found += _said(file, array, block, key, choices)
        if practice is not None and (file, array) == _INDICES:
            found += _local(files, month, practice)
    return _told_apart(found)


def all_versions(files: Files) -> tuple[Statement, ...]:
    """Every version of every rule, by topic and subject, each subject's versions in order of time."""
    statements = [
        statement
        for file, array in _arrays(files)
        for block in sorted(files.blocks[file, array], key=lambda b: b.effective)
        for key in block.speaks_for()
        for statement in _told_apart(list(_said(file, array, block, key, {})))
    ]
    subjects = {(s.topic, s.subject): n for n, s in reversed(list(enumerate(statements)))}
    topics = list(dict.fromkeys(s.topic for s in statements))
    return tuple(sorted(statements, key=lambda s: (topics.index(s.topic), subjects[s.topic, s.subject], s.effective)))


def _arrays(files: Files) -> list[tuple[str, str]]:
    """Topics in their own order, then arrays that nobody has written words for yet."""
    return [place for place in TOPICS if place in files.blocks] + [place for place in files.blocks if place not in TOPICS]


def _blocks_in_force(files: Files, file: str, array: str, month: ServiceMonth) -> Iterator[tuple[str, schema.Dated]]:
    blocks = files.blocks[file, array]
    missing: RulebookError | None = None
    some = False
    for key in dict.fromkeys(key for block in blocks for key in block.speaks_for()):
        try:
            block = block_in_force(files, file, array, type(blocks[0]), str(month), key)
        except RulebookError as error:  # a key may begin or end; a whole array that is silent may not
            missing = missing or error
            continue
        some = True
        yield key, block
    if missing and not some and (file, array) != _INDICES:
        raise missing


def _said(file: str, array: str, block: schema.Dated, key: str, choices: Mapping[str, Choice]) -> Iterator[Statement]:
    topic, describe = TOPICS.get((file, array), (_heading(file, array), in_plain_words))
    for subject, fields, citation in describe(block, key, choices):
        kept = tuple((name, text) for name, text in fields if text)
        yield Statement(topic, subject, kept, cited(citation), block.effective, block.until or "")


def _heading(file: str, array: str) -> str:
    stem = file.removesuffix(".toml").replace("_", " ").capitalize()
    return stem if array == "version" else f"{stem}: {array.replace('_', ' ')}"


def _told_apart(statements: Sequence[Statement]) -> tuple[Statement, ...]:
    """Number the subjects that would otherwise share a name, so that two versions can be held against each other."""
    seen: dict[tuple[str, str], int] = {}
    out = []
    for statement in statements:
        name = (statement.topic, statement.subject)
        seen[name] = seen.get(name, 0) + 1
        out.append(statement if seen[name] == 1 else replace(statement, subject=f"{statement.subject} ({seen[name]})"))
    return tuple(out)


def _offered(files: Files, month: ServiceMonth, practice: Practice | None) -> set[str]:
    offers = _blocks_in_force(files, "families.toml", "offer", month)
    return {
        family
        for kind, offer in offers
        if isinstance(offer, schema.Offer) and (practice is None or kind == practice.kind)
        for family in offer.families
    }


def _refuse_unknown(files: Files, mac: str | None) -> None:
    known = sorted({key for block in files.blocks["dates.toml", "mac"] for key in block.speaks_for()})
    if mac is not None and mac not in known:
        raise RulebookError([f"MAC {mac}: no such jurisdiction in dates.toml; use one of {', '.join(known)}"])


def _local(files: Files, month: ServiceMonth, practice: Practice) -> Iterator[Statement]:
    """The practice's locality where it has one on file, and what the practice may expect for a unit of each code it bills."""
    place = f"{practice.contractor}-{practice.locality}"
    for _, block in _blocks_in_force(files, *_INDICES, month):
        index = block.localities.get(place) if isinstance(block, schema.GpciBlock) else None
        if index is not None:
            fields = (("work", str(index.work)), ("practice expense", str(index.pe)), ("malpractice", str(index.mp)))
            citation = cited(block.citation)
            yield Statement(TOPICS[_INDICES][0], f"locality {place}", fields, citation, block.effective, block.until or "")
    rules = Rulebook(files).in_force(month, terms_of(practice, month.last_day))
    rates = block_in_force(files, "rates.toml", "version", schema.RateBlock, str(month))
    source = rules.rate_source
    basis = f"{source.year}, {source.locality}, {'facility' if source.setting == 'facility' else 'not facility'}"
    for code in dict.fromkeys(code for f in rules.families for code in (f.base, f.add_on) if code):
        fields = (("a unit", f"${rules.expected_amounts[code]}"), ("basis", basis))
        yield Statement(_AMOUNTS, code, fields, source.citation, rates.effective, rates.until or "")
