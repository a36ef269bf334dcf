"""A practice's whole month as decided: what the packet is made from, and the balances that it must prove."""

from __future__ import annotations

from dataclasses import dataclass

from flows.ccm.audit import Statistic
from flows.ccm.claim import Claim
from flows.ccm.correction import Correction
from flows.ccm.decision import Decision, Reason
from flows.ccm.patient_month import PatientMonth
from flows.ccm.practice import Practice
from flows.ccm.release import Release
from flows.ccm.rules import Rules
from flows.ccm.service_month import ServiceMonth
from flows.ccm.source import Source


@dataclass(frozen=True, slots=True)
class Caller:
    """What a row that could not be placed says of who the patient is, as written; any field may be empty."""

    mrn: str = ""
    mbi: str = ""
    family_name: str = ""
    given_name: str = ""
    born: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class LoggedAs:
    """What a rejected row of a call log says of when, how long and by whom, as written, unread; any field may be empty."""

    started: str = ""
    length: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """An input row that could not be read or placed. ``candidates`` are MRNs of patients it might belong to, best first.

    ``caller`` is given where the row could be read but names no patient of the roster for sure; ``logged`` is of call logs.
    """

    source: Source
    reason: str
    field: str = ""
    detail: str = ""
    candidates: tuple[str, ...] = ()
    caller: Caller | None = None
    logged: LoggedAs = LoggedAs()


@dataclass(frozen=True, slots=True)
class InputObject:
    """An object that was read: its key below the practice's prefix, S3 version (or ETag), SHA-256, and its rows' fates.

    An object whose name could escape the prefix is not opened: its SHA-256 is empty, and it is one rejected row.

    ``rows`` = ``taken`` + ``excluded`` + ``rejected``. For call logs ``taken`` rows have at least one counted second; for
    records they are rows read into the month. ``ignored`` tallies excluded rows by a name (a resource type, a reason id).
    """

    key: str
    version: str
    sha256: str
    rows: int
    taken: int
    excluded: int
    rejected: int
    ignored: dict[str, int]


@dataclass(frozen=True, slots=True)
class MonthResult:
    """The month of one practice. ``decisions`` and ``patient_months`` run in the same order, by patient key.

    ``month_flags`` are audit flags that concern the month as a whole or its staff, not one patient.
    ``release`` is a person's word where the month had been stopped before sealing.
    ``correction`` is what the packet sends; None where the packet to be corrected was not looked for: all claims are sent.
    ``standing`` are claims of held patients that stand where they were sent, and none is sent again: to the first payer where
    the claim to the second, after that payer's answer, cannot be written; and under a number that a new record has too.
    ``to_enter`` are the claims of held patients that no file can carry: a person enters them, and the payer's answer ends that.
    """

    practice: Practice
    month: ServiceMonth
    rules: Rules
    patient_months: tuple[PatientMonth, ...]
    decisions: tuple[Decision, ...]
    claims: tuple[Claim, ...]
    rejects: tuple[Reject, ...]
    inputs: tuple[InputObject, ...]
    month_flags: tuple[Reason, ...] = ()
    statistics: tuple[Statistic, ...] = ()  # every audit test of the month, raised or not
    correction: Correction | None = None
    release: Release | None = None
    standing: tuple[Claim, ...] = ()
    to_enter: tuple[Claim, ...] = ()

    @property
    def claims_sent(self) -> tuple[Claim, ...]:
        """The claims that go into the claim files."""
        if self.correction is not None:
            return self.correction.claims
        return tuple(claim for claim in self.claims if not claim.by_hand)
