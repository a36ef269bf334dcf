"""What is to die in a round, and when: drawn before it begins, so that a seed says it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

FLOW, WORKER, BOTH, SERVER, POSTGRES = "flow process", "worker alone", "worker and its flow", "server", "postgres"
OF_A_RUN, OF_ALL = (FLOW, WORKER, BOTH), (SERVER, POSTGRES)


@dataclass(frozen=True, slots=True)
class Blow:
    """Kill ``victim`` at a practice's ``number``-th request of the round, from 1: once it was ``stored``, or before it is."""

    practice: str
    number: int
    stored: bool
    victim: str


def drawn(requests: Mapping[str, int], round_number: int, draw: Random) -> tuple[Blow, ...]:
    """A blow to each practice's own run, each kind as often as the others, and one to what all runs stand on.

    ``requests`` says how many a practice's undisturbed month has. A number drawn twice for one practice is two blows at once.
    """
    slugs = draw.sample(sorted(requests), len(requests))
    victims = [(slug, OF_A_RUN[place % len(OF_A_RUN)]) for place, slug in enumerate(slugs)]
    victims.append((draw.choice(slugs), OF_ALL[round_number % len(OF_ALL)]))
    return tuple(Blow(slug, draw.randint(1, requests[slug]), draw.random() < 0.5, victim) for slug, victim in victims)
