"""From a billed decision to its claim, and from a claim's faults to a held patient."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from flows.ccm.claim import Claim, ClaimFault, PriorAdjudication, PriorPayment, ServiceLine
from flows.ccm.decision import BILL, HOLD, Decision, Reason
from flows.ccm.patient import Coverage, Patient
from flows.ccm.patient_month import PatientMonth
from flows.ccm.payers import answers_of, coverage_on, first_payer, has_answered, second_payer, unknown_of
from flows.ccm.practice import Practice, Practitioner
from flows.ccm.remittance import Remittance
from flows.ccm.source import Source

INVALID = "claim.invalid"
OTHER_PRACTICE = "conflict.other_practice"
_PROFESSIONAL = "837P"
_POINTERS = 4  # an X12 service line points to four diagnoses at most


def claim_id(practice: str, month: PatientMonth) -> str:
    """The claim's id: the same on every run, different for every practice, patient and month; 17 letters and digits."""
    told = f"{practice}|{month.patient.key}|{month.month}"
    return "C" + base64.b32encode(hashlib.sha256(told.encode()).digest()).decode()[:16]


def claim_for(decision: Decision, month: PatientMonth, practice: Practice) -> Claim | ClaimFault:
    """The claim of a billed decision, or the fault for which none can be built."""
    own_id = claim_id(practice.slug, month)
    rendering = practice.practitioner(decision.rendering)
    if rendering is None:
        return ClaimFault(
            own_id,
            "rendering practitioner",
            f"{decision.rendering or 'nobody'} is not among the practice's practitioners",
            "Add the practitioner to practitioners.csv, or correct the billing practitioner on the patient's record.",
        )
    first, last = decision.service_from, decision.service_to
    coverage = coverage_on(month, last) if last else None
    if first is None or last is None or coverage is None:
        return ClaimFault(own_id, "coverage", "no coverage on the claim's date", "Add the coverage in force on that date.")
    pointers = tuple(range(1, min(_POINTERS, len(decision.diagnoses)) + 1))
    lines = []
    for number, line in enumerate(decision.lines, 1):
        if line.charge is None:
            return ClaimFault(own_id, f"charge of {line.code}", "no charge in force", "Add the charge to charges.csv.")
        lines.append(ServiceLine(line.code, line.units, line.charge, first, last, pointers, f"{own_id}{number:02d}"))
    permit = coverage.authorization
    before = first_payer(month, last)
    other = None if before == coverage else before
    prior = _prior(month, other, lines) if other else None
    if isinstance(prior, tuple):
        return ClaimFault(own_id, "prior.payments", *prior)
    return Claim(
        claim_id=own_id,
        form=decision.claim_form,
        month=decision.month,
        patient=month.patient,
        coverage=replace(coverage, rank=2 if other or coverage.rank > 1 else 1),
        practice=practice,
        rendering=rendering,
        diagnoses=decision.diagnoses,
        place_of_service=decision.place_of_service,
        lines=tuple(lines),
        authorization=permit.number if permit and coverage.plan != "medicare" else "",
        other_coverage=replace(other, rank=1) if other else None,
        prior=prior,
        supervising=_supervisor(practice, rendering) if decision.claim_form == _PROFESSIONAL else None,
        second_coverage=_pays_after(month, coverage, last),
    )


def first_claim(decision: Decision, month: PatientMonth, practice: Practice) -> Claim | None:
    """The claim that the payer before ours was to receive, before it answered; None where no payer has answered, or none can be.

    It stands, whatever is wrong with the claim to the second payer: the service was billable, and the first plan owed its part.
    """
    first = first_payer(month, decision.service_to) if decision.service_to else None
    if first is None or not has_answered(month, first):
        return None
    claim = claim_for(decision, replace(month, remittances=()), practice)
    return claim if isinstance(claim, Claim) and claim.coverage.rank == 1 else None


def _pays_after(month: PatientMonth, billed: Coverage, day: date) -> Coverage | None:
    """The second plan, where the first is billed; None where too little is on record to name it, which a flag tells."""
    second = second_payer(month, day)
    if second is None or second == billed or unknown_of(second, month.patient):
        return None
    return second


def _supervisor(practice: Practice, rendering: Practitioner) -> Practitioner | None:
    """Who supervises the rendering practitioner; None where that is nobody else."""
    return practice.practitioner(rendering.supervisor) if rendering.supervisor else None


def _prior(month: PatientMonth, payer: Coverage, lines: Sequence[ServiceLine]) -> PriorAdjudication | tuple[str, str]:
    """What the first payer answered to each line; or why that cannot be told, and the remedy. Its newest day counts."""
    answers = answers_of(month, payer)
    if not answers:
        return "the primary payer's answer is not on record", "Send its answer to each code billed."
    codes = Counter(answer.code for answer in answers)
    if again := sorted(code for code, count in codes.items() if count > 1):
        days = ", ".join(dict.fromkeys(str(a.on) for a in sorted(answers, key=lambda a: a.on) if a.code in again))
        detail = f"the primary payer answered more than once to {', '.join(again)} ({days})"
        return detail, "Leave in remittances.csv the one answer to each code that counts now."
    if codes != Counter(line.code for line in lines):
        detail = f"the primary payer answered to {', '.join(sorted(codes))}, the claim bills {', '.join(x.code for x in lines)}"
        return (
            detail,
            "Send its answer to each code billed; where the codes changed since, correct the claim at that payer first.",
        )
    by_code = {answer.code: answer for answer in answers}
    return PriorAdjudication(
        on=max(answer.on for answer in answers),
        relationship=payer.relationship,
        payments=tuple(PriorPayment(x.control, by_code[x.code].paid, by_code[x.code].adjustments) for x in lines),
        holder_family_name=payer.holder_family_name,
        holder_given_name=payer.holder_given_name,
    )


def held_for(decision: Decision, month: PatientMonth, faults: Iterable[ClaimFault]) -> Decision:
    """The decision held because its claim would be refused: one reason a fault, each naming the element and its remedy."""
    return held(decision, (Reason(INVALID, f"{f.field}: {f.detail}. {f.remedy}", _sources(f.field, month)) for f in faults))


def _sources(field: str, month: PatientMonth) -> tuple[Source, ...]:
    """Where the practice's record of a claim's element was read; none where it is no patient's record."""
    records: dict[str, tuple[Patient | Coverage | Remittance, ...]] = {
        "patient": (month.patient,),
        "coverage": month.coverages,
        "other_coverage": month.coverages,
        "second_coverage": month.coverages,
        "prior": month.remittances,
    }
    return tuple(record.source for record in records.get(field.partition(".")[0], ()) if record.source)


def held(decision: Decision, reasons: Iterable[Reason]) -> Decision:
    """A billed decision held for what was found after it was made; its lines are then at stake."""
    if decision.outcome != BILL:
        raise ValueError("only a billed decision has a claim to be held back")
    return replace(
        decision,
        outcome=HOLD,
        lines=(),
        at_stake=decision.lines,
        reasons=decision.reasons + tuple(reasons),
        service_from=None,
        service_to=None,
        place_of_service="",
        claim_form="none",
    )
