"""What changed in the rules between two service months, rule by rule and field by field, with both sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth
from flows.rulebook.read import HOME, read
from flows.rulebook.statement import Statement, in_force
from flows.rulebook.table import Sources


@dataclass(frozen=True, slots=True)
class Change:
    """A rule that differs: as it was and as it is; None where it was not, or is no longer, in force."""

    before: Statement | None
    after: Statement | None

    @property
    def topic(self) -> str:
        """The topic of the rule."""
        return (self.after or self.before).topic  # type: ignore[union-attr]

    @property
    def subject(self) -> str:
        """What the rule is about."""
        return (self.after or self.before).subject  # type: ignore[union-attr]

    def fields(self) -> tuple[tuple[str, str, str], ...]:
        """What differs as (field, was, is), an absent side empty; none where only the source changed."""
        was = dict(self.before.fields) if self.before else {}
        now = dict(self.after.fields) if self.after else {}
        names = dict.fromkeys([*was, *now])
        return tuple((n, was.get(n, ""), now.get(n, "")) for n in names if was.get(n) != now.get(n))


def changes(
    before: ServiceMonth, after: ServiceMonth, practice: Practice | None = None, mac: str | None = None, home: Path = HOME
) -> tuple[Change, ...]:
    """The rules that differ between two service months, in the order of the table. Raises RulebookError."""
    files = read(home)
    was = {(s.topic, s.subject): s for s in in_force(files, before, practice, mac)}
    now = {(s.topic, s.subject): s for s in in_force(files, after, practice, mac)}
    topics = list(dict.fromkeys(topic for topic, _ in [*was, *now]))
    rules = sorted(dict.fromkeys([*was, *now]), key=lambda rule: topics.index(rule[0]))
    pairs = [Change(was.get(rule), now.get(rule)) for rule in rules]
    return tuple(pair for pair in pairs if _differs(pair))


def rules_diff(
    before: ServiceMonth, after: ServiceMonth, practice: Practice | None = None, mac: str | None = None, home: Path = HOME
) -> str:
    """What changed between two service months in words, or that nothing did. Raises RulebookError with one line a problem."""
    sources = Sources()
    about = f" for {practice.slug}" if practice else ""
    found = changes(before, after, practice, mac, home)
    if not found:
        return f"Nothing changed in the rules between {before} and {after}{about}.\n"
    lines = [f"Rules{about}: {before} -> {after}, {len(found)} changed", *_told(found, before, after, sources)]
    return "\n".join([*lines, "", "Sources", *sources.lines()]) + "\n"


def _differs(pair: Change) -> bool:
    if pair.before is None or pair.after is None:
        return True
    return (pair.before.fields, pair.before.citation) != (pair.after.fields, pair.after.citation)


def _told(found: tuple[Change, ...], before: ServiceMonth, after: ServiceMonth, sources: Sources) -> Iterator[str]:
    topic = ""
    for change in found:
        if change.topic != topic:
            topic = change.topic
            yield from ("", topic)
        was, now = change.before, change.after
        if was is None and now is not None:
            yield f"  {change.subject}: new, not in force in {before}; source {sources.mark(now.citation)}"
        elif now is None and was is not None:
            yield f"  {change.subject}: no longer in force in {after}; source {sources.mark(was.citation)}"
        elif was is not None and now is not None:
            same = was.citation == now.citation
            rests = sources.mark(was.citation) + ("" if same else f" -> {sources.mark(now.citation)}")
            only = "" if change.fields() else "only the source changed, "
            yield f"  {change.subject}: {only}source {rests}"
        for name, old, new in change.fields():
            one_sided = was is None or now is None
            yield f"    {name}: {old or new}" if one_sided else f"    {name}: {old or 'not said'} -> {new or 'not said'}"
