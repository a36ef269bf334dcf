"""The automations, as Prefect's own model reads them: bounded, and with nothing of a run's message in what they send."""

from __future__ import annotations

from uuid import UUID

import jinja2
import pytest
from jinja2 import meta

from flows.monthly.automations import automations
from flows.prefect_environment import prepare

BLOCK = UUID(int=7)


def test_each_is_named_once_and_does_one_thing():
    found = automations(BLOCK)
    assert len({automation.name for automation in found}) == len(found)
    assert all(len(automation.actions) == 1 for automation in found)


def test_without_an_address_messages_show_on_the_board_alone():
    kinds = {automation.name: automation.actions[0].type for automation in automations(None)}
    sent = {automation.name for automation in automations(BLOCK) if automation.actions[0].type == "send-notification"}
    assert sent == {name for name, kind in kinds.items() if kind == "do-nothing"}
    assert sent


@pytest.mark.parametrize("part", ["subject", "body"])
def test_a_message_names_the_run_and_its_state_and_quotes_nothing(part: str):
    for automation in automations(BLOCK):
        for action in (action for action in automation.actions if action.type == "send-notification"):
            text = getattr(action, part)
            assert meta.find_undeclared_variables(jinja2.Environment().parse(text.replace("|ui_url", ""))) == {"flow_run"}
            assert "message" not in text


def test_a_lost_run_is_given_up_only_after_several_signs_of_life_are_missing_from_its_very_start_on():
    lost, second = [a for a in automations(None) if a.name.startswith("ccm lost run")]
    assert second.trigger.within > lost.trigger.within
    assert second.trigger.model_dump(exclude={"id", "within"}) == lost.trigger.model_dump(exclude={"id", "within"})
    assert "prefect.flow-run.Running" in lost.trigger.after, "a run killed before its first heartbeat is lost too"
    environment: dict[str, str] = {}
    prepare(environment)
    assert lost.trigger.within.total_seconds() >= 3 * int(environment["PREFECT_FLOWS_HEARTBEAT_FREQUENCY"])


def test_a_crashed_run_is_put_back_a_bounded_number_of_times_whether_it_begins_or_not():
    found = {automation.name: automation.trigger for automation in automations(None)}
    again, ended = found["ccm crashed run, again"], found["ccm run that crashes and does not begin"]
    assert again.match.root == ended.match.root, "whatever is put back is counted"
    assert again.match.root["prefect.run-count"] == ["0", "1", "2"], "one that has begun three times stays crashed"
    assert (ended.threshold, ended.expect) == (5, again.after)
    assert again.within.total_seconds() >= 30, "the one that ends it comes first; a worker tells of one death twice, 16 s apart"
    assert "prefect.flow-run.Failed" in again.expect
