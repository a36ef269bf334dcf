"""Every version of every object of one practice, deletion included: for offboarding, with credentials that no run has."""

from __future__ import annotations

from dataclasses import dataclass

from flows.settings import Settings
from flows.storage_answer import FORBIDDEN, Failures, StoreError, refused, whole_object
from flows.store import client, prefix_of


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an object, or a deletion marker. ``key`` is relative to the practice's prefix, as it is written there.

    ``transient`` tells the work bucket's objects from the practices'; ``size`` is in bytes, 0 for a marker.
    """

    key: str
    version: str
    current: bool
    marker: bool
    transient: bool
    size: int


class PracticeVersions:
    """What lies below ``<practice>/`` in the practices' bucket and in the work bucket. Methods raise StoreError.

    The credentials are the settings' own, never the practice's role: that may list no versions and delete nothing.
    """

    def __init__(self, settings: Settings, practice: str) -> None:
        """Bind to a practice. Raises UnsafeKey where ``practice`` is not a slug; makes no connection yet."""
        self._prefix, self._place = prefix_of(practice), settings.place
        self._main, self._work = settings.bucket, settings.work_bucket or settings.bucket
        self._s3 = client(settings)

    def all(self) -> tuple[Version, ...]:
        """Every version and marker, by key, the newest of a key first."""
        found: list[Version] = []
        for bucket in dict.fromkeys((self._main, self._work)):
            with Failures("list versions", self._place):
                for page in self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=self._prefix):
                    for kind in ("Versions", "DeleteMarkers"):
                        found += [self._version(bucket, item, kind) for item in page.get(kind, ())]
        return tuple(sorted(found, key=lambda one: (one.transient, one.key, not one.current, one.version)))

    def read(self, one: Version) -> bytes:
        """A version's bytes, proved whole."""
        with Failures("read a version", self._place):
            return whole_object(self._s3, **self._at(one))[0]

    def delete(self, one: Version, despite_lock: bool) -> bool:
        """Delete a version for good. False where the storage refuses: it is under a lock, or the credentials may not.

        ``despite_lock`` passes a lock in governance mode, for who has the right to; a legal hold stands.
        """
        bypass = {"BypassGovernanceRetention": True} if despite_lock and not one.marker else {}
        try:
            with Failures("delete a version", self._place):
                self._s3.delete_object(**self._at(one), **bypass)
        except StoreError as error:
            if refused(error, FORBIDDEN):
                return False
            raise
        return True

    def _version(self, bucket: str, item: dict[str, object], kind: str) -> Version:
        key, size = str(item["Key"])[len(self._prefix) :], item.get("Size", 0)
        marker = kind == "DeleteMarkers"
        transient = bucket != self._main
        return Version(
            key, str(item["VersionId"]), bool(item["IsLatest"]), marker, transient, size if isinstance(size, int) else 0
        )

    def _at(self, one: Version) -> dict[str, str]:
        bucket = self._work if one.transient else self._main
        return {"Bucket": bucket, "Key": self._prefix + one.key, "VersionId": one.version}
