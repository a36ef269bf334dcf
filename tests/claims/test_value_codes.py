"""What a clinic's claim to Medicare as second payer says of the first plan's answer."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from flows.ccm.claim import Claim, PriorPayment
from flows.ccm.remittance import Adjustment
from flows.outbox.claim_checks import faults
from flows.outbox.value_codes import condition_codes, value_codes
from tests.claims import examples


def answered(*lines: tuple[str, tuple[tuple[str, str, str], ...]]) -> Claim:
    """The clinic's second claim (charges 85.00 and 120.50) with what the first plan paid and adjusted, line by line."""
    claim = examples.institutional_second()
    assert claim.prior is not None
    payments = tuple(
        PriorPayment(line.control, Decimal(paid), tuple(Adjustment(g, r, Decimal(d)) for g, r, d in adjusted))
        for line, (paid, adjusted) in zip(claim.lines, lines, strict=True)
    )
    return replace(claim, prior=replace(claim.prior, payments=payments))


# Charge 205.50 in all. A contractual part (CO) lowers what the clinic agreed to accept; the patient's part (PR) does not.
@pytest.mark.parametrize(
    ("lines", "values", "conditions"),
    [
        ((("40", (("CO", "45", "45"),)), ("60", (("CO", "45", "60.5"),))), {"12": "100"}, ("77",)),
        ((("40", (("CO", "45", "25"), ("PR", "2", "20"))), ("60.5", (("CO", "45", "60"),))), {"12": "100.5", "44": "120.5"}, ()),
        ((("65", (("PR", "2", "20"),)), ("100.5", (("PR", "2", "20"),))), {"12": "165.5"}, ()),  # all of the charge was agreed
        ((("0", (("PR", "1", "85"),)), ("0", (("CO", "45", "20.5"), ("PR", "1", "100")))), {"12": "0", "44": "185"}, ()),
        ((("85", ()), ("120.5", ())), {"12": "205.5"}, ("77",)),
    ],
)
def test_value_codes_tell_what_was_paid_and_what_was_agreed(lines, values, conditions) -> None:
    claim = answered(*lines)
    assert dict(value_codes(claim)) == {code: Decimal(amount) for code, amount in values.items()}
    assert condition_codes(claim) == conditions
    assert faults(claim, examples.PREPARED) == ()


# A denial says nothing of what was agreed; paid and adjusted come to the charge in each, so that nothing else is wrong.
@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((("0", (("CO", "50", "85"),)), ("60", (("CO", "45", "60.5"),))), "CO-50"),
        ((("65", (("PR", "2", "20"),)), ("0", (("PR", "96", "120.5"),))), "PR-96"),
        ((("65", (("PR", "27", "20"),)), ("60", (("CO", "45", "60.5"),))), "PR-27"),
        ((("40", (("CO", "45", "45"),)), ("100", (("OA", "23", "20.5"),))), "OA-23"),
        ((("90", (("CO", "45", "-5"),)), ("60", (("CO", "45", "60.5"),))), "paid more than was charged"),
    ],
)
def test_an_answer_from_which_the_agreed_amount_cannot_be_told_is_named(lines, said: str) -> None:
    (fault,) = faults(answered(*lines), examples.PREPARED)
    assert fault.field == "prior.payments"
    assert said in fault.detail


@pytest.mark.parametrize("claim", [examples.institutional(), examples.secondary(), examples.professional()])
def test_no_other_claim_has_value_codes(claim: Claim) -> None:
    assert value_codes(claim) == ()
    assert condition_codes(claim) == ()


def test_a_plan_behind_medicare_is_told_of_medicares_answer_without_medicares_codes() -> None:
    """Value codes are Medicare's own question; another second plan reads the answer in the payer loops."""
    base = examples.institutional_second()
    plan = replace(examples.COMMERCIAL, rank=2)
    claim = replace(base, coverage=plan, other_coverage=replace(examples.MEDICARE, rank=1))
    assert claim.prior is not None
    claim = replace(claim, prior=replace(claim.prior, relationship="18", holder_family_name="", holder_given_name=""))
    assert value_codes(claim) == ()
    assert faults(claim, examples.PREPARED) == ()
