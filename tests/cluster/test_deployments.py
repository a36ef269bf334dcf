"""The deployments' file is what the tenant folders say, and what Prefect takes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import yaml
from prefect.flows import load_flow_from_entrypoint

from flows.commands.deployments import check, write
from flows.commands.exits import DONE, NOT_HELD, SOME_FAILED
from flows.deployments import Folders, cron, prefect_yaml, tenant_folders
from infra.cluster_practices import invent_folders

ROOT = Path(__file__).parents[2]
SERVED = tenant_folders(ROOT / "tenants")


def test_the_file_is_not_stale():
    assert (ROOT / "infra/prefect.yaml").read_text(encoding="utf-8") == prefect_yaml(SERVED), "run `ccm deployments write`"


def test_prefect_takes_each_deployment_by_its_module():
    entries = {item["name"]: item for item in yaml.safe_load(prefect_yaml(SERVED))["deployments"]}
    table = entries.pop("month-table")
    assert load_flow_from_entrypoint(table["entrypoint"]).name == "month-table"
    assert entries.keys() == {practice.slug for practice in SERVED.practices}
    for item in entries.values():
        flow = load_flow_from_entrypoint(item["entrypoint"])
        assert flow.name == "bill-month"
        assert flow.validate_parameters(item["parameters"]) == {"practice": item["name"], "month": "previous"}
        assert item["concurrency_limit"]["limit"] == 1


def test_a_practice_without_a_schedule_is_started_by_hand_alone():
    bare = replace(SERVED.practices[0], schedule=None)
    assert cron(bare) is None
    assert yaml.safe_load(prefect_yaml(Folders((bare,), {})))["deployments"][0]["schedules"] == []


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
    invent_folders(tmp_path / "tenants", 102)
    invented = tenant_folders(tmp_path / "tenants")
    assert (len(invented.practices), invented.broken) == (102, {})
    assert {practice.kind for practice in invented.practices} == {"office", "hospital_outpatient", "rhc"}
    assert len({practice.mac for practice in invented.practices}) >= 5
    assert all(practice.test and practice.schedule for practice in invented.practices)


def test_a_broken_folder_keeps_no_other_back_and_its_entry_stays_as_it_stood(tmp_path, monkeypatch, capsys):
    root, file = tmp_path / "tenants", tmp_path / "prefect.yaml"
    shutil.copytree(ROOT / "tenants", root)
    monkeypatch.setenv("CCM_TENANTS", str(root))
    assert write(file) == DONE
    before = yaml.safe_load(file.read_text())["deployments"]
    for slug in ("bayview-family", "gulfside-hospital"):
        text = (root / slug / "practice.toml").read_text()
        (root / slug / "practice.toml").write_text(
            text.replace("at = ", "at = 0 # ") if slug[0] == "b" else text.replace("02:", "05:")
        )
    (root / "new-and-broken").mkdir()
    capsys.readouterr()
    assert write(file) == SOME_FAILED
    told = capsys.readouterr().err.splitlines()
    assert any("tenants/bayview-family/practice.toml: key 'schedule.at'" in line for line in told)
    assert all(line.startswith("ccm: tenants/") and line.endswith("; its deployment stays as it is") for line in told)
    after = yaml.safe_load(file.read_text())["deployments"]
    assert [item["name"] for item in after] == [item["name"] for item in before], "what never had an entry gets none"
    assert after[0] == before[0]
    assert check(file) == SOME_FAILED
    assert "stale" not in capsys.readouterr().err
    file.unlink()
    assert write(file) == SOME_FAILED
    assert "bayview-family" not in file.read_text()
