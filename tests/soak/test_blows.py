"""What a round of kills draws, and that nothing is counted as killed which did not live."""

from __future__ import annotations

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from infra.cluster import Cluster
from tests.soak.faulty_s3 import Request
from tests.soak.kills.blows import BOTH, FLOW, OF_A_RUN, OF_ALL, SERVER, WORKER, Blow, drawn
from tests.soak.kills.killer import Killer
from tests.soak.kills.stage import stage_of


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(1, 90), min_size=1, max_size=12), st.integers(), st.integers(0, 9))
def test_each_practice_has_a_blow_of_its_own_and_each_round_one_to_all(requests: dict[str, int], seed: int, number: int):
    blows = drawn(requests, number, Random(seed))
    assert blows == drawn(dict(reversed(requests.items())), number, Random(seed))
    own = [blow for blow in blows if blow.victim in OF_A_RUN]
    assert sorted(blow.practice for blow in own) == sorted(requests)
    assert [blow.victim for blow in blows if blow.victim not in OF_A_RUN] == [OF_ALL[number % 2]]
    assert all(1 <= blow.number <= requests[blow.practice] for blow in blows)
    times = Counter(dict.fromkeys(OF_A_RUN, 0) | Counter(blow.victim for blow in own))
    assert max(times.values()) - min(times.values()) <= 1


def test_a_part_that_had_ended_is_no_kill(tmp_path):
    cluster = Cluster(tmp_path)  # of which nothing runs
    blows = [Blow("north", 1, False, victim) for victim in (FLOW, WORKER, BOTH, SERVER)]
    killer = Killer(cluster, blows, lambda request: request.key.partition("/")[0], lambda request, _: stage_of(request, False))
    killer.know({"run": "north"})
    request = Request(1, "read", "north/inbox/calls.csv", False, 0)
    assert not killer.watch(request, False)
    assert not killer.watch(request, True)
    assert killer.kills == []
    assert killer.missed == tuple(blows)
