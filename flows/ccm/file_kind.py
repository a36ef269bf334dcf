"""What kind of file an object below a practice's prefix is, by its key."""

from __future__ import annotations

CALLS, FHIR, PAYER_REFERENCES = "calls", "fhir", "payer_references"


def file_kind(key: str) -> str:
    """``calls``, ``fhir``, ``payer_references``, or the first word of a CSV's name among the records; else empty."""
    name = key.rsplit("/", 1)[-1].casefold().removesuffix(".gz")
    if key.startswith("inbox/calls/"):
        return CALLS
    if key.startswith("corrections/"):
        return PAYER_REFERENCES
    if not key.startswith("inbox/records/"):
        return ""
    if name.endswith((".ndjson", ".json")):
        return FHIR
    table = name.split(".")[0].split("-")[0] if name.endswith(".csv") else ""
    return "" if table in (CALLS, FHIR, PAYER_REFERENCES) else table
