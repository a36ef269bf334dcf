"""Decisions to what the practice opens: claim files, documents, registers, the page, the manifest."""
