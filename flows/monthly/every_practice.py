"""Every practice's month in one process, one after the other; one's failure never stops another's."""

from __future__ import annotations

import os

from prefect import flow

from flows import settings
from flows.monthly.board import tell_month
from flows.monthly.month import bill_tagged
from flows.monthly.stage import failure_line
from flows.outcome import Outcome
from flows.tenancy import practice_slugs


class PracticesFailed(Exception):
    """Some practices of a parent run failed; ``outcomes`` has every practice's, the good ones too."""

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        super().__init__(outcomes)
        self.outcomes = outcomes

    def __str__(self) -> str:
        failed = [outcome.practice for outcome in self.outcomes if outcome.failure]
        return f"{len(failed)} of {len(self.outcomes)} practices failed: {', '.join(failed)}"


@flow(name="bill-all", flow_run_name="all practices {month}", persist_result=False, validate_parameters=True)
def bill_all(month: str) -> tuple[Outcome, ...]:
    """Every practice's month, one after the other; one's failure never stops another's.

    Raises PracticesFailed after the last one where any failed.
    """
    own = settings.from_environment(os.environ)
    outcomes = tuple(run_practice(slug, month) for slug in practice_slugs(own.tenants))
    tell_month(month)
    if any(outcome.failure for outcome in outcomes):
        raise PracticesFailed(outcomes)
    return outcomes


def run_practice(practice: str, month: str) -> Outcome:
    """``bill_tagged`` with its failure told in the outcome."""
    try:
        return bill_tagged(practice, month)
    except Exception as error:
        # The outcome names the practice; a set-up line that begins with it would say it twice.
        return Outcome(practice, month, failure=failure_line(error).removeprefix(f"{practice}: "))
