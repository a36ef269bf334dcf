"""An AWS account in moto, with what must be there before the stacks, and the templates as data.

What moto cannot do, so that no test here shows it: it makes nothing of the kinds in NOT_MADE; of AWS::S3::Bucket it takes the
encryption alone, so the lock is put to a bucket by S3's own call with the template's properties, as alarms are to CloudWatch;
it does not know an access point's id, resolves no secret in a database's password and takes neither its deletion protection nor
its groups; it says "updated" where AWS says that nothing changed; nothing is encrypted, no lifecycle runs, no bucket policy acts.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from cfnlint.decode import decode
from moto import mock_aws

from infra import stacks

NOT_MADE = {
    "AWS::S3::BucketPolicy",
    "AWS::SecretsManager::Secret",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::Backup::BackupVault",
    "AWS::Backup::BackupPlan",
    "AWS::Backup::BackupSelection",
    "AWS::Logs::MetricFilter",
    "AWS::CloudWatch::Alarm",
}


@contextmanager
def account(folder: Path, monkeypatch: Any) -> Iterator[Path]:
    """An empty account with a network, a certificate and the secrets that moto makes of no stack; its settings file."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "trial")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        ec2 = boto3.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        certificate = boto3.client("acm").request_certificate(DomainName="ccm.vendor.example")["CertificateArn"]
        secret = boto3.client("secretsmanager").create_secret
        held = {
            "VpcId": vpc,
            "PrivateSubnets": ",".join(subnets),
            "CertificateArn": certificate,
            "DatabaseSecretArn": secret(Name="ccm/database", SecretString="x")["ARN"],
            "BoardSecretArn": secret(Name="ccm/board", SecretString="x")["ARN"],
            "RegistryKeySecretArn": secret(Name="ccm/registry-key", SecretString="x")["ARN"],
            "LeasesFolder": "fsap-0123456789abcdef0",
        }
        example = (stacks.HOME / "example.toml").read_text(encoding="utf-8").splitlines()
        kept = [line for line in example if line.partition(" ")[0] not in held]
        settings = folder / "settings.toml"
        settings.write_text("\n".join([*kept, *(f'{name} = "{value}"' for name, value in held.items())]), encoding="utf-8")
        yield settings


def template(name: str) -> dict[str, Any]:
    """A template as data, with its functions in their long form."""
    told, faults = decode(str(stacks.HOME / f"{name}.yaml"))
    assert not faults
    return told


def resources(name: str, kind: str = "") -> dict[str, dict[str, Any]]:
    """A template's resources, or those of one kind."""
    return {key: said for key, said in template(name)["Resources"].items() if kind in ("", said["Type"])}


def inline_policy(role: str, policy: str) -> dict[str, Any]:
    """A role's inline policy; moto keeps one that a stack made as Python's text of it."""
    held = boto3.client("iam").get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    read: dict[str, Any] = ast.literal_eval(held) if isinstance(held, str) else held
    return read


def filled(value: Any, parameters: dict[str, str]) -> Any:
    """Properties with their parameters in place: Ref and Sub of parameters alone."""
    if isinstance(value, list):
        return [filled(each, parameters) for each in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["Ref"]:
        return parameters.get(value["Ref"], f"${{{value['Ref']}}}")
    if list(value) == ["Fn::Sub"]:
        text = value["Fn::Sub"]
        for name, said in parameters.items():
            text = text.replace(f"${{{name}}}", said)
        return text
    return {key: filled(each, parameters) for key, each in value.items()}
