"""The thresholds of the audit screening, one block a test, each with its citation. Values come from the rulebook's audit file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the rules in force hold these blocks, so a plain import would go in a circle
    from flows.ccm.citation import Citation


@dataclass(frozen=True, slots=True)
class IdenticalMinutes:
    """Raised from ``patients`` equal totals on. ``ratio`` is how much denser one total may be than those up to
    ``window_minutes`` away before chance is asked; below ``minimum`` billable totals nothing is tested."""

    patients: int
    window_minutes: int
    ratio: float
    minimum: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class ThresholdHeaping:
    """``ratio`` is how much denser a threshold's own minute may be than the ``window_minutes`` before it and after it.

    ``add_on_steps`` thresholds past each base are looked at; below ``minimum`` totals around a threshold it is not tested.
    """

    window_minutes: int
    ratio: float
    minimum: int
    add_on_steps: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class RoundedMinutes:
    """``share`` of whole-minute durations that may be multiples of ``multiple`` minutes; an even spread has 1/``multiple``."""

    multiple: int
    share: float
    minimum: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class ClonedDescription:
    """Raised from ``patients`` with one text on; a text under ``characters`` is a label, not a note."""

    patients: int
    characters: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class ImpossibleDay:
    """What one person can do: hours logged in a local day, hours from first start to last end, days without a day off,
    and from how many seconds on the person's own entries overlap."""

    hours: int
    span_hours: int
    days_in_a_row: int
    overlap_seconds: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class ManualTime:
    """The share of counted time that may lack a call record: of telephone time, of all time. ``records`` call records must
    be in the month, else the practice's logs carry none and nothing is tested; so with fewer than ``minimum`` entries."""

    call_share: float
    all_share: float
    minimum: int
    records: int
    citation: Citation


@dataclass(frozen=True, slots=True)
class AuditRules:
    """The screening in force. ``level`` is the chance, for a whole honest month, of any flag raised by a p-value."""

    level: float
    citation: Citation
    identical_minutes: IdenticalMinutes
    threshold_heaping: ThresholdHeaping
    rounded_minutes: RoundedMinutes
    cloned_description: ClonedDescription
    impossible_day: ImpossibleDay
    manual_time: ManualTime
