"""The month as Prefect runs it: the only room that knows Prefect.

Nothing of a patient reaches Prefect: parameters are a practice and a month, results are not persisted, and an exception
leaves a task only as a type and a neutral reference. Call ``flows.prefect_environment.prepare`` before importing this.
"""

from flows.monthly.every_practice import PracticesFailed, bill_all, run_practice
from flows.monthly.month import bill_month, bill_tagged
from flows.monthly.stage import StageFailed
from flows.monthly.table import month_table

__all__ = ["PracticesFailed", "StageFailed", "bill_all", "bill_month", "bill_tagged", "month_table", "run_practice"]
