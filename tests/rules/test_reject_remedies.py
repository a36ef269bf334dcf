"""What cures a rejected row speaks of the file that the row stands in, and is one step."""

from __future__ import annotations

import pytest

from flows.ccm.file_kind import file_kind
from flows.ccm.raised import REJECTS
from flows.intake.columns import RECORDS
from tests.rules.examples import rules_for

REASONS = rules_for().reasons


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("inbox/calls/2025-11/week-1.csv", "calls"),
        ("inbox/calls/2025-11/ringcentral-1.json", "calls"),
        ("inbox/records/remittances-2.CSV.gz", "remittances"),
        ("inbox/records/care_plans.csv", "care_plans"),
        ("inbox/records/fhir/Patient.ndjson.gz", "fhir"),
        ("inbox/records/bundle.json", "fhir"),
        ("inbox/records/consents (2).csv", "consents (2)"),
        ("inbox/records/calls.csv", ""),
        ("inbox/records/fhir.csv", ""),
        ("inbox/records/notes.pdf", ""),
        ("corrections/2025-11/payer-references.csv", "payer_references"),
        ("packets/2025-11/1/held.csv", ""),
    ],
)
def test_a_files_kind_is_told_by_its_key(key, kind):
    assert file_kind(key) == kind


@pytest.mark.parametrize("kind", [*RECORDS, "fhir", "payer_references", "no such table"])
@pytest.mark.parametrize("reason", sorted(REJECTS - {"patient.ambiguous"}))
def test_only_a_call_log_is_mended_where_calls_are_logged(kind, reason):
    remedy = REASONS[reason].remedy_in(kind)
    assert "logged" not in remedy and "call" not in remedy and "identity-queue" not in remedy
    assert "logged" in REASONS["row.bad_value"].remedy_in("calls")


@pytest.mark.parametrize(
    ("kind", "asked_of"),
    [
        ("consents", "consent in the chart"),
        ("care_plans", "care plan in the chart"),
        ("coverage", "eligibility answer"),
        ("remittances", "the plan's remittance"),
        ("payer_references", "the payer's remittance"),
        ("conditions", "problem list"),
    ],
)
def test_a_record_is_corrected_from_what_it_was_copied_from(kind, asked_of):
    assert asked_of in REASONS["row.bad_value"].remedy_in(kind)
