"""The layout caches: WeasyPrint's own bytes, whatever was rendered before; and no caches where they may not be used.

``varied.py`` tells how to make it long.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from flows.outbox.layout_caches import install
from flows.outbox.layout_caches.kept import Recent, kept
from flows.outbox.pdf import _setting, render, style_in_use
from tests.documents.varied import documents

ROOT = Path(__file__).parents[2]


def digests(order: list[int]) -> dict[int, str]:
    return {n: hashlib.sha256(render(*documents()[n])).hexdigest() for n in order}


def in_a_new_process(call: str, **setting: str) -> tuple[str, str]:
    code = f"import json\nfrom tests.documents.test_layout_caches import *\nprint(json.dumps({call}))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, **setting}, capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


@pytest.fixture(scope="module")
def stock() -> dict[int, str]:
    out, err = in_a_new_process("[digests(list(range(len(documents())))), install.in_place()]", **{install.SWITCH: "off"})
    found, in_place = json.loads(out)
    assert in_place is False
    assert err.splitlines()[0] == "documents are laid out without caches: CCM_LAYOUT_CACHES is off"
    return {int(n): digest for n, digest in found.items()}


def test_the_caches_are_used_here():
    assert install.in_place()
    assert kept(_setting(style_in_use())[0]) is not None


@pytest.mark.parametrize("seed", range(int(os.environ.get("CCM_CACHE_ORDERS", "1"))))
def test_bytes_are_those_of_the_renderer_by_itself_in_any_order(stock, seed):
    order = list(range(len(documents())))
    random.Random(seed).shuffle(order)
    assert [n for again in (order, order[:8]) for n, digest in digests(again).items() if digest != stock[n]] == []


def test_another_version_is_left_alone(caplog, monkeypatch):
    install.in_place.cache_clear()
    monkeypatch.setattr(install, "_replace", lambda: pytest.fail("put in place"))
    monkeypatch.setattr(install, "RELIED_ON", {**install.RELIED_ON, "weasyprint/layout/inline.py": "0" * 32})
    try:
        with caplog.at_level(logging.WARNING):
            assert install.in_place() is False
    finally:
        monkeypatch.undo()
        install.in_place.cache_clear()
    assert [record.getMessage() for record in caplog.records] == [
        "documents are laid out without caches, slower: weasyprint/layout/inline.py is not the file that they were written for"
    ]


@pytest.mark.parametrize("file", ["weasyprint/no_such_file.py", "no_such_package/file.py"])
def test_a_file_that_is_not_there_is_not_as_read(file):
    assert install.not_as_read({file: ""}) == file


def test_what_is_kept_is_bounded_and_the_oldest_goes():
    recent = Recent(3)
    for n in range(5):
        recent.keep(n, str(n))
        recent.find(2)
    assert [recent.find(n) for n in range(5)] == [None, None, "2", "3", "4"]
