"""The counted time that a patient's codes rest on, apart from what was counted and earned none of them."""

from __future__ import annotations

from collections.abc import Callable

from flows.ccm.counting import PRACTITIONER
from flows.ccm.decision import COUNTED, Decision, TimePiece
from flows.ccm.rules import Rules


def rests_on(decision: Decision, rules: Rules) -> Callable[[TimePiece], bool]:
    """Whether a stretch of time is one that the decision's codes rest on.

    A practitioner's codes rest on that practitioner's own minutes alone; any other code, on all of the counted time.
    """
    codes = {line.code for line in (*decision.lines, *decision.at_stake)}
    personal = any(f.pool == PRACTITIONER and codes & {f.base, f.add_on} for f in rules.families)

    def earns(piece: TimePiece) -> bool:
        return piece.fate == COUNTED and (not personal or piece.person == decision.rendering)

    return earns


def earned_seconds(decision: Decision, rules: Rules) -> tuple[int, int]:
    """Counted seconds that the codes rest on, and the counted rest."""
    earns = rests_on(decision, rules)
    earned = sum(piece.seconds for piece in decision.pieces if earns(piece))
    return earned, sum(piece.seconds for piece in decision.pieces if piece.fate == COUNTED) - earned
