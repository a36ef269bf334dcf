"""What a practice's run may reach in AWS, and the short-lived credentials that reach no further.

``practice_policy.json`` is the one place where the rights are written, with the placeholders of a CloudFormation template. It
is the session policy of every run, and the identity policy of each practice's role must hold the same statements. It grants no
delete, no listing of the registry and nothing of another practice.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache, partial
from importlib.resources import files
from typing import Any

from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, CredentialProvider, Credentials, DeferredRefreshableCredentials
from botocore.loaders import Loader, create_loader
from botocore.session import Session

from flows.settings import PRACTICE, Settings

_AT_ONCE = 16  # practices whose roles are asked for together
_SECONDS = 3600  # botocore renews a quarter of an hour before the end; the longest that an assumed role may give another


@cache
def _descriptions() -> Loader:
    return create_loader(Session().get_config_variable("data_path"))


def plain_session() -> Session:
    """A botocore session that shares what it reads of AWS's services with all others: a client costs 11 ms so, and 96 else."""
    session = Session()
    session.register_component("data_loader", _descriptions())
    return session


def policy_template() -> dict[str, Any]:
    """The policy with its placeholders: AWS::Partition, Bucket, RegistryBucket, WorkBucket, Slug."""
    told: dict[str, Any] = json.loads(files("flows").joinpath("practice_policy.json").read_text(encoding="utf-8"))
    return told


def policy(settings: Settings, practice: str) -> dict[str, Any]:
    """The policy for one practice's run, in the partition that the role's ARN names and with the key that writes carry.

    Without a key no statement speaks of one: a gateway that has no keys takes no such policy.
    """
    template = policy_template()
    template["Statement"] = [told for told in template["Statement"] if settings.kms_key or told["Sid"] != "OwnKey"]
    text = json.dumps(template, separators=(",", ":"))
    if settings.kms_key:
        text = text.replace("alias/ccm-${Slug}", settings.kms_key.replace(PRACTICE, "${Slug}"))
    for name, value in (
        ("AWS::Partition", settings.practice_role.split(":")[1]),
        ("Bucket", settings.bucket),
        ("RegistryBucket", settings.registry_bucket or settings.bucket),
        ("WorkBucket", settings.work_bucket or settings.bucket),
        ("Slug", practice),
    ):
        text = text.replace(f"${{{name}}}", value)
    filled: dict[str, Any] = json.loads(text)
    return filled


@lru_cache(maxsize=1)
def _asked_with(settings: Settings) -> Credentials:
    """The vendor's own credentials, looked up once for all practices; botocore renews those that end."""
    if settings.access_key:
        return Credentials(settings.access_key, settings.secret_key)
    return plain_session().get_credentials() or Credentials("", "")


@lru_cache(maxsize=1)
def _asking(settings: Settings, service: str, **keys: str) -> Any:
    """The client that asks for practices' roles, one for all while its ``keys`` hold: each costs as much as a practice's own."""
    return plain_session().create_client(
        service,
        endpoint_url=settings.sts_endpoint or None,
        region_name=settings.region,
        config=Config(
            retries={"mode": "standard", "max_attempts": 4}, connect_timeout=5, read_timeout=30, max_pool_connections=_AT_ONCE
        ),
        **keys,
    )


def practice_session(settings: Settings, practice: str) -> Session:
    """A botocore session that assumes the practice's role at its first request and again before that ends."""
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=partial(_asking, settings),
        source_credentials=_asked_with(settings),
        role_arn=settings.practice_role.replace(PRACTICE, practice),
        extra_args={
            "RoleSessionName": f"ccm-{practice}",
            "Policy": json.dumps(policy(settings, practice), separators=(",", ":")),
            "DurationSeconds": _SECONDS,
        },
    )
    session = plain_session()
    provider = _Assumed(DeferredRefreshableCredentials(fetcher.fetch_credentials, _Assumed.METHOD))
    session.get_component("credential_provider").insert_before("env", provider)
    return session


def encryption(settings: Settings, practice: str) -> dict[str, str]:
    """What a practice's writes say of their encryption: its own key, or nothing where none is set and the bucket decides."""
    if not settings.kms_key:
        return {}
    return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": settings.kms_key.replace(PRACTICE, practice)}


class _Assumed(CredentialProvider):
    """The practice's credentials, before any that the machine has."""

    METHOD = "ccm-practice-role"

    def __init__(self, assumed: DeferredRefreshableCredentials) -> None:
        self._assumed = assumed

    def load(self) -> DeferredRefreshableCredentials:
        return self._assumed
