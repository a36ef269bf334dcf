"""The supervision attestation: what a billing practitioner signs for the month, and the fingerprint of exactly that list."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from urllib.parse import quote

from flows.ccm.decision import BILL, COUNTED, Decision
from flows.ccm.month_result import MonthResult
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Rules
from flows.outbox import wording
from flows.outbox.attested_list import as_attested
from flows.outbox.earned_time import earned_seconds, rests_on
from flows.outbox.letterhead import letterhead
from flows.outbox.roster import Performer, performer
from flows.outbox.templates import fill

_SHORT = 16


@dataclass(frozen=True, slots=True)
class AttestedService:
    """One patient's billed services of the month; ``performers`` with their counted seconds."""

    patient_month: PatientMonth
    decision: Decision
    performers: tuple[tuple[Performer, int], ...]


@dataclass(frozen=True, slots=True)
class AttestedRow:
    """A line of the list as it is printed: ``performers`` gave the minutes that the codes rest on, ``others`` the rest.

    Each of both is a clock time and whose it is.
    """

    patient: str
    born: str
    mrn: str
    codes: str
    dates: str
    minutes: str
    performers: tuple[tuple[str, str], ...]
    others: tuple[tuple[str, str], ...]


def attestation_name(practitioner: str) -> str:
    """Where a practitioner's attestation lies in the packet."""
    return f"attestations/{quote(practitioner, safe='')}.pdf"


def list_name(practitioner: str) -> str:
    """Where the list that a practitioner attests lies in the packet: exactly the bytes whose fingerprint is printed."""
    return f"attestations/{quote(practitioner, safe='')}.jsonl"


def write_attested_lists(result: MonthResult) -> dict[str, bytes]:
    """Each practitioner's list by its name in the packet, so that a signature can be checked against the packet alone."""
    return {list_name(signer): attested_list(own, signer) for signer, own in months_by_signer(result).items()}


def signature_tooltip(result: MonthResult, practitioner: str) -> str:
    """What a screen reader says of the field to sign."""
    signer = result.practice.practitioner(practitioner)
    name = wording.practitioner_name(signer) if signer else practitioner
    return wording.legible(f"{result.rules.attestation.signature_line}, {name}")


def attesting_practitioners(result: MonthResult) -> tuple[str, ...]:
    """The ids of the practitioners under whose NPI the month's services are billed, in order."""
    return tuple(sorted({_signer(d, pm) for pm, d in _billed(result)}))


def months_by_signer(result: MonthResult) -> dict[str, MonthResult]:
    """For each practitioner who attests, in order, the month with none but the patients billed under them.

    What a practitioner attests is the same of either; of many practitioners, each is then not looked for among all patients.
    """
    found: dict[str, list[tuple[PatientMonth, Decision]]] = defaultdict(list)
    for patient_month, decision in _billed(result):
        found[_signer(decision, patient_month)].append((patient_month, decision))
    return {
        signer: replace(result, patient_months=tuple(pm for pm, _ in own), decisions=tuple(d for _, d in own))
        for signer, own in sorted(found.items())
    }


def attested_services(result: MonthResult, practitioner: str) -> tuple[AttestedService, ...]:
    """What the practitioner attests: the billed patients by name, with everyone whose minutes were counted."""
    chosen = [(pm, d) for pm, d in _billed(result) if _signer(d, pm) == practitioner]
    chosen.sort(key=lambda pair: (wording.list_name(pair[0].patient).casefold(), pair[0].patient.key))
    services = []
    for patient_month, decision in chosen:
        seconds: dict[Performer, int] = defaultdict(int)
        for piece in decision.pieces:
            if piece.fate == COUNTED:
                seconds[performer(result.practice, piece)] += piece.seconds
        order = sorted(seconds.items(), key=lambda pair: (-pair[1], pair[0].name, pair[0].id, pair[0].credential))
        services.append(AttestedService(patient_month, decision, tuple(order)))
    return tuple(services)


def attested_list(result: MonthResult, practitioner: str) -> bytes:
    """The list in one canonical form (JSON lines, keys sorted, UTF-8): any change of what was signed changes these bytes."""
    practice, signer = result.practice, result.practice.practitioner(practitioner)
    head = {
        "practice": practice.slug,
        "practice_npi": practice.npi,
        "month": str(result.month),
        "practitioner": practitioner,
        "practitioner_npi": signer.npi if signer else "",
        "wording": [result.rules.attestation.title, *result.rules.attestation.paragraphs],
    }
    lines = [head]
    for service in attested_services(result, practitioner):
        decision, patient = service.decision, service.patient_month.patient
        lines.append(
            {
                "patient": [patient.key, patient.mrn, patient.family_name, patient.given_name, patient.born.isoformat()],
                "lines": [[line.code, line.units] for line in decision.lines],
                "dates": [day.isoformat() if day else "" for day in (decision.service_from, decision.service_to)],
                "place_of_service": decision.place_of_service,
                "diagnoses": list(decision.diagnoses),
                "performers": [[p.id, p.name, p.credential, p.employer, s] for p, s in service.performers],
            }
        )
    texts = (json.dumps(line, sort_keys=True, ensure_ascii=True, separators=(",", ":")) for line in lines)
    return "".join(text + "\n" for text in texts).encode("ascii")


def fingerprint(result: MonthResult, practitioner: str) -> str:
    """SHA-256 of the attested list, 64 hexadecimal digits."""
    return hashlib.sha256(attested_list(result, practitioner)).hexdigest()


def short_form(digest: str) -> str:
    """The first 16 digits in groups of four, as printed beside the signature."""
    return " ".join(digest[at : at + 4] for at in range(0, _SHORT, 4))


def attestation(result: MonthResult, practitioner: str) -> str:
    """The attestation of one billing practitioner for the month, as XHTML ready to sign."""
    signer, services = result.practice.practitioner(practitioner), attested_services(result, practitioner)
    digest = fingerprint(result, practitioner)
    text = result.rules.attestation
    rows = tuple(_row(service, result.rules) for service in services)
    people = {p for service in services for p, _ in service.performers}
    return fill(
        "attestation.html",
        practice=letterhead(result.practice),
        npi=result.practice.npi,
        month=wording.month_name(result.month),
        practitioner=wording.practitioner_name(signer) if signer else practitioner,
        practitioner_npi=signer.npi if signer else wording.NONE_ON_FILE,
        text=text,
        rows=rows,
        others=any(row.others for row in rows),
        patients=len(services),
        units=sum(line.units for service in services for line in service.decision.lines),
        minutes=wording.clock(sum(earned_seconds(service.decision, result.rules)[0] for service in services)),
        vendor_staff=sum(1 for p in people if p.employer == "vendor"),
        practice_staff=sum(1 for p in people if p.employer == "practice"),
        digest=digest,
        short=short_form(digest),
        test=result.practice.test,
    )


def _row(service: AttestedService, rules: Rules) -> AttestedRow:
    patient, decision = service.patient_month.patient, service.decision
    earns = rests_on(decision, rules)
    earners = {piece.person for piece in decision.pieces if earns(piece)}
    performed = [(who.id in earners, (wording.clock(s), _whose(who))) for who, s in service.performers]
    return AttestedRow(
        patient=wording.list_name(patient),
        born=wording.shown_date(patient.born),
        mrn=patient.mrn,
        codes=wording.codes_shown(decision.lines),
        dates=wording.date_range(decision.service_from, decision.service_to),
        minutes=wording.clock(earned_seconds(decision, rules)[0]),
        performers=tuple(told for earned, told in performed if earned),
        others=tuple(told for earned, told in performed if not earned),
    )


def _whose(person: Performer) -> str:
    return f"{person.title}, vendor" if person.employer == "vendor" else person.title


def _billed(result: MonthResult) -> list[tuple[PatientMonth, Decision]]:
    decisions = as_attested(result.decisions, result.correction.records if result.correction else ())
    return [(pm, d) for pm, d in zip(result.patient_months, decisions, strict=True) if d.outcome == BILL]


def _signer(decision: Decision, patient_month: PatientMonth) -> str:
    return decision.rendering or patient_month.practitioner
