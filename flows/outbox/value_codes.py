"""What a clinic's claim to Medicare as the second payer says of the first one's answer: value codes and a condition code.

The value code is the reason why Medicare pays second, with what the first payer paid; 44 is what the clinic agreed to accept from
it, where that is more than it paid and less than the charge; condition 77 says that it paid all that was agreed. Read in First
Coast's chart <https://medicare.fcso.com/billing/quick-reference-chart-billing-medicare-secondary-payer-msp-claims>.
"""

from __future__ import annotations

from decimal import Decimal

from flows.ccm.claim import Claim, PriorAdjudication
from flows.outbox.claim_loops import MEDICARE

# Working aged, and disabled: the reasons that need no further date. An accident's day, or the first day of a kidney patient's
# coordination period, is on no record here.
UNDATED = frozenset({"12", "43"})
# What an answer may hold for both amounts to be told from it: the plan's discount (45 above its fee schedule, 131 negotiated) and
# the patient's share (1 deductible, 2 coinsurance, 3 copayment). X12 claim adjustment reason codes, external code list 139; under
# any other a plan denies, bundles or takes back, and what the clinic had agreed to accept cannot be read from it.
UNDERSTOOD = frozenset({("CO", "45"), ("CO", "131"), ("PR", "1"), ("PR", "2"), ("PR", "3")})
_ACCEPTED, _PAID_IN_FULL = "44", "77"
_CONTRACTUAL = "CO"


def value_codes(claim: Claim) -> tuple[tuple[str, Decimal], ...]:
    """The value codes with their dollars, in the order written; none where Medicare is not the second payer of a clinic."""
    prior = _first_answer(claim)
    if prior is None:
        return ()
    accepted = _accepted(claim, prior)
    held = ((_ACCEPTED, accepted),) if prior.paid < accepted < claim.total else ()
    return ((claim.coverage.msp_type, prior.paid), *held)


def condition_codes(claim: Claim) -> tuple[str, ...]:
    """The claim's condition codes: the reason of its change, and whether the first payer paid all that was agreed."""
    prior = _first_answer(claim)
    full = prior is not None and prior.paid >= _accepted(claim, prior)
    return tuple(code for code in (claim.condition_code, _PAID_IN_FULL if full else "") if code)


def _accepted(claim: Claim, prior: PriorAdjudication) -> Decimal:
    return claim.total - sum((a.amount for p in prior.payments for a in p.adjustments if a.group == _CONTRACTUAL), Decimal(0))


def _first_answer(claim: Claim) -> PriorAdjudication | None:
    """The first payer's answer, where Medicare is the second payer of a clinic."""
    return claim.prior if claim.form == "837I" and claim.coverage.plan == MEDICARE else None
