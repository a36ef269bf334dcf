"""Objects in S3: the only room that knows boto3. A Store cannot reach outside its practice's prefix, nor into the registry's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import category

import boto3
from botocore.config import Config

from flows.practice_access import encryption, plain_session, practice_session
from flows.settings import Settings
from flows.storage_answer import (
    CONFLICTS,
    FORBIDDEN,
    MISSING,
    Failures,
    StoreError,
    object_in_parts,
    refused,
    tried_again,
    whole_object,
)

__all__ = [
    "AlreadyThere",
    "Listed",
    "RegistryStore",
    "Replaced",
    "Store",
    "StoreError",
    "UnsafeKey",
    "checked_key",
    "client",
    "prefix_of",
]

_SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}\Z")
_PART = 8 << 20  # bytes: a longer object is read in parts, so that what breaks off is not all read again
_CONNECTIONS = 16  # kept open by a client: as many threads as use one at once
WORK = "work/"  # transient results: below it lies what the next run may take and nobody else needs
REGISTRY = "registry"  # the prefix of the vendor-wide registry, which no practice may be named after


class AlreadyThere(Exception):
    """A conditional write found the object already written."""


class Replaced(Exception):
    """A conditional overwrite found the object changed since it was read."""


_UNSAFE = "has an empty, '.' or '..' part, a backslash or a control character, or is too long"


class UnsafeKey(Exception):
    """A key that could leave the practice's prefix. The text does not repeat the key: it may hold anything."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The text, as every set-up error gives it."""
        return (str(self),)


@dataclass(frozen=True, slots=True)
class Listed:
    """An object found: its key below the practice's prefix, its version (or ETag where unversioned), its size in bytes."""

    key: str
    version: str
    size: int


class Store:
    """The objects of one practice. Every key given or returned is relative to ``<practice>/``."""

    def __init__(self, settings: Settings, practice: str, shared: Any = None) -> None:
        """Bind to a practice. Raises UnsafeKey where ``practice`` is not a slug; makes no connection yet.

        ``shared`` is a client that reaches several practices, where one looks at hundreds: making a client takes 11 ms.
        """
        self._settings, self._prefix = settings, prefix_of(practice)
        self._s3 = client(settings, practice) if shared is None else shared
        self._kms = encryption(settings, practice)

    def list(self, prefix: str) -> tuple[Listed, ...]:
        """Every object whose key begins with ``prefix`` (as text), by key. Folder markers (keys ending in /) are left out."""
        if prefix:
            checked_key(prefix.removesuffix("/"))
        found: list[Listed] = []
        with self._failures("list the inbox"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket(prefix), Prefix=self._prefix + prefix)
            for page in pages:
                for item in page.get("Contents", ()):
                    key = item["Key"][len(self._prefix) :]
                    if not key.endswith("/"):
                        found.append(Listed(key, item["ETag"].strip('"'), item["Size"]))
        return tuple(sorted(found, key=lambda item: item.key))

    def folders(self, prefix: str) -> tuple[str, ...]:
        """The names of the folders directly below ``prefix`` (which ends in /), by name, without looking into them."""
        checked_key(prefix.removesuffix("/"))
        found: list[str] = []
        with self._failures("list the folders"):
            pages = self._s3.get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self._settings.bucket, Prefix=self._prefix + prefix, Delimiter="/"):
                found += [item["Prefix"][len(self._prefix + prefix) : -1] for item in page.get("CommonPrefixes", ())]
        return tuple(sorted(found))

    def read(self, key: str, version: str = "") -> bytes:
        """The object's bytes, proved whole. With ``version`` (an ETag as listed), an object replaced since is refused.

        Raises StoreError where there is no such object, it is no longer the one listed, or it does not come whole.
        """
        pinned = {"IfMatch": f'"{version}"'} if version else {}
        with self._failures("read an object"):
            return whole_object(self._s3, **self._at(key), **pinned)[0]

    def stream(self, found: Listed) -> Iterator[bytes]:
        """An object as listed, in parts as they are asked for, each proved whole and all of them the object listed.

        Raises StoreError where it is gone, was replaced since, or does not come whole: at the latest behind its last byte.
        """
        if found.size <= _PART:
            yield self.read(found.key, found.version)
            return
        parts = object_in_parts(*(self._s3, found.size, _PART), **self._at(found.key), IfMatch=f'"{found.version}"')
        with self._failures("read an object"):
            yield from parts

    def check(self) -> None:
        """Raise StoreError where the bucket cannot be reached or the prefix not listed, before any work is begun."""
        with self._failures("open the prefix"):
            for bucket in dict.fromkeys((self._bucket(""), self._bucket(WORK))):
                self._s3.list_objects_v2(Bucket=bucket, Prefix=self._prefix, MaxKeys=1)

    def find(self, key: str) -> bytes | None:
        """The object's bytes, or None where there is no such object.

        To credentials that may list below a prefix alone S3 says of a missing object that it is forbidden; the list then decides.
        """
        try:
            return self.read(key)
        except StoreError as error:
            if refused(error, MISSING) or (refused(error, FORBIDDEN) and key not in {item.key for item in self.list(key)}):
                return None
            raise

    def put(self, key: str, data: bytes) -> None:
        """Write an object, over whatever was there."""
        with self._failures("write an object"):
            self._s3.put_object(**self._at(key), Body=data, **self._kms)

    def put_new(self, key: str, data: bytes) -> None:
        """Write an object that must not exist yet; of several writers exactly one wins. Raises AlreadyThere for the others.

        A write whose answer was lost, so that its second attempt meets its own bytes, has won.
        """
        try:
            with self._failures("write a new object"):
                self._s3.put_object(**self._at(key), Body=data, IfNoneMatch="*", **self._kms)
        except StoreError as error:
            if not refused(error, CONFLICTS):
                raise
            if not (tried_again(error) and self.find(key) == data):
                raise AlreadyThere("the object is already written") from None

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket(key), "Key": self._prefix + checked_key(key)}

    def _bucket(self, key: str) -> str:
        return (key.startswith(WORK) and self._settings.work_bucket) or self._settings.bucket

    def _failures(self, doing: str) -> Failures:
        return Failures(doing, self._settings.place)


class RegistryStore:
    """Small objects below ``registry/`` in the registry's bucket, changed by conditional writes alone and never deleted.

    The bucket must be one whose conditional writes hold: not a versioned one on a Ceph gateway, where they do not.
    """

    def __init__(self, settings: Settings, practice: str = "") -> None:
        """Bind to the registry, with the credentials of ``practice``'s runs where one is named. Makes no connection yet."""
        self._bucket = settings.registry_bucket or settings.bucket
        self._place = replace(settings, bucket=self._bucket).place
        self._s3 = client(settings, practice)

    def find(self, name: str, blank: bytes = b"") -> tuple[bytes, str] | None:
        """The object's bytes and the tag that ``replace`` asks for, or None where there is none. Raises StoreError.

        A practice's run may not list the registry, so S3 says of a missing object that it is forbidden, as of one that its
        rights do not reach. Only a conditional write tells these apart: ``blank`` is then written where nothing is, and found.
        """
        try:
            return self._get(name)
        except StoreError as error:
            if refused(error, MISSING):
                return None
            if not (blank and refused(error, FORBIDDEN)):
                raise
        self._put(name, blank, IfNoneMatch="*")
        return self._get(name)

    def _get(self, name: str) -> tuple[bytes, str]:
        with Failures("read the registry", self._place):
            return whole_object(self._s3, Bucket=self._bucket, Key=self._key(name))

    def put_new(self, name: str, data: bytes) -> None:
        """Write an object that must not exist yet. Raises AlreadyThere for all writers but one."""
        if not self._put(name, data, IfNoneMatch="*"):
            raise AlreadyThere("the registry already has it")

    def replace(self, name: str, data: bytes, tag: str) -> None:
        """Write over the object that was read with ``tag``. Raises Replaced where it has changed since."""
        # Without its quotation marks: a Ceph gateway refuses a write on condition of a quoted tag, S3 takes both.
        if not self._put(name, data, IfMatch=tag.strip('"')):
            raise Replaced("the registry has changed")

    def _put(self, name: str, data: bytes, **condition: str) -> bool:
        try:
            with Failures("write the registry", self._place):
                self._s3.put_object(Bucket=self._bucket, Key=self._key(name), Body=data, **condition)
        except StoreError as error:
            if refused(error, (*CONFLICTS, *MISSING)):
                return False
            raise
        return True

    def _key(self, name: str) -> str:
        return f"{REGISTRY}/{checked_key(name)}"


def client(settings: Settings, practice: str = "") -> Any:
    """A boto3 S3 client with bounded waits and botocore's standard retries. ``settings`` may point at any S3.

    With ``practice``, where its runs have a role of their own, the credentials are the role's: they reach that practice alone.
    Raises StoreError where region, profile or address are none.
    """
    with Failures("begin", settings.place):
        if practice and settings.practice_role:
            session = boto3.session.Session(botocore_session=practice_session(settings, practice))
        else:
            session = boto3.session.Session(
                settings.access_key or None, settings.secret_key or None, botocore_session=plain_session()
            )
        return session.client(
            "s3",
            endpoint_url=settings.endpoint or None,
            region_name=settings.region,
            config=Config(
                retries={"mode": "standard", "max_attempts": 4},
                connect_timeout=5,
                read_timeout=60,
                max_pool_connections=_CONNECTIONS,
                s3={"addressing_style": "path" if settings.endpoint else "auto"},
            ),
        )


def prefix_of(practice: str) -> str:
    """The prefix that a practice's keys begin with. Raises UnsafeKey where ``practice`` is not a slug."""
    if not _SLUG.match(practice) or practice == REGISTRY:
        raise UnsafeKey(f"the practice is not a slug of 2-40 lower-case letters, digits and dashes, other than {REGISTRY}")
    return f"{practice}/"


def checked_key(key: str) -> str:
    """The key itself, once it cannot escape a prefix: no leading slash, no empty, ``.`` or ``..`` part, no backslash, no
    control character, at most 900 bytes. Raises UnsafeKey."""
    unsafe_part = any(part in ("", ".", "..") for part in key.split("/"))
    control = "\\" in key or any(category(character) in ("Cc", "Cs") for character in key)
    if unsafe_part or control or len(key.encode()) > 900:
        raise UnsafeKey(f"an object key {_UNSAFE}")
    return key


def unopened(key: str) -> str:
    """Why an object that was found under a key is not opened, and how to mend that; empty where ``checked_key`` passes it."""
    try:
        checked_key(key)
    except UnsafeKey:
        return f"the file was not read: its name {_UNSAFE}; deliver it under another name"
    return ""
