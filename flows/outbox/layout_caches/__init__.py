"""What one document's layout finds out and the next may use: caches over WeasyPrint's internals, which change no byte.

Nothing here works but on the versions it was written for (``install.py``), and only for documents whose fonts were given
caches; any other document is laid out as WeasyPrint does by itself. A process lays out one document at a time.
"""
