"""Which consent governs a month, and since when minutes may count.

Source of the rule: 42 CFR 410.26(b)(5) is general supervision; consent itself is set by the CY2014 and CY2017 physician fee
schedule final rules. A revocation takes effect at the end of its calendar month.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from flows.ccm.patient import Consent
from flows.ccm.service_month import ServiceMonth

GRANTED = "granted"


def in_order(consents: Iterable[Consent]) -> list[Consent]:
    """Consents from first to last; of two on one day the fuller record comes last, so that it governs."""
    return sorted(consents, key=lambda c: (c.on, c.decision == GRANTED, len(c.explained), c.method == "written", str(c.source)))


def governing(consents: Iterable[Consent], month: ServiceMonth) -> Consent | None:
    """The last answer given on or before the month's last day; where there is none, the first one given after it."""
    ordered = in_order(consents)
    before = [c for c in ordered if c.on <= month.last_day]
    if before:
        return before[-1]
    return ordered[0] if ordered else None


def revoked_before(consent: Consent, month: ServiceMonth) -> bool:
    """Whether a revocation took effect before the month: it does so at the end of the calendar month it was made in."""
    return consent.revoked is not None and consent.revoked < month.first_day


def since(consents: Iterable[Consent], month: ServiceMonth) -> date | None:
    """The first day whose minutes may count: the start of the unbroken run of granted consents that reaches the month.

    None where no consent is on record or the governing answer is a refusal: the month is then held or denied for that, and
    its minutes stay counted so that the practice sees what is at stake.
    """
    last = governing(consents, month)
    if last is None or last.decision != GRANTED:
        return None
    start: date | None = None
    ends: date | None = None
    for consent in in_order(consents):
        if consent.on > last.on:
            break
        if consent.decision != GRANTED:
            start = None
            continue
        broken = ends is not None and ends < consent.on
        if start is None or broken:
            start = consent.on
        ends = None if consent.revoked is None else ServiceMonth.of(consent.revoked).last_day
    return start
