"""The 837I: institutional claims of rural health clinics and federally qualified health centers (guide X223A2)."""

from __future__ import annotations

from collections.abc import Sequence

from flows.ccm.claim import Claim, ServiceLine
from flows.outbox import claim_loops as loops
from flows.outbox.value_codes import condition_codes, value_codes
from flows.outbox.x12_segments import Envelope, Segment, composite, days, dollars, plain, segment

VERSION = "005010X223A2"
# Revenue code of a clinic's services; care management has no code of its own.
REVENUE = "0521"


def body(claims: Sequence[Claim], envelope: Envelope, receiver_name: str) -> list[Segment]:
    """What stands between ST and SE, for checked claims of one practice to one payer: one subscriber level a claim."""
    practice = claims[0].practice
    head = [*loops.header(envelope, practice, receiver_name), *loops.billing_provider(practice)]
    return head + loops.levels(claims, _claim)


def _claim(claim: Claim) -> list[Segment]:
    bill = composite(claim.practice.type_of_bill[:2], "A", claim.frequency)
    first, *others = [plain(code) for code in claim.diagnoses]
    period = days(min(line.service_from for line in claim.lines), max(line.service_to for line in claim.lines))
    segments = [
        segment("CLM", claim.claim_id, dollars(claim.total), "", "", bill, "", "A", "Y", "Y"),
        segment("DTP", "434", "RD8", period),
        # Priority and point of origin are facts of an admission, which there was none of: "not available" (9).
        segment("CL1", "9", "9", "20" if died_within(claim) else "01"),
        *loops.references(claim),
        segment("HI", composite("ABK", first)),
        segment("HI", *[composite("ABF", code) for code in others]),
        *_coded([composite("BE", code, "", "", dollars(amount)) for code, amount in value_codes(claim)]),
        *_coded([composite("BG", code) for code in condition_codes(claim)]),
        *loops.practitioner("71", claim.rendering, "AT"),
        *loops.facility(claim),
        *loops.other_plan(claim),
    ]
    for number, line in enumerate(claim.lines, start=1):
        segments += _line(claim, line, number)
    return segments


def _coded(codes: list[str]) -> list[Segment]:
    return [segment("HI", *codes)] if codes else []


def died_within(claim: Claim) -> bool:
    """Whether the patient died on a day of the claim."""
    return claim.patient.died is not None and any(line.service_to >= claim.patient.died for line in claim.lines)


def _line(claim: Claim, line: ServiceLine, number: int) -> list[Segment]:
    return [
        segment("LX", str(number)),
        segment("SV2", REVENUE, composite("HC", line.code), dollars(line.charge), "UN", str(line.units)),
        loops.service_date(line),
        segment("REF", "6R", line.control),
        *loops.prior_line(claim, line, REVENUE),
    ]
