"""The 837P: professional claims of office and hospital-outpatient practices, as loops of segments (guide X222A1).

A supervising provider is written only where the practice's roster names one: under general supervision the practitioner who bills
is the one who supervises.
"""

from __future__ import annotations

from collections.abc import Sequence

from flows.ccm.claim import Claim, ServiceLine
from flows.outbox import claim_loops as loops
from flows.outbox.x12_segments import Envelope, Segment, composite, dollars, plain, segment

VERSION = "005010X222A1"


def body(claims: Sequence[Claim], envelope: Envelope, receiver_name: str) -> list[Segment]:
    """What stands between ST and SE, for checked claims of one practice to one payer: one subscriber level a claim."""
    practice = claims[0].practice
    head = [*loops.header(envelope, practice, receiver_name), *loops.billing_provider(practice)]
    return head + loops.levels(claims, _claim)


def _claim(claim: Claim) -> list[Segment]:
    place = composite(claim.place_of_service, "B", claim.frequency)
    codes = [composite("ABF" if i else "ABK", plain(code)) for i, code in enumerate(claim.diagnoses)]
    own_npi = claim.rendering.npi == claim.practice.npi
    segments = [
        # Signature on file, assignment accepted, benefits assigned, release of information: as Medicare requires of CCM.
        segment("CLM", claim.claim_id, dollars(claim.total), "", "", place, "Y", "A", "Y", "Y"),
        *loops.references(claim),
        segment("HI", *codes),
        *([] if own_npi else loops.practitioner("82", claim.rendering, "PE")),
        *loops.facility(claim),
        *loops.supervisor(claim),
        *loops.other_plan(claim),
    ]
    for number, line in enumerate(claim.lines, start=1):
        segments += _line(claim, line, number)
    return segments


def _line(claim: Claim, line: ServiceLine, number: int) -> list[Segment]:
    code, pointers = composite("HC", line.code), composite(*map(str, line.pointers))
    return [
        segment("LX", str(number)),
        segment("SV1", code, dollars(line.charge), "UN", str(line.units), "", "", pointers),
        loops.service_date(line),
        segment("REF", "6R", line.control),
        *loops.prior_line(claim, line),
    ]
