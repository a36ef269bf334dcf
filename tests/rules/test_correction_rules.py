"""Which payer reads a correction, and with which code, by service month; the claims' own gate says the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from flows.ccm.service_month import ServiceMonth
from flows.outbox.claim_checks import faults
from flows.rulebook.resolve import load
from tests.claims import examples
from tests.rules.examples import added, copied_rulebook, terms_with

CITATION = 'citation = { title = "A citation for a test", url = "https://www.cms.gov/" }'
CLAIMS = (examples.professional(), examples.advantage(), examples.commercial_replacement(), examples.institutional())


def rules_of(month: str, home=None):
    book = load(home) if home else load()
    rules = book.in_force(ServiceMonth.parse(month), terms_with()).corrections
    assert rules is not None
    return rules


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda c: f"{c.form} {c.coverage.plan}")
def test_the_gate_refuses_a_replacement_where_the_rules_say_it_is_not_read(claim):
    told = replace(claim, frequency="7", original_reference="ICN-1", condition_code="D0" if claim.form == "837I" else "")
    refused = "frequency" in {fault.field for fault in faults(told, examples.PREPARED)}
    assert refused == (not rules_of("2025-11").taken(claim))


@pytest.mark.parametrize(
    ("parts", "chosen", "code"),
    [
        (["dates"], "", "D0"),
        (["charges"], "", "D1"),
        (["codes", "charges"], "", "D2"),
        (["dates", "charges"], "", None),
        (["diagnoses"], "", None),
        (["diagnoses"], "E0", "E0"),
        (["dates"], "D6", "D0"),  # a code for voids is none for a replacement
    ],
)
def test_a_clinics_replacement_has_one_code_or_none_is_guessed(parts, chosen, code):
    rules = rules_of("2025-11")
    assert rules.replacement_code(examples.institutional(), parts, chosen) == code
    assert rules.replacement_code(examples.advantage(), parts, chosen) == ""
    assert rules.void_code(examples.institutional(), "") is None


def test_a_dated_block_changes_who_reads_corrections_from_its_month_on(tmp_path):
    home = copied_rulebook(tmp_path)
    block = f'\n[[version]]\neffective = "2026-03"\noriginals_only = {{ 837P = ["medicare_advantage"] }}\n{CITATION}\n'
    text = (home / "corrections.toml").read_text(encoding="utf-8")
    (home / "corrections.toml").write_text(block + text, encoding="utf-8")
    taken = {month: [rules_of(month, home).taken(claim) for claim in CLAIMS] for month in ("2026-02", "2026-03")}
    assert taken == {"2026-02": [False, True, True, True], "2026-03": [True, False, True, True]}


def test_the_worklists_windows_are_dated(tmp_path):
    home = copied_rulebook(tmp_path)
    added(home, "worklist.toml", f'\n[[version]]\neffective = "2026-03"\nwithin_minutes = 7\nplan_age_months = 10\n{CITATION}\n')
    windows = [load(home).in_force(ServiceMonth.parse(month), terms_with()).worklist for month in ("2026-02", "2026-03")]
    assert [(w.within_minutes, w.plan_age_months) for w in windows if w] == [(5, 11), (7, 10)]
