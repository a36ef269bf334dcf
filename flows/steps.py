"""The month as plain functions: read, decide, make the packet, seal. The only room that sees both storage and logic."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

from flows import earlier_packet, ledger, packets
from flows.ccm.audit import screen
from flows.ccm.balance import imbalances, settle_inputs
from flows.ccm.claim_record import withdrawn_by_hand
from flows.ccm.corrections import correct, first_packet
from flows.ccm.decide import decide
from flows.ccm.month_result import MonthResult
from flows.ccm.payer_references import payers_on_record
from flows.ccm.practice import Practice, terms_of
from flows.ccm.service_month import ServiceMonth
from flows.intake.reading import InboxObject, Intake
from flows.intake.reading import read_month as read_inbox
from flows.ledger import CLAIM_RECORDS, DECISIONS, PATIENT_MONTHS
from flows.outbox import pyx12_gate
from flows.outbox.attestation import write_attested_lists
from flows.outbox.audit_register import audit_tests
from flows.outbox.awaiting import awaiting_note
from flows.outbox.binder_pages import PAGES, write_pages, write_styles
from flows.outbox.claim_checks import faults
from flows.outbox.claim_files import write_claim_files
from flows.outbox.claim_sheet import claim_sheet
from flows.outbox.correction_files import by_hand_sheet, write_correction
from flows.outbox.documents import KEYS, write_documents
from flows.outbox.fhir_plan import Attached, attached, write_fhir
from flows.outbox.gated_claims import gated_claims
from flows.outbox.identity_queue import identity_queue
from flows.outbox.manifest import write_manifest
from flows.outbox.page import write_page
from flows.outbox.paper_claims import paper_csv
from flows.outbox.registers import write_registers
from flows.renders import Renders
from flows.rulebook.resolve import load
from flows.store import Store, unopened

PAGE = "index.html"


class Imbalance(Exception):
    """The month does not add up, so nothing is sealed: a fault of the software, never of a record. Lines hold no PHI."""


class EmptyInbox(Exception):
    """There is nothing to read: a set-up fault, told before any work is done. ``problems`` holds the one line."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problems = (problem,)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A packet that exists: its number in the month, its files (the manifest too), whether it was there already."""

    packet: int
    files: int
    unchanged: bool


def prepared_on(month: ServiceMonth) -> date:
    """The day that claim files carry as written: the first after the service month. A clock would change the bytes."""
    return month.last_day + timedelta(days=1)


def inbox_prefixes(month: ServiceMonth) -> tuple[str, str]:
    """Where a month's input lies: its own call logs, and the practice's records."""
    return f"inbox/calls/{month}/", "inbox/records/"


def read_month(store: Store, practice: Practice, month: ServiceMonth) -> Intake:
    """Everything in the inbox for the month, as patient-months and rejects. Raises EmptyInbox, StoreError, RulebookError."""
    rulebook = load()
    rules = rulebook.in_force(month, terms_of(practice, month.last_day))  # a month without rules is told before reading
    found = [item for prefix in inbox_prefixes(month) for item in store.list(prefix)]
    for prefix, what in zip(inbox_prefixes(month), ("call logs", "records"), strict=True):
        if not any(item.key.startswith(prefix) for item in found):
            raise EmptyInbox(
                f"{practice.slug}: no {what} below {practice.slug}/{prefix}; put the month's files there and run again"
            )
    objects = (InboxObject(item.key, item.version, partial(store.stream, item), unopened(item.key)) for item in found)
    return read_inbox(objects, practice, month, rulebook.crosswalk, rules.likeness)


def decide_month(intake: Intake, practice: Practice, month: ServiceMonth) -> MonthResult:
    """Every patient-month decided, every billed one on a claim that our checks and the independent gate accept."""
    rules = load().in_force(month, terms_of(practice, month.last_day))
    decisions = [decide(patient_month, rules) for patient_month in intake.patient_months]
    gated = gated_claims(intake.patient_months, decisions, practice, prepared_on(month))
    screening = screen(intake.patient_months, gated.decisions, rules)
    decisions = [replace(d, flags=d.flags + screening.by_patient.get(d.patient_key, ())) for d in gated.decisions]
    return MonthResult(
        practice=practice,
        month=month,
        rules=rules,
        patient_months=intake.patient_months,
        decisions=tuple(decisions),
        claims=gated.claims,
        rejects=intake.rejects,
        inputs=settle_inputs(intake.inputs, decisions),
        month_flags=screening.month,
        statistics=screening.statistics,
        standing=gated.standing,
        to_enter=gated.to_enter,
    )


def correct_month(store: Store, result: MonthResult, packet: int) -> MonthResult | Sealed:
    """What packet ``packet`` sends: all claims where it is the first, else what is not as the newest sealed packet says.

    That packet itself, unchanged, where neither a decision, a claim nor a rejected row differs. Raises EvidenceUnreadable.
    """
    newest = packets.latest(store, result.month)
    if not newest:
        return replace(result, correction=first_packet(result, packet))
    before = earlier_packet.read_before(store, result.month, newest)
    on_record = payers_on_record(before.records, (*before.patient_months, *result.patient_months), result.practice)
    by_hand = withdrawn_by_hand(before.records)
    found = earlier_packet.read_references(store, result.month, on_record, by_hand)
    if found.account is not None:
        result = replace(result, inputs=(*result.inputs, found.account), rejects=(*result.rejects, *found.rejects))
    on = prepared_on(result.month)
    correction = correct(
        before, result, packet, found.numbers, lambda c: faults(c, on) or tuple(pyx12_gate.refused([c], on).values())
    )
    if not correction.changes:
        inputs = {item.key: item.sha256 for item in result.inputs}
        now = earlier_packet.rejects_of(b"".join(write_registers(result)[earlier_packet.REJECTED]), inputs)
        if now == earlier_packet.rejects_told(store, result.month, newest):
            return Sealed(newest, packets.file_count(store, result.month, newest), True)
    files = earlier_packet.sums_of(store, result.month, newest)
    return replace(result, correction=replace(correction, files_before=files))


def renders(store: Store, month: ServiceMonth) -> Renders:
    """The documents that the month's packets hold or a run that died left finished, for ``make_packet``."""
    return Renders(store, month, KEYS)


def make_packet(result: MonthResult, packet: int, processes: int, rendered: Renders | None = None) -> packets.Files:
    """Every file of the packet but its manifest, by name; documents that ``rendered`` holds are taken from there.

    A document that was kept there is not held, and is read again when it is asked for. Raises Imbalance where the month does
    not add up.
    """
    wrong = imbalances(result)
    if wrong:
        raise Imbalance("; ".join(wrong[:5]))
    correction = result.correction or first_packet(result, packet)
    files = packets.Files(rendered.holding) if rendered else packets.Files()
    files.add(PATIENT_MONTHS, ledger.lines(result.patient_months))
    files.add(DECISIONS, ledger.lines(result.decisions))
    files.add(CLAIM_RECORDS, ledger.lines(correction.records))
    files.add("claims/claim-sheet.csv", (claim_sheet(result.claims_sent),))
    files.update(paper_csv(result.claims_sent, result.rules.claim_form).items())
    for claim_file in write_claim_files(result.claims_sent, packet, prepared_on(result.month)):
        told = pyx12_gate.validate(claim_file.text)
        if told:
            raise Imbalance(f"{claim_file.name} failed the independent validator though each of its claims passed alone")
        files.add(claim_file.name, (claim_file.text.encode("ascii"),))
    for name, rows in write_registers(result).items():
        files.add(name, rows)
    files.update(by_hand_sheet(result).items())
    files.update(write_correction(result).items())
    files.add("audit-tests.csv", (audit_tests(result),))
    files.add("identity-queue.csv", (identity_queue(result),))
    kept = (rendered, rendered.keep) if rendered else ()
    pdfs: dict[str, Attached] = {}

    def take(name: str, data: bytes) -> None:
        pdfs[name] = attached(data)
        files.add_whole(name, data)

    write_documents(result, take, processes, *kept)
    files.update(write_fhir(result, pdfs))
    files.update(write_attested_lists(result).items())
    files.update(awaiting_note(result, packet).items())
    files.add(PAGES, write_pages(result))
    files.update(write_styles().items())
    before = correction.files_before
    standing = frozenset(name for name, told in files.sums.items() if before.get(name) == told.sha256)
    sizes = {name: told.length for name, told in sorted(files.sums.items())}
    files.add(PAGE, (write_page(result, packet, sizes, standing),))
    return files


def seal(store: Store, result: MonthResult, files: packets.Files, packet: int) -> Sealed:
    """Publish the packet, manifest last. Raises PacketDiffers where this number already holds another result."""
    previous = max((number for number in packets.sealed_numbers(store, result.month) if number < packet), default=0)
    if result.correction is not None and result.correction.corrects != previous:
        raise packets.PacketDiffers(packet)  # another run sealed meanwhile: what to send is found anew
    manifest = write_manifest(result, packet, previous, files.sums)
    published = packets.publish(store, result.month, packet, files, manifest)
    return Sealed(packet, len(files) + 1, not published)
