"""Payers that do what packets say, and a practice that carries out by hand all that it is told, for one patient's claim."""

from __future__ import annotations

from dataclasses import dataclass, field

from flows import packets, steps
from flows.ccm.claim import Claim
from flows.ccm.claim_record import ANSWERED, content_of, payer_of
from flows.ccm.correction import ENTERED, HAND, WITHDRAWN, Change, Correction
from flows.ccm.month_result import MonthResult
from tests.corrections.practice_shelf import Month
from tests.corrections.test_two_payers import ANSWER, COVERAGE

MRN = "A1001"
CONSENTS, CONDITIONS, REMITTANCES, ROSTER = (
    f"inbox/records/{name}.csv" for name in ("consents", "conditions", "remittances", "patients")
)
ADVANTAGE = MRN + ",medicare_advantage,Plan {payer},{payer},N-{payer},2020-01-01,,{rank},,covered,2025-11,no,,,\n"
COMMERCIAL = ADVANTAGE.replace("medicare_advantage", "commercial")
MEDICARE = MRN + ",medicare,,,,2020-01-01,,{rank},{msp},,,,,,\n"
PLANS = {
    "Medicare": [MEDICARE.format(rank="1", msp="")],
    "Advantage 1": [ADVANTAGE.format(payer="SYNMA1", rank="1")],
    "Advantage 2": [ADVANTAGE.format(payer="SYNMA2", rank="1")],
    "an employer's, then Medicare": [COMMERCIAL.format(payer="60054", rank="1"), MEDICARE.format(rank="2", msp="12")],
    "another employer's, then Medicare": [COMMERCIAL.format(payer="60055", rank="1"), MEDICARE.format(rank="2", msp="12")],
    "Medicare, then a retiree's": [MEDICARE.format(rank="1", msp=""), COMMERCIAL.format(payer="60054", rank="2")],
    "the employer's alone": [COMMERCIAL.format(payer="60054", rank="1")],
    "two commercial plans": [COMMERCIAL.format(payer="60054", rank="1"), COMMERCIAL.format(payer="60055", rank="2")],
}
# What differs between one claim's two plans though nothing of the service does.
_OWN = ("payer", "patient's number", "authorization", ANSWERED)


def cover(month: Month, *rows: str) -> None:
    """What is on record of the patient's plans, in place of what was."""
    others = [x for x in month.shelf.objects[COVERAGE].decode().splitlines(keepends=True) if not x.startswith(f"{MRN},")]
    month.shelf.objects[COVERAGE] = "".join([*others, *rows]).encode()


def _service(content: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in content.items() if name not in _OWN}


@dataclass
class World:
    """A month's shelf, and by payer what it holds of the patient's claim; ``ever`` are those that were ever sent it."""

    month: Month
    holds: dict[str, dict[str, str]] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)
    first_lines: tuple[str, tuple[tuple[str, str], ...]] = ("", ())
    numbers: dict[str, str] = field(default_factory=dict)  # the payers' own, of the claim that each holds
    numbers_told: bool = False

    def plans(self, name: str) -> None:
        """The patient's plans from now on."""
        cover(self.month, *PLANS[name])

    def answer(self, told: bool) -> None:
        """The first plan answers to the claim as it was billed last; or its answer is not on file."""
        payer, lines = self.first_lines
        rows = [f"{MRN},2025-11,{payer},2025-12-18,{code},10.00,CO-45 {float(charge) - 10:.2f}\n" for code, charge in lines]
        self.month.shelf.objects[REMITTANCES] = (ANSWER + "".join(rows if told else [])).encode()

    def bill(self) -> None:
        """Make the next packet, do what it says, and look whether every payer then holds what it should."""
        month = self.month
        self._tell_numbers()
        result = steps.decide_month(steps.read_month(month.shelf, month.practice, month.month), month.practice, month.month)
        number = packets.latest(month.shelf, month.month) + 1
        told = steps.correct_month(month.shelf, result, number)
        if isinstance(told, MonthResult):
            steps.seal(month.shelf, told, steps.make_packet(told, number, 1), number)
            assert month.faults(number) == []
            assert told.correction is not None
            self._do(told, told.correction)
            assert month.bill().unchanged, "what was told once is not told again"
        self._look(result)
        claims = [c for c in (*result.claims, *result.standing) if c.patient.mrn == MRN]
        if claims:
            first = claims[0].other_coverage or claims[0].coverage
            payer = "medicare" if first.plan == "medicare" else first.payer_id
            self.first_lines = payer, tuple((line.code, str(line.charge)) for line in claims[0].lines)

    def _tell_numbers(self) -> None:
        if packets.latest(self.month.shelf, self.month.month):
            claim = self.month.claim_of(MRN)
            rows = [f"{claim},{number},{payer.partition(' ')[2] or payer}\n" for payer, number in sorted(self.numbers.items())]
            text = "claim_id,payer_claim_number,payer_id\n" + "".join(rows if self.numbers_told else [])
            self.month.shelf.objects["corrections/2025-11/payer-references.csv"] = text.encode()

    def _do(self, result: MonthResult, correction: Correction) -> None:
        changes = [change for change in correction.changes if change.patient.mrn == MRN]
        claim = next((c for c in result.claims if c.patient.mrn == MRN), None)
        standing = next((c for c in result.standing if c.patient.mrn == MRN), None)
        for change in changes:
            self._withdraw(change)
        for sent in (c for c in correction.claims if c.patient.mrn == MRN):
            self._take(sent)
        for change in changes:
            self._by_hand(change, claim, standing)

    def _withdraw(self, change: Change) -> None:
        gone = [payer for what, payer in change.also if what in ("withdraw_there", "first_plan", "second_again")]
        if change.situation in ("former_payer", "payer_again", "second_gone") or (change.kind, change.action) == (
            WITHDRAWN,
            HAND,
        ):
            gone.append(change.sent["payer"])
        for payer in gone:
            self.holds.pop(payer, None)

    def _take(self, claim: Claim) -> None:
        payer = payer_of(claim.coverage)
        assert (payer in self.holds) == (claim.frequency != "1"), f"{payer} holds {list(self.holds)}, is sent {claim.frequency}"
        self.holds[payer] = content_of(claim)
        self.ever.add(payer)
        if claim.frequency == "1":
            self.numbers[payer] = f"N{len(self.ever)}{packets.latest(self.month.shelf, self.month.month)}-{payer[-5:]}"
        else:
            assert claim.original_reference == self.numbers[payer]
        if claim.frequency == "8":
            del self.holds[payer]

    def _by_hand(self, change: Change, claim: Claim | None, standing: Claim | None) -> None:
        if claim is not None and change.action in (HAND, ENTERED):
            self.holds[payer_of(claim.coverage)] = content_of(claim)
            self.ever.add(payer_of(claim.coverage))
        for what, payer in change.also:
            if claim is not None and what in ("first_plan_again", "first_plan_changed"):
                self.holds[payer] = _service(content_of(claim))
        if standing is not None and change.situation in ("first_payer", "both_payers"):
            self.holds[payer_of(standing.coverage)] = content_of(standing)

    def _look(self, result: MonthResult) -> None:
        claim = next((c for c in result.claims if c.patient.mrn == MRN), None)
        standing = next((c for c in result.standing if c.patient.mrn == MRN), None)
        if claim is None and standing is None:
            assert self.holds == {}
            return
        billed = claim or standing
        assert billed is not None
        if claim is None and not self.holds:
            return  # all was withdrawn before: it is held, and told once it is billed again
        payer, content = payer_of(billed.coverage), content_of(billed)
        first = payer_of(billed.other_coverage) if billed.other_coverage else ""
        # The second plan keeps its claim while the answer that it tells is gone, or is to be mended.
        waiting = {name for name, held in self.holds.items() if ANSWERED in held and not first}
        assert self.holds.keys() - {payer, first} <= waiting
        if payer in self.ever or claim is not None:
            assert _service(self.holds[payer]) == _service(content)
        if claim is not None and payer not in waiting:
            assert self.holds[payer].get(ANSWERED) == content.get(ANSWERED)
        if first in self.ever:
            assert _service(self.holds[first]) == _service(content)
