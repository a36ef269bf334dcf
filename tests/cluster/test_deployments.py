"""The deployments' file is what the tenant folders say, and what Prefect takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from prefect.flows import load_flow_from_entrypoint

from flows.commands.deployments import check, write
from flows.commands.exits import DONE, NOT_HELD
from flows.deployments import cron, practices, prefect_yaml
from flows.tenancy import SetupError
from infra.cluster_practices import invent_folders

ROOT = Path(__file__).parents[2]
SERVED = practices(ROOT / "tenants")


def test_the_file_is_not_stale():
    assert (ROOT / "infra/prefect.yaml").read_text(encoding="utf-8") == prefect_yaml(SERVED), "run `ccm deployments write`"


def test_prefect_takes_each_deployment_by_its_module():
    told = yaml.safe_load(prefect_yaml(SERVED))
    assert {item["name"] for item in told["deployments"]} == {practice.slug for practice in SERVED}
    for item in told["deployments"]:
        flow = load_flow_from_entrypoint(item["entrypoint"])
        assert flow.name == "bill-month"
        assert flow.validate_parameters(item["parameters"]) == {"practice": item["name"], "month": "previous"}
        assert item["concurrency_limit"]["limit"] == 1


def test_a_practice_without_a_schedule_is_started_by_hand_alone():
    bare = replace(SERVED[0], schedule=None)
    assert cron(bare) is None
    assert yaml.safe_load(prefect_yaml([bare]))["deployments"][0]["schedules"] == []


def test_a_stale_file_is_told_and_mended(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CCM_TENANTS", str(ROOT / "tenants"))
    file = tmp_path / "prefect.yaml"
    assert check(file) == NOT_HELD
    assert write(file) == DONE
    assert check(file) == DONE
    file.write_text(file.read_text().replace("30 2 2 * *", "30 2 3 * *"))
    assert check(file) == NOT_HELD
    assert "stale; run `ccm deployments write`" in capsys.readouterr().err


def test_the_clusters_invented_folders_are_complete_and_differ(tmp_path):
    invent_folders(tmp_path / "tenants", 20)
    invented = practices(tmp_path / "tenants")
    assert len(invented) == 20
    assert {practice.kind for practice in invented} == {"office", "hospital_outpatient", "rhc"}
    assert len({practice.mac for practice in invented}) >= 5
    assert all(practice.test and practice.schedule for practice in invented)


def test_every_broken_folder_is_told_at_once(tmp_path):
    for slug in ("first-one", "second-one"):
        (tmp_path / slug).mkdir()
    with pytest.raises(SetupError) as told:
        practices(tmp_path)
    assert {problem.split("/")[1] for problem in told.value.problems} == {"first-one", "second-one"}
