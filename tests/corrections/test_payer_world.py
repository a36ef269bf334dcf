"""Whatever becomes of a patient's plans, consent, minutes and answers: no payer holds a claim that it should not, none lacks one.

Longer: ``CCM_WORLDS=500``.
"""

from __future__ import annotations

import os

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.corrections.payer_world import CONDITIONS, CONSENTS, MRN, PLANS, ROSTER, World
from tests.corrections.practice_shelf import LATE, Month

STEPS = st.one_of(
    st.tuples(st.just("plans"), st.sampled_from(sorted(PLANS))),
    st.tuples(st.sampled_from(["consent", "roster", "late entry", "diagnosis", "answer", "answer", "numbers"]), st.booleans()),
)
A, B, C = "Medicare", "an employer's, then Medicare", "Medicare, then a retiree's"


def take(world: World, step: tuple[str, str | bool], clean: dict[str, bytes]) -> None:
    what, how = step
    objects = world.month.shelf.objects
    if what == "plans":
        world.plans(str(how))
    elif what == "answer":
        world.answer(bool(how))
    elif what == "consent":
        lines = clean[CONSENTS].splitlines(keepends=True)
        objects[CONSENTS] = b"".join(line for line in lines if how or not line.startswith(MRN.encode()))
    elif what == "roster":
        lines = clean[ROSTER].splitlines(keepends=True)
        objects[ROSTER] = b"".join(line for line in lines if how or not line.startswith(MRN.encode()))
    elif what == "numbers":
        world.numbers_told = bool(how)
    elif what == "diagnosis":
        objects[CONDITIONS] = clean[CONDITIONS] + (f"{MRN},E66.9,,Obesity,2017-01-01,,24,yes\n".encode() if how else b"")
    elif how:
        world.month.late(f"x2,2025-11-26T10:00:00,21,rn_tavares,{MRN},patient_call,chronic,remote,Late row")
    else:
        objects.pop(LATE, None)


@settings(
    max_examples=int(os.environ.get("CCM_WORLDS", "12")), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate]
)
@given(st.lists(STEPS, min_size=2, max_size=8))
@example([("plans", "Advantage 1"), ("plans", A), ("plans", "Advantage 1"), ("plans", B), ("answer", True)])
@example([("plans", B), ("answer", True), ("plans", C), ("plans", B), ("consent", False), ("consent", True)])
@example([("plans", B), ("answer", True), ("answer", False), ("consent", False), ("consent", True)])
@example([("plans", B), ("answer", True), ("plans", "Advantage 1"), ("plans", B)])
@example([("plans", B), ("answer", True), ("answer", False), ("diagnosis", True), ("late entry", True), ("answer", True)])
@example([("plans", B), ("plans", A), ("plans", B), ("answer", True), ("plans", "another employer's, then Medicare")])
@example([("plans", B), ("answer", True), ("roster", False), ("late entry", True), ("roster", True)])
@example([("plans", "Advantage 1"), ("numbers", True), ("diagnosis", True), ("plans", "Advantage 2"), ("late entry", True)])
@example([("numbers", True), ("roster", False), ("plans", "Advantage 1"), ("roster", False)])
@example([("plans", "two commercial plans"), ("answer", True), ("late entry", True), ("plans", "the employer's alone")])
def test_every_payer_holds_what_it_should(steps_taken: list[tuple[str, str | bool]]):
    world = World(Month())
    clean = dict(world.month.shelf.objects)
    world.bill()
    for step in steps_taken:
        take(world, step, clean)
        world.bill()
