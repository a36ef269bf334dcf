"""Settings from the environment, read once at a front door and passed on.

Nothing else in the product reads it, but for the switch of the documents' caches (``CCM_LAYOUT_CACHES``), which each process
that renders reads for itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

_KEY_BYTES = 32
PRACTICE = "{practice}"  # stands for the slug in CCM_PRACTICE_ROLE and CCM_KMS_KEY
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/{}-]+")


class SettingsError(Exception):
    """A setting that is missing or unusable; the text is one line that says which and how to mend it."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The text, as every set-up error gives it."""
        return (str(self),)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the storage is and where the tenants are. Keys are empty where the machine's own AWS identity is to be used.

    ``processes`` is how many processes render documents. ``registry_bucket`` holds the vendor-wide registry of claimed
    patient-months, the practices' own bucket where empty; ``registry_key`` is its secret key, empty where none is set.
    ``work_bucket`` holds what lies below ``work/`` of a prefix, transient results of an unfinished month; also where empty.
    ``practice_role`` is the ARN of the role that a practice's runs assume, ``kms_key`` the key that their writes are encrypted
    with; each holds ``{practice}``, and is empty where there is none.
    """

    bucket: str
    endpoint: str = ""  # empty: AWS itself
    region: str = "us-east-1"
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    tenants: Path = Path("tenants")
    processes: int = 1
    registry_bucket: str = ""
    work_bucket: str = ""
    registry_key: bytes = field(default=b"", repr=False)
    practice_role: str = ""
    kms_key: str = ""
    sts_endpoint: str = ""  # empty: AWS itself

    @property
    def place(self) -> str:
        """Endpoint and bucket in words, for a message; never a key."""
        return f"bucket {self.bucket!r} at {self.endpoint or 'AWS ' + self.region}"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Read the ``CCM_*`` variables. Raises SettingsError naming the variable and how to mend it."""
    bucket = environment.get("CCM_BUCKET", "").strip()
    if not bucket:
        raise SettingsError("CCM_BUCKET: not set; set it to the S3 bucket that holds the practices' inboxes")
    endpoint = environment.get("CCM_S3_ENDPOINT", "").strip()
    sts_endpoint = environment.get("CCM_STS_ENDPOINT", "").strip()
    for name, address in (("CCM_S3_ENDPOINT", endpoint), ("CCM_STS_ENDPOINT", sts_endpoint)):
        if address:
            _check_endpoint(name, address)
    access, secret = environment.get("CCM_S3_ACCESS_KEY", ""), environment.get("CCM_S3_SECRET_KEY", "")
    if bool(access) != bool(secret):
        raise SettingsError(
            "CCM_S3_ACCESS_KEY, CCM_S3_SECRET_KEY: only one is set; set both, or neither to use the machine's AWS identity"
        )
    return Settings(
        bucket=bucket,
        endpoint=endpoint,
        region=environment.get("CCM_S3_REGION", "").strip() or "us-east-1",
        access_key=access,
        secret_key=secret,
        tenants=tenants_folder(environment),
        processes=_processes(environment.get("CCM_PROCESSES", "").strip()),
        registry_bucket=environment.get("CCM_REGISTRY_BUCKET", "").strip(),
        work_bucket=environment.get("CCM_WORK_BUCKET", "").strip(),
        registry_key=_registry_key(environment.get("CCM_REGISTRY_KEY", "").strip()),
        practice_role=_practice_role(environment.get("CCM_PRACTICE_ROLE", "").strip()),
        kms_key=_kms_key(environment.get("CCM_KMS_KEY", "").strip()),
        sts_endpoint=sts_endpoint,
    )


def tenants_folder(environment: Mapping[str, str]) -> Path:
    """The folder of tenant folders: ``CCM_TENANTS``, or ``tenants`` below the working directory."""
    return Path(environment.get("CCM_TENANTS", "").strip() or "tenants")


def _check_endpoint(name: str, endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise SettingsError(f"{name}: not an address like http://127.0.0.1:9000 (no user or password in it); correct or unset it")


def _processes(text: str) -> int:
    if not text:
        return max(1, min(4, os.cpu_count() or 1))
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise SettingsError("CCM_PROCESSES: must be a whole number from 1 to 64; correct or unset it")
    return int(text)


def _practice_role(text: str) -> str:
    if text and (PRACTICE not in text or not _ROLE.fullmatch(text)):
        raise SettingsError(
            f"CCM_PRACTICE_ROLE: not a role's ARN with {PRACTICE} in it, like "
            f"arn:aws:iam::123456789012:role/ccm-practice-{PRACTICE}; correct or unset it"
        )
    return text


def _kms_key(text: str) -> str:
    if text and (PRACTICE not in text or not re.fullmatch(r"alias/[\w/{}-]+", text)):
        raise SettingsError(
            f"CCM_KMS_KEY: not a key's alias with {PRACTICE} in it, like alias/ccm-{PRACTICE}: a key for each practice; "
            "correct or unset it"
        )
    return text


def _registry_key(text: str) -> bytes:
    """The key's bytes; ``file:PATH`` names a file that holds it, as a secrets manager mounts one. No message repeats either."""
    if text.startswith("file:"):
        try:
            text = Path(text.removeprefix("file:")).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            raise SettingsError("CCM_REGISTRY_KEY: the file it names cannot be read as text; correct file:PATH") from None
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b"?"
    if key and len(key) < _KEY_BYTES:
        raise SettingsError("CCM_REGISTRY_KEY: must be 64 or more hexadecimal digits, or file:PATH of a file that holds them")
    return key
