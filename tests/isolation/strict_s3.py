"""An S3 on loopback that holds every request against IAM policies: moto with its authorization on, and what moto leaves out.

``python -m tests.isolation.strict_s3 PORT``. moto 5.2 evaluates Action and Resource of identity policies and checks signatures.
Of itself it does not (1) evaluate a condition of an S3 statement, (2) heed the session policy of an assumed role, (3) ask for the
right to read what a copy is made from, (4) say 403 of a missing object to one who may not list: these four are added here, so
for these the test is only as good as this file. Neither does it enforce bucket policies or the use of KMS keys: those are seen
on a Ceph gateway (``test_ceph.py``, bucket policies) or on AWS alone (KMS).

It lives as long as its standard input is open: with the process that started it, however that ends.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from flask import request
from moto.iam.access_control import AssumedRoleAccessKey, IAMPolicy, IAMPolicyStatement, PermissionResult, S3IAMRequest
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts.models import sts_backends
from moto.utilities.utils import get_partition
from werkzeug.serving import run_simple
from werkzeug.test import run_wsgi_app

_identity_check = S3IAMRequest.check_action_permitted
_statement_check = IAMPolicyStatement.is_action_permitted


def statement_check(self: IAMPolicyStatement, action: str, *rest: Any) -> PermissionResult:
    """A statement whose condition the request does not meet says nothing of it."""
    condition = self._statement.get("Condition")
    if condition and action.startswith("s3:"):
        wanted = condition.get("StringLike", {}).get("s3:prefix", [])
        prefix = request.args.get("prefix")
        if condition.keys() != {"StringLike"} or prefix is None or not any(fnmatchcase(prefix, text) for text in wanted):
            return PermissionResult.NEUTRAL
        self = IAMPolicyStatement({name: value for name, value in self._statement.items() if name != "Condition"})
    return _statement_check(self, action, *rest)


def check(self: S3IAMRequest, resource: str) -> None:
    """The role's own policies and the session's must both permit the action, and for a copy the reading of its source."""
    _permitted(self, resource)
    source = request.headers.get("x-amz-copy-source")
    if source:
        self._action = "s3:GetObjectVersion" if "versionId=" in source else "s3:GetObject"
        _permitted(self, "arn:aws:s3:::" + unquote(source).lstrip("/").partition("?")[0])


def _permitted(asked: S3IAMRequest, resource: str) -> None:
    _identity_check(asked, resource)
    if isinstance(asked._access_key, AssumedRoleAccessKey):
        roles = sts_backends[asked.account_id][get_partition(asked._region)].assumed_roles
        (session,) = [role for role in roles if role.access_key_id == asked._access_key._access_key_id]
        narrowed = session.policy and IAMPolicy(session.policy).is_action_permitted(asked._action, resource)
        if narrowed is not None and narrowed != PermissionResult.PERMITTED:
            asked._raise_access_denied()


class MissingIsForbidden:
    """S3's answer for a missing object to one who may not list the whole bucket, as no practice's role may."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        body, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        missing = status.startswith("404") and environ["REQUEST_METHOD"] in ("GET", "HEAD")
        if missing and "HTTP_X_AMZ_SECURITY_TOKEN" in environ:
            body = [b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
            status, headers["Content-Length"] = "403 Forbidden", str(len(body[0]))
        start_response(status, headers.to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else body


def end_with_starter() -> None:
    """End this process at the end of its standard input."""
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=end_with_starter, daemon=True).start()
    IAMPolicyStatement.is_action_permitted = statement_check
    S3IAMRequest.check_action_permitted = check
    run_simple("127.0.0.1", int(sys.argv[1]), MissingIsForbidden(DomainDispatcherApplication(create_backend_app)), threaded=True)
