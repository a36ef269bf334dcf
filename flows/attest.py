"""A signed attestation against the packet as it stands: does it cover this list, is it our file, is the signature whole.

A signing program that keeps to PDF appends its signature, so a signed attestation begins with the packet's own bytes. One that
was rewritten may show anything around the right fingerprint, and a scan of paper proves nothing to a program: neither passes.
PDF also lets anyone append another page's contents, or take a page out, before signing, so what was appended is looked at too.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from urllib.parse import unquote

from asn1crypto.cms import ContentInfo
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    CatalogModificationRule,
    DiffResult,
    FieldComparisonContext,
    FieldComparisonSpec,
    FormUpdate,
    FormUpdatingRule,
    ModificationLevel,
    SigFieldCreationRule,
    SigFieldModificationRule,
    StandardDiffPolicy,
)
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import EmbeddedPdfSignature, PdfSignatureStatus, SignatureCoverageLevel, validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from flows import ledger, packets
from flows.ccm.claim_record import ClaimRecord
from flows.ccm.decision import Decision
from flows.ccm.patient_month import PatientMonth
from flows.ccm.service_month import ServiceMonth
from flows.ledger import CLAIM_RECORDS, DECISIONS, PATIENT_MONTHS
from flows.outbox.attested_list import as_attested, fingerprint_in, fingerprint_of, list_faults
from flows.store import Store

FOLDER = "attestations/"
# Validation of a certificate nobody here vouches for is logged with its stack by the library: not ours to print.
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
# A signature with its certificates and time stamps adds some hundred kilobytes; a file far beyond would be read for minutes.
_ADDED = 8 * 1024 * 1024


class _SignedInField(SigFieldModificationRule):
    """A field that is filled is filled wherever it hangs: ours hangs in the tags of the page too, which the library forgets."""

    def check_form_field(
        self, fq_name: str, spec: FieldComparisonSpec, context: FieldComparisonContext
    ) -> Iterator[tuple[ModificationLevel, FormUpdate]]:
        for level, update in super().check_form_field(fq_name, spec, context):
            yield level, replace(update, context_checked=None) if update.updated_ref == spec.new_field_ref else update


# The library's own policy is for what follows a first signature. The first one also raises the form's flag that there is one,
# and one that certifies names itself in the catalog: neither shows on a page.
_SIGNING = StandardDiffPolicy(
    global_rules=[
        CatalogModificationRule(ignored_keys=CatalogModificationRule().ignored_keys | {"/Perms"}),
        *(rule for rule in DEFAULT_DIFF_POLICY.global_rules if not isinstance(rule, CatalogModificationRule)),
    ],
    form_rule=FormUpdatingRule(
        field_rules=[SigFieldCreationRule(), _SignedInField()],
        ignored_acroform_keys=FormUpdatingRule([]).ignored_acroform_keys | {"/SigFlags"},
    ),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it holds, and a line that says so without PHI."""

    holds: bool
    line: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a file came to. ``attestation`` is the packet's file that it is the signed copy of, empty for none."""

    attestation: str
    findings: tuple[Finding, ...]

    @property
    def covers(self) -> bool:
        """Whether the file is the signed attestation of the packet as it stands."""
        return bool(self.attestation) and all(finding.holds for finding in self.findings)


def inbox_key(month: ServiceMonth) -> str:
    """Where a practice puts the month's signed attestations, below its prefix."""
    return f"inbox/attestations/{month}/"


def to_sign(files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The packet's attestations, by name."""
    return tuple(sorted(name for name in files if name.startswith(FOLDER) and name.endswith(".pdf")))


def signed_files(store: Store, month: ServiceMonth) -> dict[str, bytes]:
    """The signed files that the practice put into its inbox, by key."""
    listed = [item for item in store.list(inbox_key(month)) if item.key.lower().endswith(".pdf")]
    return {item.key: store.read(item.key, item.version) for item in listed}


def unsigned(store: Store, month: ServiceMonth, packet: int) -> tuple[str, ...]:
    """The packet's attestations that no file in the practice's inbox covers, by name."""
    listed = store.list(f"packets/{month}/{packet}/{FOLDER}")
    names = [item.key.removeprefix(f"packets/{month}/{packet}/") for item in listed] + [PATIENT_MONTHS, DECISIONS, CLAIM_RECORDS]
    given = signed_files(store, month)
    if not given:
        return to_sign(dict.fromkeys(names, b""))
    files = packets.read_files(store, month, packet, names)
    checked = [verify(pdf, files) for pdf in given.values()]
    covered = {found.attestation for found in checked if found.covers}
    return tuple(name for name in to_sign(files) if name not in covered)


def verify(pdf: bytes, files: Mapping[str, bytes]) -> Checked:
    """Check a file against a packet (all its files by name): the list, the text, the signature. Never raises for a bad file."""
    told = fingerprint_in(pdf)
    if not told:
        return Checked("", (Finding(False, "not an attestation: no list's fingerprint in it"),))
    lists = {name: data for name, data in files.items() if name.startswith(FOLDER) and name.endswith(".jsonl")}
    name = next((name for name, data in lists.items() if fingerprint_of(data) == told), "")
    if not name:
        line = f"list {told[:16]}: no list of this packet; what it lists has changed, or it belongs to another month"
        return Checked("", (Finding(False, line),))
    own = str(PurePosixPath(name).with_suffix(".pdf"))
    if len(pdf) > len(files.get(own, b"")) + _ADDED:
        return Checked(
            own, (Finding(False, f"text: {len(pdf):,} bytes, far more than signing adds; sign the packet's own file"),)
        )
    return Checked(own, (*_list(name, files), _text(pdf, files.get(own, b"")), *_signatures(pdf, PurePosixPath(own).stem)))


def _list(name: str, files: Mapping[str, bytes]) -> Iterator[Finding]:
    """The list computed again from the evidence: a list file that was changed with its attestation is found here."""
    try:
        months = ledger.from_lines(files[PATIENT_MONTHS], PatientMonth)
        records = ledger.from_lines(files[CLAIM_RECORDS], ClaimRecord)
        decisions = as_attested(ledger.from_lines(files[DECISIONS], Decision), records)
    except (ledger.LedgerError, KeyError):
        yield Finding(False, "list: the packet's evidence cannot be read; run `ccm verify`")
        return
    faults = list(list_faults(files[name], months, decisions))
    yield from (Finding(False, f"list: {fault}") for fault in faults)
    if not faults:
        yield Finding(True, f"list {fingerprint_of(files[name])[:16]}: the packet's, and as decided")


def _text(pdf: bytes, own: bytes) -> Finding:
    if not own or not pdf.startswith(own):
        return Finding(
            False,
            "text: the file was written anew, so its pages are not proven the packet's; sign the packet's own file in its field",
        )
    if _only_signed(pdf, own):
        return Finding(True, "text: the packet's own file, byte for byte, with the signature appended")
    return Finding(
        False,
        "text: more than a signature was added to the packet's file, so its pages may show other things; sign the file as it is",
    )


def _only_signed(pdf: bytes, own: bytes) -> bool:
    """Whether every revision after the packet's own only fills, signs or adds a signature field."""
    try:
        base = PdfFileReader(io.BytesIO(own)).xrefs.total_revisions - 1
        signed = PdfFileReader(io.BytesIO(pdf), strict=False)
        return isinstance(_SIGNING.review_file(signed, base, doc_mdp=MDPPerm.FILL_FORMS), DiffResult)
    except Exception:  # a stranger's bytes: the library raises whatever its parsers do, zlib's and recursion's among them
        return False


def _signatures(pdf: bytes, practitioner: str) -> Iterator[Finding]:
    try:
        embedded = PdfFileReader(io.BytesIO(pdf), strict=False).embedded_regular_signatures
        found = [(_validated(each), _room_is_empty(each, pdf)) for each in embedded]
    except Exception:  # as above
        yield Finding(False, "signature: cannot be read")
        return
    if not found:
        yield Finding(False, "signature: none")
    for status, empty in found:
        whole = status.intact and status.valid and empty
        who = status.signing_cert.subject.native.get("common_name", "not named")
        ending = "intact" if whole else "broken: the file was changed within what was signed"
        own_word = f"the certificate's own word; see that it is {unquote(practitioner)}, no authority was asked"
        yield Finding(whole, f"signature by {who!r} ({own_word}): {ending}")
    if found:
        whole = any(_covers_all(status) for status, _ in found)
        ending = "covers the whole file" if whole else "does not cover the whole file: something was added after it"
        yield Finding(whole, f"signature: {ending}")


def _validated(embedded: EmbeddedPdfSignature) -> PdfSignatureStatus:
    # No authority and no network: whether the bytes are those signed needs neither, and whose key it is we do not claim.
    return validate_pdf_signature(embedded, ValidationContext(trust_roots=[], allow_fetching=False))


def _room_is_empty(embedded: EmbeddedPdfSignature, pdf: bytes) -> bool:
    """Whether the room that the signature leaves in its container holds zeros alone: those bytes are covered by nothing."""
    content, (start, length, after, _) = bytes(embedded.pkcs7_content), map(int, embedded.byte_range)
    rest = content[len(ContentInfo.load(content).dump()) :]
    return not rest.strip(b"\0") and pdf[start + length : after].lower() == f"<{content.hex()}>".encode("ascii")


def _covers_all(status: PdfSignatureStatus) -> bool:
    """Whether nothing follows what was signed, but for the time stamps and certificates that keep a signature provable."""
    if status.coverage == SignatureCoverageLevel.ENTIRE_REVISION:
        return status.modification_level == ModificationLevel.LTA_UPDATES
    return status.coverage == SignatureCoverageLevel.ENTIRE_FILE
