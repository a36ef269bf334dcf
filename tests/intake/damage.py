"""Strategies that spoil input: odd values, records with places replaced or taken out, bytes cut and changed."""

from __future__ import annotations

import copy
import gzip
import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# `CCM_FUZZ=n` runs each test n times as long.
FACTOR = int(os.environ.get("CCM_FUZZ", "1"))
SHORT = settings(
    max_examples=60 * FACTOR,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

_TEXTS = [
    "",
    " ",
    "0",
    "-1",
    "1e9",
    "NaN",
    "99999999999999999999",
    "9" * 400,
    "٣",
    "[None]",
    "client:",
    "client:x",
    "M1",
    "M3",
    "chronic",
    "00:00:01",
    "999:59:59.999",
    "24:60:00",
    "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+14:00",
    "2025-11-02T01:30:00",
    "Tue, 04 Nov 2025 09:00:00",
    "Sun, 09 Mar 2025 02:30:00",
    "Fri, 31 Dec 9999 23:59:59 -1400",
    "Mon, 00 Xxx 0000 99:99:99 +9999",
    "12/31/9999 11:59:59 PM",
    "\x00",
    "\ufeff",
    '"',
    "\n",
]
ODD_TEXTS = st.sampled_from(_TEXTS)
ODD_VALUES = (*_TEXTS, None, True, False, 0, -1, 10**30, 0.5, float("nan"), [], [1], {}, {"a": None}, [[]], [{}])
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    ODD_TEXTS,
    st.text(max_size=6),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


def places(value, path=()):
    """Every place in a record, the record itself left out."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield (*path, key)
            yield from places(value[key], (*path, key))


def holder_of(record, place):
    """What holds the place, and its key or position there."""
    *way, last = place
    for step in way:
        record = record[step]
    return record, last


@st.composite
def mutated(draw, samples: list, odd: st.SearchStrategy = ODD):
    """One of the sound records with a few places replaced or taken out."""
    record = copy.deepcopy(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(0, 4))):
        found = list(places(record))
        if not found:
            break
        holder, last = holder_of(record, draw(st.sampled_from(found)))
        if draw(st.booleans()):
            holder[last] = draw(odd)
        else:
            del holder[last]
    return record


@st.composite
def damaged(draw, data: bytes):
    """The bytes, perhaps with a few changed, compressed, or cut."""
    if draw(st.integers(0, 3)) == 0 and data:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 3)) :]
    if draw(st.integers(0, 3)) == 0:
        data = gzip.compress(data, mtime=0)
    return data[: len(data) - draw(st.integers(0, 30))] if draw(st.integers(0, 4)) == 0 else data
