"""Other services of the month that exclude CCM. The edits of payers look at one date; the policy is by month, so we do too."""

from __future__ import annotations

from flows.ccm.decision import Reason
from flows.ccm.eligibility import sources
from flows.ccm.finding import Finding, finding
from flows.ccm.patient import OtherService
from flows.ccm.patient_month import PatientMonth
from flows.ccm.rules import Rules


def conflicts(month: PatientMonth, rules: Rules) -> Finding:
    """No service of the month, by whoever is named in the rule, excludes CCM."""
    # An initiating visit is itself a billed service of its day: transitional care can be one.
    visits = tuple(OtherService(v.code, v.on, "same", source=v.source) for v in month.visits)
    services = sorted(
        {s for s in (*month.other_services, *visits) if month.month.contains(s.on)},
        key=lambda s: (s.on, s.code, s.by, str(s.source)),
    )
    raised: dict[str, list[OtherService]] = {}
    for rule in rules.conflicts:
        for service in services:
            if service.code in rule.codes and service.by in rule.by:
                raised.setdefault(rule.reason, []).append(service)
    reasons = [
        Reason(reason, "; ".join(dict.fromkeys(f"{s.code} on {s.on}, {s.by}" for s in found)), sources(*found))
        for reason, found in sorted(raised.items())
    ]
    told = "; ".join(dict.fromkeys(f"{s.code} on {s.on}" for s in services)) or "no other service known"
    return finding(rules, "conflicts", told, *reasons)
