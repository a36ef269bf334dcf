"""A month's run as a process of its own, to be killed: forked from one that has loaded the product and has no threads."""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

import boto3

from flows import steps
from flows.outbox import pyx12_gate
from flows.outbox.pdf import Document, key_of, render
from flows.rulebook.resolve import load
from flows.settings import Settings
from tests.soak import small_month as months

_SECONDS = 300  # a run that takes longer hangs, and is a finding
_validate = pyx12_gate.validate


def make_ready() -> None:
    """Load once, in the process that is forked, what every run loads first and what is not soaked."""
    session = boto3.session.Session("soak", "soak")
    session.client("s3", region_name="us-east-1")
    boto3.session.Session = lambda *_, **__: session  # type: ignore[assignment,misc]
    steps.load = functools.cache(load)
    steps.load()
    warm = Document("warm.pdf", "<html><head><title>Warm</title></head><body><p>Warm</p></body></html>")
    key_of(warm)
    render(warm)


def _run(own: Settings, passed: frozenset[str], told: Connection) -> None:
    """The validator has passed these texts before, so it is not asked again."""
    pyx12_gate.validate = lambda text: () if text in passed else _validate(text)
    told.recv()
    try:
        sealed = months.bill(own)
        told.send((sealed.packet, sealed.unchanged))
    except BaseException as error:
        told.send(f"{type(error).__name__}: {error}")


class Runs:
    """Starts months as processes. ``passed`` are the claim files that the validator has passed."""

    def __init__(self, passed: frozenset[str]) -> None:
        self._passed, self._context = passed, multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(["tests.soak.kills.ready"])

    def run(self, own: Settings, started: Callable[[int], None] = lambda _: None) -> Any:
        """What a run says it came to: packet and whether it stood already, an error's text, or None where it was killed.

        ``started`` is told the process id before the run's first request.
        """
        ours, its = self._context.Pipe()
        process = self._context.Process(target=_run, args=(own, self._passed, its), daemon=True)
        process.start()
        its.close()
        started(process.pid or 0)
        ours.send("go")
        try:
            return ours.recv() if ours.poll(_SECONDS) else "no answer"
        except EOFError:
            return None
        finally:
            process.kill()
            process.join()
