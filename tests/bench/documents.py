"""One care plan by several engines, taken in turn in one run, each engine in a process of its own."""

from __future__ import annotations

import statistics
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

from tests.bench import engines

_REMEMBERED = ("naive, our style", engines.NO_CACHES, "ours", "browser, kept")


def race(texts: list[str], rounds: int) -> dict[str, dict[str, Any]]:
    """CPU ms a document (median and least) and function calls a document, by engine; documents alternate between engines.

    Each document is another patient's while there are as many: what layout keeps, it keeps from others.
    """
    names = [name for name in engines.ENGINES if name not in engines.BROWSERS or engines.chromium()]
    pools = {name: _pool() for name in names}
    try:
        for name, pool in pools.items():
            pool.submit(engines.start, name, texts[0]).result()
        spent: dict[str, list[float]] = {name: [] for name in names}
        for turn in range(rounds):
            for name, pool in pools.items():
                if name != "browser" or turn < 6:
                    spent[name].append(pool.submit(engines.cpu, name, texts[(turn + 1) % len(texts)]).result())
        found = {
            name: {"cpu_ms_median": 1000 * statistics.median(took), "cpu_ms_least": 1000 * min(took), "documents": len(took)}
            for name, took in spent.items()
        }
        for name in found.keys() - set(engines.BROWSERS):
            found[name]["calls"] = pools[name].submit(engines.calls, name, texts[-1]).result()
    finally:
        for pool in pools.values():
            pool.shutdown()
    for figures in found.values():
        for name, against in (("times_naive", "naive"), ("times_same_look", "naive, our style")):
            figures[name] = found[against]["cpu_ms_median"] / figures["cpu_ms_median"]
    return found


def memory(texts: list[str], documents: int) -> dict[str, dict[str, int]]:
    """Resident MB of each engine's process after a tenth of the documents and after all; at once, since none is timed."""
    pools = {name: _pool() for name in _REMEMBERED if name not in engines.BROWSERS or engines.chromium()}
    try:
        begun = {}
        for name, pool in pools.items():
            pool.submit(engines.start, name, texts[0])
            begun[name] = pool.submit(engines.memory, name, texts, documents)
        results = {name: work.result() for name, work in begun.items()}
    finally:
        for pool in pools.values():
            pool.shutdown()
    return {name: {"mb_early": early, "mb_after": after, "documents": documents} for name, (early, after) in results.items()}


def scaling(texts: list[str], documents: int) -> dict[str, float]:
    """Ours on one process, then on two at once: documents a second, and CPU seconds a document.

    By CPU, two processes do 2.00 times one's work where neither costs the other anything; by the clock, less where the machine
    has other work.
    """
    pools = [_pool(), _pool()]
    try:
        for pool in pools:
            pool.submit(engines.start, "ours", texts[0]).result()
        wall, spent = pools[0].submit(engines.busy, "ours", texts, documents).result()
        both = [work.result() for work in [pool.submit(engines.busy, "ours", texts, documents) for pool in pools]]
    finally:
        for pool in pools:
            pool.shutdown()
    slower, together = max(seconds for seconds, _ in both), sum(cpu for _, cpu in both)
    return {
        "one": documents / wall,
        "two": 2 * documents / slower,
        "ratio": 2 * wall / slower,
        "cpu_ratio": 2 * (spent / documents) / (together / (2 * documents)),
    }


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"))
