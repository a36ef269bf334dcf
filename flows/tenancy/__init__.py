"""Tenant folders: what a practice says of itself, checked whole, and handed on as a ``Practice``. No rule of billing is here."""

from flows.tenancy.load import SetupError, load_practice, load_practices, practice_slugs

__all__ = ["SetupError", "load_practice", "load_practices", "practice_slugs"]
