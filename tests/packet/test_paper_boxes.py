"""The paper form of a clinic's claim to the second payer, proved against the 837I that says the same."""

from __future__ import annotations

import pytest

from flows.outbox.claim_files import write_claim_files
from flows.outbox.paper_claims import paper_csv
from flows.verify.claim_text import read_claims
from flows.verify.paper_boxes import paper_faults
from tests.claims import examples

CLAIMS = (examples.institutional(), examples.institutional_second())
NAME = "claims/ub-04.csv"


def faults(old: bytes = b"", new: bytes = b"") -> list[str]:
    (file,) = write_claim_files(CLAIMS, packet=1, prepared_on=examples.PREPARED)
    boxes = paper_csv(CLAIMS, "837I")[NAME]
    assert old in boxes
    return list(paper_faults({NAME: boxes.replace(old, new, 1)}, {claim.claim_id: claim for claim in read_claims(file.text)}))


def test_the_boxes_say_what_the_claim_file_sends():
    assert faults() == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"60B,number at the plan,1EG4TE5MK08", b"60B,number at the plan,1EG4TE5MK09"),
        (b"60B,number at the plan", b"60C,number at the plan"),
    ],
)
def test_another_number_at_the_plan_that_is_billed_is_named(old, new):
    (told,) = faults(old, new)
    assert told.startswith(f"{NAME}: claim {examples.institutional_second().claim_id}: ")
