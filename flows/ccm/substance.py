"""Whether a decision changed: what it says of the patient, apart from where its facts came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from flows.ccm.decision import Decision

# Delivered again is no fact of the month: the copy counts nothing.
COPY = "time.duplicate"


def substance(decision: Decision) -> tuple[object, ...]:
    """What a decision says of the patient, whatever file and line its facts came from and however often they came."""
    pieces = Counter(replace(piece, source=None) for piece in decision.pieces if piece.fate != COPY)
    return (
        *(decision.outcome, decision.lines, decision.at_stake, decision.family, decision.rendering, decision.diagnoses),
        *(decision.service_from, decision.service_to, decision.place_of_service, decision.claim_form, decision.seconds),
        {reason: seconds for reason, seconds in decision.excluded.items() if reason != COPY},
        tuple((r.id, r.detail) for r in decision.reasons),
        tuple((f.id, f.detail) for f in decision.flags if not f.id.startswith("audit.")),
        pieces,
    )
