"""The templates: linted, deployed to moto as an operator would, and held against the rules and the policy that runs carry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from cfnlint.api import lint_file

from flows.practice_access import policy_template
from flows.rulebook import retention
from flows.rulebook.read import read
from infra import stacks
from tests.infra.account import NOT_MADE, account, filled, inline_policy, resources, template

pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")  # account.NOT_MADE says of what

SLUGS = ("bayview-family", "cumberland-rural", "gulfside-hospital")
YEARS = retention.longest(read().blocks["retention.toml", "version"])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The account with every stack deployed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CCM_TENANTS", str(Path(__file__).parents[2] / "tenants"))
        with account(tmp_path_factory.mktemp("account"), patch) as file:
            assert stacks.main(["deploy", "--settings", str(file)]) == 0
            yield file


def test_every_template_passes_cfn_lint():
    files = sorted(stacks.HOME.glob("*.yaml"))
    assert {path.stem for path in files} == {*stacks.ORDER, "practice"}
    assert [str(fault) for path in files for fault in lint_file(path)] == []


def test_each_stack_makes_all_that_moto_can_make(settings: Path):
    cloudformation = boto3.client("cloudformation")
    for name, stack in [*((name, f"ccm-{name}") for name in stacks.ORDER), *(("practice", f"ccm-practice-{s}") for s in SLUGS)]:
        made = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
        assert sorted(each["ResourceType"] for each in made if "ResourceType" in each) == sorted(
            said["Type"] for said in resources(name).values() if said["Type"] not in NOT_MADE
        )


def test_the_same_again_changes_nothing_and_one_practice_can_be_added_alone(settings: Path, capsys, monkeypatch, tmp_path):
    roles = {role["Arn"] for role in boto3.client("iam").list_roles()["Roles"]}
    assert stacks.main(["deploy", "storage", SLUGS[0], "--settings", str(settings)]) == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == [
        "ccm-storage",
        f"ccm-practice-{SLUGS[0]}",
    ]
    assert {role["Arn"] for role in boto3.client("iam").list_roles()["Roles"]} == roles
    (tmp_path / "new-practice").mkdir()
    monkeypatch.setenv("CCM_TENANTS", str(tmp_path))
    assert stacks.main(["deploy", "new-practice", "--settings", str(settings)]) == 0
    assert capsys.readouterr().out == "ccm-practice-new-practice: created\n"


@pytest.mark.parametrize(
    ("names", "without", "told"),
    [
        (["no-such"], "", "no-such: no stack and no practice; use storage, database"),
        (["storage"], "BucketPrefix", "ccm-storage: BucketPrefix not known; add to the settings file"),
    ],
)
def test_what_cannot_be_deployed_is_one_line(settings: Path, tmp_path: Path, capsys, names: list[str], without: str, told: str):
    lines = settings.read_text(encoding="utf-8").splitlines()
    file = tmp_path / "settings.toml"
    file.write_text("\n".join(line for line in lines if not without or not line.startswith(without)), encoding="utf-8")
    assert stacks.main(["deploy", *names, "--settings", str(file)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"stacks: {told}")


def test_a_practice_s_role_is_taken_on_by_the_worker_alone_and_grants_what_every_run_carries(settings: Path):
    iam, kms = boto3.client("iam"), boto3.client("kms")
    worker = iam.get_role(RoleName="ccm-worker")["Role"]["Arn"]
    known = {
        "${AWS::Partition}": "aws",
        "${Bucket}": "vendor-ccm-practices",
        "${RegistryBucket}": "vendor-ccm-registry",
        "${WorkBucket}": "vendor-ccm-work",
    }
    for slug in SLUGS:
        trust = iam.get_role(RoleName=f"ccm-practice-{slug}")["Role"]["AssumeRolePolicyDocument"]["Statement"]
        assert [(one["Effect"], one["Principal"], one["Action"]) for one in trust] == [
            ("Allow", {"AWS": worker}, "sts:AssumeRole")
        ]
        text = json.dumps(policy_template())
        for placeholder, value in (known | {"${Slug}": slug}).items():
            text = text.replace(placeholder, value)
        assert iam.list_role_policies(RoleName=f"ccm-practice-{slug}")["PolicyNames"] == ["own-prefix"]
        assert iam.list_attached_role_policies(RoleName=f"ccm-practice-{slug}")["AttachedPolicies"] == []
        assert inline_policy(f"ccm-practice-{slug}", "own-prefix") == json.loads(text)
    keys = [alias["TargetKeyId"] for alias in kms.list_aliases()["Aliases"] if alias["AliasName"][10:] in SLUGS]
    assert len(set(keys)) == len(SLUGS)
    assert all(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] for key in keys)


def test_a_worker_may_take_on_practices_roles_and_nothing_else(settings: Path):
    iam = boto3.client("iam")
    (name,) = iam.list_role_policies(RoleName="ccm-worker")["PolicyNames"]
    (only,) = inline_policy("ccm-worker", name)["Statement"]
    assert (only["Action"], only["Resource"]) == ("sts:AssumeRole", "arn:aws:iam::123456789012:role/ccm-practice-*")
    assert iam.list_attached_role_policies(RoleName="ccm-worker")["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName="ccm-server")["PolicyNames"] == []


def test_what_is_locked_stays_for_the_years_of_the_rules_and_only_a_bypass_ends_it(settings: Path):
    """moto's bucket takes the lock, which the template states, through S3's own calls."""
    own = filled(resources("storage")["PracticesBucket"]["Properties"], stacks.from_rulebook())
    assert own["ObjectLockEnabled"] is True
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    lock = own["ObjectLockConfiguration"]
    lock["Rule"]["DefaultRetention"]["Years"] = int(lock["Rule"]["DefaultRetention"]["Years"])
    s3.put_object_lock_configuration(Bucket="locked", ObjectLockConfiguration=lock)
    put = s3.put_object(Bucket="locked", Key="north/packets/2025-11/1/manifest.json", Body=b"{}")
    there = {"Bucket": "locked", "Key": "north/packets/2025-11/1/manifest.json", "VersionId": put["VersionId"]}
    head = s3.head_object(**there)
    assert head["ObjectLockMode"] == "GOVERNANCE"
    assert head["ObjectLockRetainUntilDate"].year - head["LastModified"].year == YEARS
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**there)
    s3.delete_object(**there, BypassGovernanceRetention=True)


def test_nothing_expires_before_its_lock_but_transient_work():
    found = resources("storage", "AWS::S3::Bucket")
    parameters = stacks.from_rulebook() | {"WorkDays": template("storage")["Parameters"]["WorkDays"]["Default"]}
    rules = {
        name: filled(said["Properties"].get("LifecycleConfiguration", {"Rules": []}), parameters)["Rules"]
        for name, said in found.items()
    }
    assert int(parameters["NoncurrentDays"]) >= YEARS * 365 + YEARS // 4
    assert [rule.get("NoncurrentVersionExpiration") for rule in rules["PracticesBucket"]] == [
        {"NoncurrentDays": parameters["NoncurrentDays"]},
        None,
    ]
    assert not any("ExpirationInDays" in rule for rule in (*rules["PracticesBucket"], *rules["RegistryBucket"]))
    assert [rule["ExpirationInDays"] for rule in rules["WorkBucket"]] == [30]


def test_every_bucket_is_private_encrypted_logged_and_takes_tls_alone(settings: Path):
    found = resources("storage", "AWS::S3::Bucket")
    policies = {said["Properties"]["Bucket"]["Ref"]: said for said in resources("storage", "AWS::S3::BucketPolicy").values()}
    assert set(policies) == set(found)
    s3 = boto3.client("s3")
    for name, said in found.items():
        own = said["Properties"]
        assert set(own["PublicAccessBlockConfiguration"].values()) == {True}
        s3.put_public_access_block(
            Bucket=filled(own["BucketName"], {"BucketPrefix": "vendor-ccm"}),
            PublicAccessBlockConfiguration=dict(own["PublicAccessBlockConfiguration"]),
        )
        assert own["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        assert ("LoggingConfiguration" in own) == (name != "AccessLogs")
        made = s3.get_bucket_encryption(Bucket=filled(own["BucketName"], {"BucketPrefix": "vendor-ccm"}))
        (rule,) = made["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] in ("aws:kms", "AES256")
        first = policies[name]["Properties"]["PolicyDocument"]["Statement"][0]
        assert (first["Effect"], first["Principal"], first["Action"]) == ("Deny", "*", "s3:*")
        assert first["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert first["Resource"] == [{"Fn::GetAtt": [name, "Arn"]}, {"Fn::Sub": f"${{{name}.Arn}}/*"}]
    assert "VersioningConfiguration" not in found["RegistryBucket"]["Properties"]
    assert found["PracticesBucket"]["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}


def test_the_run_database_is_doubled_encrypted_kept_and_not_public(settings: Path):
    (made,) = boto3.client("rds").describe_db_instances()["DBInstances"]
    assert (made["Engine"], made["MultiAZ"], made["StorageEncrypted"], made["PubliclyAccessible"]) == (
        "postgres",
        True,
        True,
        False,
    )
    assert made["BackupRetentionPeriod"] == 14
    said = resources("database")["Database"]
    assert said["Properties"]["DeletionProtection"] is True
    assert said["DeletionPolicy"] == "Snapshot"


def test_services_run_the_image_with_secrets_by_reference_alone(settings: Path):
    ecs = boto3.client("ecs")
    services = ecs.describe_services(cluster="ccm", services=["server", "workers"])["services"]
    assert sorted((one["serviceName"], one["desiredCount"]) for one in services) == [("server", 1), ("workers", 2)]
    for one in services:
        task = ecs.describe_task_definition(taskDefinition=one["taskDefinition"])["taskDefinition"]
        (container,) = task["containerDefinitions"]
        assert "@sha256:" in container["image"]
        plain = {each["name"] for each in container["environment"]}
        secret = {each["name"] for each in container["secrets"]}
        assert all(each["valueFrom"].startswith("arn:aws:secretsmanager:") for each in container["secrets"])
        assert not any(("KEY" in name and name != "CCM_KMS_KEY") or "PASSWORD" in name for name in plain)
        assert secret & {"CCM_REGISTRY_KEY", "PREFECT_SERVER_DATABASE_PASSWORD"}


def test_every_alarm_says_what_to_do_and_reaches_the_ops_topic(settings: Path):
    """moto makes no alarm of a stack, so it is given each by CloudWatch's own call, which refuses what is no alarm."""
    (topic,) = boto3.client("sns").list_topics()["Topics"]
    cloudwatch = boto3.client("cloudwatch")
    for said in resources("alarms", "AWS::CloudWatch::Alarm").values():
        own = filled(said["Properties"], {"Topic": topic["TopicArn"], "Workers": "2"})
        cloudwatch.put_metric_alarm(**own | {"Threshold": float(own["Threshold"])})
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} == {topic["TopicArn"]}
    assert all("RUNBOOK.md, " in alarm["AlarmDescription"] for alarm in alarms)
    silent = {alarm["AlarmName"] for alarm in alarms if alarm["TreatMissingData"] == "breaching"}
    assert silent >= {"ccm-fewer-workers", "ccm-no-server"}, "what is gone reports nothing"
    counted = resources("alarms", "AWS::Logs::MetricFilter")["FailedRunsCounted"]["Properties"]["MetricTransformations"][0]
    assert (counted["MetricNamespace"], counted["MetricName"]) in {(alarm["Namespace"], alarm["MetricName"]) for alarm in alarms}
