"""Rule cases: a patient-month told in the field's words, run through the code that bills a real month."""

from flows.cases.run import run_files

__all__ = ["run_files"]
