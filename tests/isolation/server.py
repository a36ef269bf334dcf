"""The strict S3 as a process, with two practices' roles and a vendor who may do anything."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3

from flows.practice_access import policy
from flows.settings import Settings

ROOT = Path(__file__).parents[2]
ROLE = "arn:aws:iam::123456789012:role/{kind}-{{practice}}"  # kinds: ccm-practice (its own prefix), wide (anything)
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
WORKER = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}


@dataclass(frozen=True)
class Guarded:
    """Settings of the vendor (who may do anything) and of a worker, who may do nothing but assume practices' roles."""

    vendor: Settings
    worker: Settings

    def boto(self, service: str) -> Any:
        """A client with the vendor's rights."""
        keys = {"aws_access_key_id": self.vendor.access_key, "aws_secret_access_key": self.vendor.secret_key}
        return boto3.client(service, endpoint_url=self.vendor.endpoint, region_name="us-east-1", **keys)


@contextmanager
def guarded_s3(slugs: list[str], log: Path | None = None) -> Iterator[Guarded]:
    """The server with its authorization on, a role for each slug, a bucket for the practices and one for the registry."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (log or Path("/dev/null")).open("wb") as out:
        command = [sys.executable, "-m", "tests.isolation.strict_s3", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=out, stderr=out)
        try:
            yield _set_up(server, f"http://127.0.0.1:{port}", slugs)
        finally:
            server.kill()
            server.wait(10)


def _set_up(server: subprocess.Popen[bytes], endpoint: str, slugs: list[str]) -> Guarded:
    base = Settings(
        bucket="practices",
        registry_bucket="registry-bucket",
        registry_key=bytes(range(32)),
        endpoint=endpoint,
        sts_endpoint=endpoint,
        practice_role=ROLE.format(kind="ccm-practice"),
        kms_key="alias/ccm-{practice}",
        tenants=ROOT / "tenants",
        access_key="before",
        secret_key="before",
    )
    opened = Guarded(base, base)
    _await(server, int(endpoint.rpartition(":")[2]))
    iam, s3 = opened.boto("iam"), opened.boto("s3")
    for bucket in (base.bucket, base.registry_bucket):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=base.bucket, VersioningConfiguration={"Status": "Enabled"})
    keys = []
    for name, rights in (("vendor", ANYTHING), ("worker", WORKER)):
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=json.dumps(rights))
        keys.append(iam.create_access_key(UserName=name)["AccessKey"])
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::123456789012:user/worker"}}
    for slug in slugs:
        for kind, rights in (("ccm-practice", policy(base, slug)), ("wide", ANYTHING)):
            name = f"{kind}-{slug}"
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
            iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=json.dumps(rights))
    switch = urllib.request.Request(f"{endpoint}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"})
    urllib.request.urlopen(switch, timeout=10).close()
    vendor, worker = (replace(base, access_key=key["AccessKeyId"], secret_key=key["SecretAccessKey"]) for key in keys)
    return Guarded(replace(vendor, practice_role="", kms_key=""), worker)


def _await(server: subprocess.Popen[bytes], port: int) -> None:
    while server.poll() is None:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        time.sleep(0.05)
    raise RuntimeError("the S3 server ended before it listened")
