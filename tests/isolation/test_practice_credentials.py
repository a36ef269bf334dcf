"""What a practice's credentials reach: everything the month needs below its own prefix, and nothing else whatever is tried."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flows.practice_access import policy, policy_template, practice_session
from flows.settings import Settings, SettingsError, from_environment
from flows.store import RegistryStore, Store, StoreError, UnsafeKey, client
from tests.isolation.server import ROLE, Guarded, guarded_s3

OTHERS = [
    "south/inbox/a",
    "north-east/inbox/a",
    "nort/a",
    "registry/a",
    "a",
    "/north/a",
    "North/a",
    "north",
    "%6eorth/a",
    "n\u043erth/a",
]


@pytest.fixture(scope="module")
def guarded() -> Iterator[Guarded]:
    with guarded_s3(["north", "south", "north-east"]) as both:
        s3 = both.boto("s3")
        for key in (*OTHERS, "north/inbox/a", "north/inbox/b"):
            s3.put_object(Bucket="practices", Key=key, Body=b"of another")
        s3.put_object(Bucket="registry-bucket", Key="registry/known", Body=b"{}")
        yield both


@pytest.fixture(params=["ccm-practice", "wide"])
def north(request: pytest.FixtureRequest, guarded: Guarded) -> Settings:
    """A worker's settings: once with the role's own policy narrow, once with the session policy alone narrowing a wide role."""
    return replace(guarded.worker, practice_role=ROLE.format(kind=request.param))


@pytest.fixture(scope="module")
def store(guarded: Guarded) -> Store:
    return Store(guarded.worker, "north")


def raw(own: Settings, practice: str = "north") -> Any:
    """A client that goes past ``Store``, as code that is not ours would, with the practice's credentials."""
    session = boto3.session.Session(botocore_session=practice_session(own, practice))
    return session.client("s3", endpoint_url=own.endpoint, region_name="us-east-1")


def attempts(s3: Any, key: str, version: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Every way to an object of another: each is to be refused."""
    there, own = {"Bucket": "practices", "Key": key}, {"Bucket": "practices", "Key": "north/taken"}
    source = {"Bucket": "practices", "Key": key}
    yield "read", lambda: s3.get_object(**there)
    yield "read a version", lambda: s3.get_object(**there, VersionId=version)
    yield "head", lambda: s3.head_object(**there)
    yield "tags", lambda: s3.get_object_tagging(**there)
    yield "acl", lambda: s3.get_object_acl(**there)
    yield "write", lambda: s3.put_object(**there, Body=b"mine")
    yield "write where none", lambda: s3.put_object(**there | {"Key": key + "new"}, Body=b"mine", IfNoneMatch="*")
    yield "share", lambda: s3.put_object_acl(**there, ACL="public-read")
    yield "delete", lambda: s3.delete_object(**there)
    yield "delete a version", lambda: s3.delete_object(**there, VersionId=version)
    yield "copy from", lambda: s3.copy_object(**own, CopySource=source)
    yield "copy a version from", lambda: s3.copy_object(**own, CopySource=source | {"VersionId": version})
    yield "copy to", lambda: s3.copy_object(**there, CopySource={"Bucket": "practices", "Key": "north/inbox/a"})
    yield "multipart", lambda: s3.create_multipart_upload(**there)
    yield "part copied from", lambda: s3.upload_part_copy(**own, CopySource=source, UploadId="none", PartNumber=1)
    yield "list", lambda: s3.list_objects_v2(Bucket="practices", Prefix=key.rpartition("/")[0])
    yield "list as version 1", lambda: s3.list_objects(Bucket="practices", Prefix=key)


def whole(s3: Any) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Ways to more than one object, and to the registry's."""
    bucket, registry = {"Bucket": "practices"}, {"Bucket": "registry-bucket"}
    yield "list all", lambda: s3.list_objects_v2(**bucket)
    yield "list by an empty prefix", lambda: s3.list_objects_v2(**bucket, Prefix="")
    yield "list what begins alike", lambda: s3.list_objects_v2(**bucket, Prefix="north")
    yield "list versions", lambda: s3.list_object_versions(**bucket, Prefix="south/")
    yield "list uploads", lambda: s3.list_multipart_uploads(**bucket)
    yield "list buckets", lambda: s3.list_buckets()
    yield "delete many", lambda: each_refused(s3.delete_objects(**bucket, Delete={"Objects": [{"Key": "south/inbox/a"}]}))
    yield "delete one's own", lambda: s3.delete_object(**bucket, Key="north/inbox/a")
    yield "the bucket's policy", lambda: s3.get_bucket_policy(**bucket)
    yield "another policy", lambda: s3.put_bucket_policy(**bucket, Policy="{}")
    yield "no versioning", lambda: s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Suspended"})
    yield "delete the bucket", lambda: s3.delete_bucket(**bucket)
    yield "list the registry", lambda: s3.list_objects_v2(**registry)
    yield "list the registry's prefix", lambda: s3.list_objects_v2(**registry, Prefix="registry/")
    yield "the registry's versions", lambda: s3.list_object_versions(**registry, Prefix="registry/")
    yield "delete from the registry", lambda: s3.delete_object(**registry, Key="registry/known")
    yield "beside the registry", lambda: s3.put_object(**registry, Key="other", Body=b"")


def each_refused(answer: dict[str, Any]) -> None:
    """A deletion of many is answered with a 200 that says of each whether it was refused."""
    if {error["Code"] for error in answer.get("Errors", ())} == {"AccessDenied"} and not answer.get("Deleted"):
        raise ClientError({"ResponseMetadata": {"HTTPStatusCode": 403}}, "DeleteObjects")


def inventory(guarded: Guarded) -> list[tuple[str, str, str]]:
    s3 = guarded.boto("s3")
    versions = [v for name in ("practices", "registry-bucket") for v in s3.list_object_versions(Bucket=name)["Versions"]]
    return sorted((version["Key"], version["VersionId"], version["ETag"]) for version in versions)


def test_nothing_outside_the_prefix_can_be_read_listed_written_copied_or_deleted(guarded: Guarded, north: Settings):
    before = inventory(guarded)
    versions = {key: version for key, version, _ in before}
    s3 = raw(north)
    tried = [(f"{key}: {name}", act) for key in OTHERS for name, act in attempts(s3, key, versions[key])]
    wrong = []
    for name, act in [*tried, *whole(s3)]:
        try:
            act()
            wrong.append(f"{name}: allowed")
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 403:
                wrong.append(f"{name}: {error.response['Error']['Code']}")
    assert wrong == []
    assert len(tried) == 17 * len(OTHERS)
    assert inventory(guarded) == before


def test_each_of_these_is_something_that_its_owner_may_do(guarded: Guarded):
    s3 = guarded.boto("s3")
    s3.put_object(Bucket="practices", Key="north/inbox/a", Body=b"")
    for name, act in attempts(s3, "tried/a", s3.put_object(Bucket="practices", Key="tried/a", Body=b"")["VersionId"]):
        try:
            act()
        except ClientError as error:  # some are gone after the deletions, and the upload does not exist
            assert error.response["ResponseMetadata"]["HTTPStatusCode"] != 403, name


def test_the_worker_itself_and_a_stranger_reach_nothing(guarded: Guarded):
    bare = client(replace(guarded.worker, practice_role=""))
    with pytest.raises(ClientError, match="AccessDenied"):
        bare.get_object(Bucket="practices", Key="north/inbox/a")
    forged = replace(guarded.worker, secret_key="not-the-worker's")
    with pytest.raises(StoreError, match="CCM_PRACTICE_ROLE") as raised:
        Store(forged, "north").check()
    assert "not-the" not in str(raised.value)


def test_what_a_month_needs_is_allowed_and_encrypted_with_the_practice_s_key(guarded: Guarded, north: Settings):
    store, registry = Store(north, "north"), RegistryStore(north, "north")
    run = north.practice_role[31:35]  # the two cases leave different objects
    store.check()
    store.put("inbox/c", b"mine")
    store.put_new(f"packets/{run}", b"mine")
    assert {"inbox/a", "inbox/b", "inbox/c"} <= {found.key for found in store.list("inbox/")}
    assert store.read("inbox/c") == b"mine"
    assert store.find("packets/none") is None, "S3 says forbidden of what is missing; the list says which"
    assert guarded.boto("s3").head_object(Bucket="practices", Key="north/inbox/c")["SSEKMSKeyId"] == "alias/ccm-north"
    name = f"claim-{run}"
    with pytest.raises(StoreError, match="AccessDenied"):
        registry.find(name)
    data, tag = registry.find(name, b"blank")
    assert data == b"blank"
    registry.replace(name, b"held", tag)
    assert registry.find(name, b"blank")[0] == b"held"


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["..", ".", "%2e%2e", "south", "․․", "a.", "\u202e", "/", "%2f", "..;"])).map("/".join)
)
@example("../south/inbox/a")
@example("..%2fsouth/inbox/a")
@example("․․/south/inbox/a")
@example("．．／south/inbox/a")
@example("a\u0000b")
@example("inbox/a...")
@example("inbox/a ")
@example("")
@settings(max_examples=50, deadline=None)
def test_a_key_is_refused_or_stays_below_the_prefix_as_it_is(guarded: Guarded, store: Store, key: str):
    s3 = guarded.boto("s3")
    before = {found["Key"] for found in s3.list_objects_v2(Bucket="practices")["Contents"]}
    try:
        store.put(key, b"x")
    except UnsafeKey:
        added = set()
    else:
        added = {f"north/{key}"}
    assert {found["Key"] for found in s3.list_objects_v2(Bucket="practices")["Contents"]} == before | added


@pytest.mark.parametrize(
    "slug", ["registry", "", "*", "north/*", "nort?", "${Slug}", "{practice}", "n\u043erth", "../south", 'a","b']
)
def test_a_slug_cannot_widen_the_policy(guarded: Guarded, slug: str):
    with pytest.raises(UnsafeKey):
        Store(guarded.worker, slug)


def test_the_policy_grants_four_actions_on_four_places_and_has_no_placeholder_left():
    own = Settings(
        bucket="b", registry_bucket="r", practice_role="arn:aws-us-gov:iam::1:role/x-{practice}", kms_key="alias/k/{practice}"
    )
    told = policy(own, "north")
    assert "${" not in json.dumps(told)
    granted = {(action, resource) for s in told["Statement"] for action in s["Action"] for resource in s["Resource"]}
    assert {s["Effect"] for s in told["Statement"]} == {"Allow"}
    assert granted == {
        ("s3:GetObject", "arn:aws-us-gov:s3:::b/north/*"),
        ("s3:PutObject", "arn:aws-us-gov:s3:::b/north/*"),
        ("s3:ListBucket", "arn:aws-us-gov:s3:::b"),
        ("s3:GetObject", "arn:aws-us-gov:s3:::r/registry/*"),
        ("s3:PutObject", "arn:aws-us-gov:s3:::r/registry/*"),
        ("kms:Decrypt", "arn:aws-us-gov:kms:*:*:key/*"),
        ("kms:GenerateDataKey", "arn:aws-us-gov:kms:*:*:key/*"),
    }
    apart = {r for s in policy(replace(own, work_bucket="w"), "north")["Statement"] for r in s["Resource"]}
    assert apart - {resource for _, resource in granted} == {"arn:aws-us-gov:s3:::w", "arn:aws-us-gov:s3:::w/north/*"}
    conditions = [s["Condition"] for s in told["Statement"] if "Condition" in s]
    assert conditions == [
        {"StringLike": {"s3:prefix": ["north/*"]}},
        {"ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/k/north"]}},
    ]
    assert len(json.dumps(told, separators=(",", ":"))) < 2048, "the longest session policy that STS takes"
    assert [s["Sid"] for s in policy_template()["Statement"]] == ["OwnObjects", "OwnList", "Registry", "OwnKey"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CCM_PRACTICE_ROLE", "arn:aws:iam::123456789012:role/ccm"),
        ("CCM_PRACTICE_ROLE", "ccm-practice-{practice}"),
        ("CCM_KMS_KEY", "alias/ccm"),
        ("CCM_KMS_KEY", "{practice}"),
        ("CCM_STS_ENDPOINT", "localhost:9000"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str):
    with pytest.raises(SettingsError, match=name) as raised:
        from_environment({"CCM_BUCKET": "b", name: value})
    assert "set" in str(raised.value) and "\n" not in str(raised.value)


def test_one_client_asks_for_every_practices_role(guarded: Guarded, monkeypatch: pytest.MonkeyPatch):
    made: list[str] = []
    create = Session.create_client

    def counted(session: Session, service: str, *given: Any, **more: Any) -> Any:
        made.append(service)
        return create(session, service, *given, **more)

    monkeypatch.setattr(Session, "create_client", counted)
    own = replace(guarded.worker, region="us-west-2")  # nobody has asked with these settings yet
    for slug in ("north", "south", "north-east"):
        Store(own, slug).list("inbox/")
    assert Counter(made) == {"s3": 3, "sts": 1}
