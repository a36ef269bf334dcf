"""What differs between two decisions on one patient besides outcome, codes, counted minutes and reasons, in plain words.

Every part of a decision that makes a patient stand among the changes is told by those four or here: a reader never sees a
patient of whom nothing seems to have changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
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
    facts = () if change.differs else differences(_facts(result, was), _facts(result, now))
    return (
        *_entries(result, was.pieces, now.pieces),
        *(f"{name.capitalize()}: was {before or 'none'}; now {after or 'none'}." for name, before, after in facts),
        *_flags(result, was, now),
    )


def _facts(result: MonthResult, decision: Decision) -> dict[str, str]:
    lines = decision.lines or decision.at_stake
    dates = dict.fromkeys((wording.iso_date(decision.service_from), wording.iso_date(decision.service_to)))
    return {
        "charge": wording.dollars(wording.charged_amount(lines)),
        "expected": wording.dollars(wording.expected_amount(lines)),
        "taken off it, as the first plan paid it": wording.dollars(paid) if (paid := wording.paid_first(lines)) else "",
        "dates of service": " to ".join(filter(None, dates)),
        "place of service": decision.place_of_service,
        "billed under": title_of(result.practice, decision.rendering) or decision.rendering,
        "diagnoses": " ".join(wording.icd10(code) for code in decision.diagnoses),
        "claim form": decision.claim_form,
        "code family": decision.family.replace("_", " "),
        # Their sum stands among the minutes; whose they are may change alone.
        "time by": ", ".join(f"{name} {wording.clock(s)}" for name, s in sorted(decision.seconds.items()) if s),
    }


def _entries(result: MonthResult, was: Sequence[TimePiece], now: Sequence[TimePiece]) -> Iterator[str]:
    """The logged entries that came, went or are told otherwise, whatever file and line they stand in."""
    before, after = _by_entry(was), _by_entry(now)
    changed = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    changed.sort(key=lambda name: (min(piece.started for piece in after.get(name) or before[name]), name))
    for name in changed[:_MOST]:
        old, new = (_words(result, found[name]) if name in found else "" for found in (before, after))
        if not old:
            yield f"Logged since: {new}."
        elif not new:
            yield f"No longer logged: {old}."
        elif old == new:
            yield f"Told otherwise in its person, activity, hour or note: {new}."
        else:
            yield f"Logged otherwise: was {old}; now {new}."
    if len(changed) > _MOST:
        yield f"And {len(changed) - _MOST} more logged entries, as the time log has them."


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
    fates = (f"{wording.clock(seconds[fate])} {_fate(result, fate)}" for fate in sorted(seconds, key=lambda f: (f != COUNTED, f)))
    return f"{wording.iso_date(first.date())}, {', '.join(fates)}"


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
