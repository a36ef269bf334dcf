"""Soaks: whole months over storage that fails and through processes that are killed. Short in the suite, long by option."""
