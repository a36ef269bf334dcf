"""The same attempts on a real gateway, which evaluates conditions, session policies and copies' sources by itself.

With CCM_CEPH=1 and Ceph's daemons from the system's packages (radosgw, ceph-mon, ceph-osd, ceph-mgr). It has no KMS, and its own
``--caps`` in place of an account's policies; everything else of ``practice_policy.json`` is enforced here as it is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from flows.practice_access import policy
from flows.settings import Settings
from flows.store import RegistryStore, Store, StoreError
from tests.isolation.ceph import ceph_gateway
from tests.isolation.test_practice_credentials import OTHERS, attempts, raw, whole

pytestmark = pytest.mark.skipif(os.environ.get("CCM_CEPH") != "1", reason="starts a Ceph gateway: CCM_CEPH=1")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Settings, Settings]]:
    """The vendor's settings and a worker's."""
    folder: Path = tmp_path_factory.mktemp("gateway") / "ceph"
    with ceph_gateway(folder) as (endpoint, admin):
        made = []
        for name in ("vendor", "worker"):
            (keys,) = admin("user", "create", "--uid", name, "--display-name", name)["keys"]
            common = {"bucket": "practices", "registry_bucket": "registry-bucket", "endpoint": endpoint, "sts_endpoint": endpoint}
            role = "arn:aws:iam:::role/ccm-practice-{practice}" if name == "worker" else ""
            secrets = {"access_key": keys["access_key"], "secret_key": keys["secret_key"]}
            made.append(Settings(**common, **secrets, practice_role=role))
        vendor, worker = made
        trust = {"Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"AWS": ["arn:aws:iam:::user/worker"]}}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        admin("role", "create", "--role-name", "ccm-practice-north", "--assume-role-policy-doc", document)
        rights = ["--policy-name", "own", "--policy-doc", json.dumps(policy(worker, "north"))]
        admin("role-policy", "put", "--role-name", "ccm-practice-north", *rights)
        yield vendor, worker


def test_a_real_gateway_refuses_whatever_lies_outside_the_prefix(gateway: tuple[Settings, Settings]):
    vendor, worker = gateway
    keys = {"aws_access_key_id": vendor.access_key, "aws_secret_access_key": vendor.secret_key}
    s3 = boto3.client("s3", endpoint_url=vendor.endpoint, region_name="us-east-1", **keys)
    for bucket in ("practices", "registry-bucket"):
        s3.create_bucket(Bucket=bucket)
    s3.put_bucket_versioning(Bucket="practices", VersioningConfiguration={"Status": "Enabled"})
    others = [key for key in OTHERS if not key.startswith("/")]
    versions = {key: s3.put_object(Bucket="practices", Key=key, Body=b"of another")["VersionId"] for key in others}
    s3.put_object(Bucket="practices", Key="north/inbox/a", Body=b"mine")
    s3.put_object(Bucket="registry-bucket", Key="registry/known", Body=b"{}")
    practice = raw(worker)
    tried = [(f"{key}: {name}", act) for key in others for name, act in attempts(practice, key, versions[key])]
    allowed = []
    for name, act in [*tried, *whole(practice)]:
        try:
            act()
            allowed.append(name)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                allowed.append(f"{name}: {error.response['Error']['Code']}")
    assert allowed == []
    store, registry = Store(worker, "north"), RegistryStore(worker, "north")
    store.put_new("packets/1", b"one")
    assert [found.key for found in store.list("packets/")] == ["packets/1"]
    assert store.find("packets/2") is None
    assert store.read("inbox/a") == b"mine"
    with pytest.raises(StoreError, match="AccessDenied"):
        registry.find("new")
    data, tag = registry.find("new", b"blank")
    registry.replace("new", b"held", tag)
    assert (data, registry.find("new", b"blank")[0]) == (b"blank", b"held")
