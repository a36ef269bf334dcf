"""The month's time, planned by what it must come to: each tier names its minutes and the lines they bill."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from flows.ccm.practice import Practice
from flows.ccm.service_month import ServiceMonth

ANY_LEVEL = ("straightforward", "low", "moderate", "high", None)
NOT_COMPLEX = ("straightforward", "low", None)
COMPLEX = ("moderate", "high")


@dataclass(frozen=True, slots=True)
class Tier:
    """A range of counted time and its outcome. ``staff`` is a half-open range of seconds, ``practitioner`` of whole minutes.

    ``levels`` are the decision-making levels under which ``lines`` are right. ``by_complexity`` marks a tier that is right
    only where a practice chooses complex codes by complexity; every other tier's lines hang on no amount being close.
    """

    id: str
    weight: float
    staff: tuple[int, int]
    practitioner: tuple[int, int]
    levels: tuple[str | None, ...]
    lines: tuple[str, ...]
    by_complexity: bool = False


BELOW = Tier("below", 0, (300, 1200), (0, 0), ANY_LEVEL, ())
TIERS = (
    Tier("basic", 42, (1200, 2400), (0, 0), ANY_LEVEL, ("99490 x1",)),
    Tier("basic_40", 19, (2400, 3600), (0, 0), ANY_LEVEL, ("99490 x1", "99439 x1")),
    Tier("basic_60", 9, (3600, 6600), (0, 0), NOT_COMPLEX, ("99490 x1", "99439 x2")),
    Tier("complex_60", 6, (3600, 5400), (0, 0), COMPLEX, ("99487 x1",), by_complexity=True),
    Tier("complex_90", 3, (5400, 7200), (0, 0), COMPLEX, ("99487 x1", "99489 x1")),
    Tier("complex_120", 1, (7200, 9000), (0, 0), COMPLEX, ("99487 x1", "99489 x2")),
    Tier("practitioner_30", 4, (0, 0), (30, 60), ANY_LEVEL, ("99491 x1",)),
    Tier("practitioner_60", 2, (0, 0), (60, 90), NOT_COMPLEX, ("99491 x1", "99437 x1")),
    Tier("practitioner_90", 1, (0, 0), (90, 120), NOT_COMPLEX, ("99491 x1", "99437 x2")),
    Tier("practitioner_over_staff", 2, (300, 420), (30, 33), ANY_LEVEL, ("99491 x1",)),
    Tier("lent", 9, (720, 1200), (8, 20), ANY_LEVEL, ("99490 x1",)),
    Tier("lent_alone", 2, (0, 0), (20, 30), ANY_LEVEL, ("99490 x1",)),
)
# Rural health clinics and federally qualified health centers: one general code to its last month, then the codes above.
GENERAL_CODE = "G0511 x1"
GENERAL_CODE_LAST_MONTH = {"rhc": ServiceMonth(2025, 6), "fqhc": ServiceMonth(2025, 6)}


@dataclass(frozen=True, slots=True)
class PlannedTime:
    """What one patient's counted time must come to: seconds by performer, the lines they bill, the level they need."""

    tier: str
    staff: int
    practitioner: int
    decision_making: str | None
    lines: tuple[str, ...]


def tiers_of(practice: Practice, month: ServiceMonth) -> tuple[Tier, ...]:
    """The tiers whose outcome is sure for this practice: codes with a charge in force, no choice left to an amount.

    Raises ValueError when the practice charges for none of them, or the month lies before the first one.
    """
    last_general = GENERAL_CODE_LAST_MONTH.get(practice.kind)
    general = last_general is not None and month <= last_general
    choice = practice.choices.get("complex_choice")
    kept = []
    for tier in TIERS:
        lines = (GENERAL_CODE,) if general else tier.lines
        charged = all(practice.charge(line.split()[0], month.last_day) is not None for line in lines)
        if charged and (general or not tier.by_complexity or choice is None or choice.value == "complexity"):
            kept.append(Tier(tier.id, tier.weight, tier.staff, tier.practitioner, tier.levels, lines))
    if not kept:
        raise ValueError(f"practice {practice.slug}: no charge in force in {month} for any CCM code; add rows to charges.csv")
    return tuple(kept)


def draw_time(tier: Tier, rng: Random) -> PlannedTime:
    """Seconds within a tier, spread so that totals do not crowd just above its threshold."""
    if tier is BELOW:
        # a tenth has no time at all; the rest grows denser towards the threshold, as a real month's totals do
        staff = 0 if rng.random() < 0.1 else int(rng.triangular(*tier.staff, tier.staff[1]))
        staff = min(staff, tier.staff[1] - 1)
    else:
        staff = rng.randrange(*tier.staff) if tier.staff[1] else 0
    minutes = rng.randrange(*tier.practitioner) if tier.practitioner[1] else 0
    return PlannedTime(tier.id, staff, minutes * 60, rng.choice(tier.levels), tier.lines)
