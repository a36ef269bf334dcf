"""What storage answers: an object whole or not at all, and every refusal as one line that says how to mend it."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError, HTTPClientError, IncompleteReadError

CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict")
MISSING = ("NoSuchKey", "NoSuchVersion", "404")
FORBIDDEN = ("AccessDenied", "403")
# Refusals that the same request meets again, however often: somebody must mend what the line says first.
_LASTING = (
    *(*FORBIDDEN, "NoSuchBucket", "PermanentRedirect", "AuthorizationHeaderMalformed", "InvalidObjectState"),
    *("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AllAccessDisabled"),
)
_ROLE_REMEDY = "check CCM_PRACTICE_ROLE, that the practice's role is there and that this machine's identity may assume it"
_READS = 4  # of one object, where its body breaks off or is not what its checksum says
_PAUSE = 0.2  # seconds before the second read; twice as long before each further one
_OTHER_BYTES = "the bytes are not those that the ETag is of"
_MD5 = re.compile(r'"[0-9a-f]{32}"\Z')


class StoreError(Exception):
    """The storage did not answer, or refused. One line: what was tried, where, how to mend; never a key, a value or a secret.

    ``passing`` is whether the same work may succeed if tried again with nothing mended.
    """

    def __init__(self, line: str, passing: bool = True) -> None:
        super().__init__(line)
        self.passing = passing


class Failures:
    """Turns botocore's exceptions into a StoreError of one line; their own text may quote keys and is left out."""

    def __init__(self, doing: str, place: str) -> None:
        self._doing, self._place = doing, place

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            code = _code(error)
            remedy = _ROLE_REMEDY if error.operation_name == "AssumeRole" else _remedy(code)
            line = f"storage refused to {self._doing} in {self._place}: {code}; {remedy}"
            raise StoreError(line, passing=code not in _LASTING) from error
        if isinstance(error, FlexibleChecksumError | IncompleteReadError):
            raise StoreError(
                f"storage gave a damaged answer to {self._doing} in {self._place}: {type(error).__name__}; "
                "run again, and if it stays so look at what stands between here and the storage"
            ) from error
        if isinstance(error, BotoCoreError):
            raise StoreError(
                f"storage not reachable to {self._doing} in {self._place}: {type(error).__name__}; "
                "check CCM_S3_ENDPOINT, CCM_S3_REGION, the network and the credentials"
            ) from error


def whole_object(s3: Any, **request: Any) -> tuple[bytes, str]:
    """An object's bytes and its ETag. A body that breaks off, or is not what its checksum says, is read again.

    botocore repeats a request, but no body; it compares the length, and a checksum that it can compute. Raises its exceptions.
    """
    data, answer = _read(s3, request)
    return data, answer["ETag"]


def object_in_parts(s3: Any, size: int, part: int, **request: Any) -> Iterator[bytes]:
    """An object's bytes in parts, each as ``whole_object`` reads; at the end all of them are held against its ETag."""
    digest = hashlib.md5(usedforsecurity=False)
    for start in range(0, size, part):
        end = min(start + part, size)
        data, answer = _read(s3, request | {"Range": f"bytes={start}-{end - 1}"}, end - start)
        digest.update(data)
        yield data
    if _md5_of(answer) not in ("", digest.hexdigest()):
        raise FlexibleChecksumError(error_msg=_OTHER_BYTES)


def _read(s3: Any, request: dict[str, Any], part: int = 0) -> tuple[bytes, Any]:
    """The bytes and the answer; of a part, of which the ETag says nothing, so many bytes."""
    for attempt in range(_READS):
        answer = s3.get_object(**request)
        try:
            data: bytes = answer["Body"].read()
            if part and len(data) == part:
                return data, answer
            if not part and _md5_of(answer) in ("", hashlib.md5(data, usedforsecurity=False).hexdigest()):
                return data, answer
            raise FlexibleChecksumError(error_msg=_OTHER_BYTES)
        except (HTTPClientError, IncompleteReadError, FlexibleChecksumError):
            if attempt + 1 == _READS:
                raise
        time.sleep(_PAUSE * 2**attempt)
    raise AssertionError("the last attempt returns or raises")


def _md5_of(answer: Any) -> str:
    """The MD5 that an answer's ETag is, or nothing: of an object in parts, or under a KMS or a customer's key, it is none."""
    encrypted = answer.get("ServerSideEncryption", "AES256") != "AES256" or "SSECustomerAlgorithm" in answer
    return "" if encrypted or not _MD5.match(answer["ETag"]) else answer["ETag"].strip('"')


def refused(error: StoreError, codes: tuple[str, ...]) -> bool:
    """Whether storage itself answered with one of these codes."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and cause.operation_name != "AssumeRole" and _code(cause) in codes


def tried_again(error: StoreError) -> bool:
    """Whether botocore had sent the refused request before, and so may have met what that one wrote."""
    cause = error.__cause__
    return isinstance(cause, ClientError) and bool(cause.response.get("ResponseMetadata", {}).get("RetryAttempts"))


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))


def _remedy(code: str) -> str:
    if code == "NoSuchBucket":
        return "check CCM_BUCKET, or make the bucket"
    if code in MISSING:
        return "the object is gone; run again"
    if code == "PreconditionFailed":
        return "the object was replaced while the month was read; run again"
    if code == "RequestTimeTooSkewed":
        return "this machine's clock is wrong; set it, best by NTP, and run again"
    if code in ("SlowDown", "ServiceUnavailable", "InternalError", "503", "500"):
        return "the storage is busy or at fault; run again"
    return "check the credentials and their rights to this practice's prefix"
