"""A month's PDFs as a test looks at them: all at once."""

from __future__ import annotations

from flows.outbox.documents import write_documents


def documents_of(result, processes=1, *kept, **more):
    """The month's PDFs and their keys, by name."""
    files = {}
    write_documents(result, files.__setitem__, processes, *kept, **more)
    return files
