"""What differs between two decisions on one patient besides outcome, codes, counted minutes and reasons, in plain words.

Every part of a decision that makes a patient stand among the changes is told by those four or here: a reader never sees a
patient of whom nothing seems to have changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

from flows.ccm.claim_record import differences
from flows.ccm.correction import Change
from flows.ccm.decision import COUNTED, Decision, Reason, TimePiece
from flows.ccm.month_result import MonthResult
from flows.ccm.substance import COPY
from flows.outbox import wording
from flows.outbox.plain_words import told
from flows.outbox.roster import title_of

_MOST = 3  # logged entries that are told one by one; a page is to be read

_Entry = Counter[TimePiece]


def what_else_changed(result: MonthResult, change: Change) -> tuple[str, ...]:
    """Sentences, days as 2025-11-04; none where the patient is in one of the two packets only.

    What the claim's own differences tell is not told again.
    """
    was, now = change.before, change.after
    if was is None or now is None:
        return ()
    # Where the outcome is another, everything of a claim is; the columns have said so.
    same = not change.differs and was.outcome == now.outcome
    facts = differences(_facts(result, was), _facts(result, now)) if same else ()
    return (
        *_entries(result, was.pieces, now.pieces),
        *(f"{name.capitalize()}: was {before or 'none'}; now {after or 'none'}." for name, before, after in facts),
        *(_amounts(was, now) if same else ()),
        *_flags(result, was, now),
    )


def _facts(result: MonthResult, decision: Decision) -> dict[str, str]:
    dates = dict.fromkeys((wording.iso_date(decision.service_from), wording.iso_date(decision.service_to)))
    return {
        "dates of service": " to ".join(filter(None, dates)),
        "place of service": decision.place_of_service,
        "billed under": title_of(result.practice, decision.rendering) or decision.rendering,
        "diagnoses": " ".join(wording.icd10(code) for code in decision.diagnoses),
        "claim form": decision.claim_form,
        "code family": decision.family.replace("_", " "),
    }


def _amounts(was: Decision, now: Decision) -> Iterator[str]:
    """What no longer has the same worth or comes of other persons' time, although codes and minutes are the same."""
    before, after = (d.lines or d.at_stake for d in (was, now))
    if wording.codes(before) == wording.codes(after):
        worth = (
            ("Charge", wording.charged_amount),
            ("Expected", wording.expected_amount),
            ("Taken off it, as the first plan paid it", wording.paid_first),
        )
        for name, amount in worth:
            if amount(before) != amount(after):
                yield f"{name}: was {wording.dollars(amount(before))}; now {wording.dollars(amount(after))}."
    if was.seconds != now.seconds and sum(was.seconds.values()) == sum(now.seconds.values()):
        yield f"Time by: was {_by_performer(was)}; now {_by_performer(now)}."


def _by_performer(decision: Decision) -> str:
    return ", ".join(f"{name} {wording.clock(s)}" for name, s in sorted(decision.seconds.items()) if s) or "none"


def _entries(result: MonthResult, was: Sequence[TimePiece], now: Sequence[TimePiece]) -> Iterator[str]:
    """The logged entries that came, went or are told otherwise, whatever file and line they stand in; many as numbers."""
    before, after = _by_entry(was), _by_entry(now)
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    changed.sort(key=lambda name: (min(piece.started for piece in after.get(name) or before[name]), name))
    if len(changed) <= _MOST:
        for name in changed:
            old, new = (_words(result, found[name]) if name in found else "" for found in (before, after))
            yield f"{_what_became(old, new)}: {new or old}."
        return
    alike: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for name in changed:
        old, new = before.get(name, Counter()), after.get(name, Counter())
        alike.setdefault((_fates(result, old), _fates(result, new)), []).append((_seconds(old), _seconds(new)))
    for (was_so, is_so), lengths in alike.items():
        entries = "1 logged entry" if len(lengths) == 1 else f"{len(lengths)} logged entries"
        first, then = (sum(seconds) for seconds in zip(*lengths, strict=True))
        if was_so == is_so and first == then:
            yield f"{entries}: told otherwise in person, activity, hour or note."
        else:
            said_before = f"{wording.clock(first)} min {was_so}" if was_so else "not there"
            said_now = f"{wording.clock(then)} min {is_so}" if is_so else "no longer there"
            yield f"{entries}: was {said_before}; now {said_now}."


def _what_became(old: str, new: str) -> str:
    if not old:
        return "Newly logged"
    if not new:
        return "No longer logged"
    if old == new:
        return "Told otherwise in its person, activity, hour or note"
    return f"Was {old}; now"


def _by_entry(pieces: Sequence[TimePiece]) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for piece in pieces:
        if piece.fate != COPY:
            found.setdefault(piece.entry_id, Counter())[replace(piece, source=None)] += 1
    return found


def _words(result: MonthResult, entry: _Entry) -> str:
    """An entry as its day, its time and what became of each part of it."""
    seconds: Counter[str] = Counter()
    for piece, times in entry.items():
        seconds[piece.fate] += piece.seconds * times
    first = min(piece.started for piece in entry).astimezone(ZoneInfo(result.practice.time_zone))
    parts = (f"{wording.clock(seconds[fate])} min {_fate(result, fate)}" for fate in _sorted(seconds))
    return f"{wording.iso_date(first.date())}, {', '.join(parts)}"


def _seconds(entry: _Entry) -> int:
    return sum(piece.seconds * times for piece, times in entry.items())


def _fates(result: MonthResult, entry: _Entry) -> str:
    return ", ".join(_fate(result, fate) for fate in _sorted({piece.fate for piece in entry}))


def _sorted(fates: Iterable[str]) -> list[str]:
    return sorted(fates, key=lambda fate: (fate != COUNTED, fate))


def _fate(result: MonthResult, fate: str) -> str:
    return "counted" if fate == COUNTED else f"not counted ({_message(result, fate)})"


def _flags(result: MonthResult, was: Decision, now: Decision) -> Iterator[str]:
    """The notes that came or went; those of the audit screening speak of the month's other patients too and are no change."""
    before, after = ({(f.id, f.detail): f for f in d.flags if not f.id.startswith("audit.")} for d in (was, now))
    for heading, these, others in (("To look at now", after, before), ("No longer to look at", before, after)):
        for flag in (flag for key, flag in these.items() if key not in others):
            yield f"{heading}: {_said(result, flag)}."


def _said(result: MonthResult, flag: Reason) -> str:
    said = (f"{_message(result, flag.id)}.", told(flag, result.practice))
    return " ".join(filter(None, said)).rstrip(".")


def _message(result: MonthResult, reason: str) -> str:
    """The rules in force say it; a reason that they no longer know is shown by its id."""
    texts = result.rules.reasons
    return texts[reason].message.rstrip(".") if reason in texts else reason
