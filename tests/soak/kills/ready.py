"""Imported by the process that victims are forked from, and by no other."""

from tests.soak.kills.victim import make_ready

make_ready()
