"""An S3 that fails as real ones do: an HTTP proxy on loopback before a sound S3 server, which spoils what a plan says.

The plan sees each request before it is passed on and names what is to be done to it. The same plan and the same requests give
the same faults, in whatever order threads send them: a plan is asked with the request and how often it came before.
"""

from __future__ import annotations

import http.client
import logging
import os
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from moto.server import ThreadedMotoServer

SLOW_DOWN, INTERNAL, HANG, SKEW = "503 SlowDown", "500 InternalError", "hang, then close", "403 RequestTimeTooSkewed"
RESET, SHORT, WRONG_LENGTH, FLIPPED = "reset in mid-body", "fewer bytes than told", "short body, its length told", "flipped byte"
CUT_LISTING, LOST_ANSWER, REPLACED = "listing page cut short", "written, answer lost", "replaced before the read"
EVERYWHERE = (SLOW_DOWN, INTERNAL, HANG, SKEW)
OF_A_READ = (RESET, SHORT, WRONG_LENGTH, FLIPPED)
_STATUS = {SLOW_DOWN: (503, "SlowDown"), INTERNAL: (500, "InternalError"), SKEW: (403, "RequestTimeTooSkewed")}
_HOP = frozenset({"connection", "expect", "keep-alive", "transfer-encoding", "content-length"})
_CHUNK = 1 << 16
_HANG_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: its number from 1, ``list``, ``read``, ``write`` or ``other``, its key, whether it is conditional.

    ``nth`` is how often the same was asked before, from 0.
    """

    number: int
    kind: str
    key: str
    conditional: bool
    nth: int


Plan = Callable[[Request], str]  # what to do to a request: a fault's name, or "" to pass it on
Watch = Callable[[Request, bool], bool]  # told of each request, before and after it reached S3; True drops the connection


class FaultyS3:
    """The proxy as a context: ``endpoint`` while it is entered, ``injected`` counts what was done by fault and request kind."""

    def __init__(self, behind: str, plan: Plan = lambda _: "", watch: Watch = lambda _, __: False) -> None:
        self.plan, self.watch, self.injected = plan, watch, Counter[tuple[str, str]]()
        self.replace: Callable[[], None] = lambda: None
        self.unchecked = False  # whether answers lose their checksum: not every client that writes gives one
        self.requests = 0
        self._behind, self._seen, self._lock = behind, Counter[tuple[str, str]](), threading.Lock()
        proxy = self

        class Handler(_Handler):
            owner = proxy

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FaultyS3:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def restart_numbers(self) -> None:
        """Count requests from 1 again, and what was asked before as never asked."""
        with self._lock:
            self.requests = 0
            self._seen.clear()

    def numbered(self, kind: str, key: str, conditional: bool) -> Request:
        """The request with its number."""
        with self._lock:
            self.requests += 1
            nth = self._seen[kind, key]
            self._seen[kind, key] += 1
            return Request(self.requests, kind, key, conditional, nth)

    def count(self, fault: str, request: Request) -> None:
        """Record a fault that was really done."""
        with self._lock:
            self.injected[fault, request.kind] += 1

    def upstream(self) -> http.client.HTTPConnection:
        """A connection to the sound S3."""
        return http.client.HTTPConnection(self._behind.removeprefix("http://"), timeout=60)


@contextmanager
def sound_s3() -> Iterator[str]:
    """The endpoint of an S3 server on loopback in a thread of this process."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed, or hung up on, is what this is for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: FaultyS3

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: keys may be names."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = self.owner.numbered(*_kind(self.command, self.path, self.headers))
        if self.owner.watch(request, False):
            self.close_connection = True
            return
        fault = self.owner.plan(request)
        if fault == REPLACED:
            self.owner.replace()
            self.owner.count(fault, request)
        if fault in _STATUS:
            self.owner.count(fault, request)
            self._refuse(*_STATUS[fault])
        elif fault == HANG:
            self.owner.count(fault, request)
            time.sleep(_HANG_SECONDS)
            self.close_connection = True
        else:
            self._pass_on(request, body, fault)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _serve

    def _refuse(self, status: int, code: str) -> None:
        text = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>injected</Message></Error>'.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _pass_on(self, request: Request, body: bytes, fault: str) -> None:
        there = self.owner.upstream()
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        there.request(self.command, self.path, body or None, headers | {"Content-Length": str(len(body))})
        answer = there.getresponse()
        dropped = self.owner.watch(request, True)
        if dropped or (fault == LOST_ANSWER and answer.status < 300):
            if not dropped:
                self.owner.count(fault, request)
            there.close()
            self.close_connection = True
            return
        size = int(answer.headers.get("Content-Length") or 0)
        spoil = fault if fault in (*OF_A_READ, CUT_LISTING) and answer.status in (200, 206) and size > 1 else ""
        if spoil:
            self.owner.count(spoil, request)
        told = size // 2 if spoil in (WRONG_LENGTH, CUT_LISTING) else size
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.headers.items():
            checksum = name.lower().startswith("x-amz-checksum")
            if name.lower() not in _HOP and not (checksum and self.owner.unchecked):
                self.send_header(name, value)
        self.send_header("Content-Length", str(told))
        self.end_headers()
        if self.command != "HEAD":
            for piece in _spoiled(iter(lambda: answer.read(_CHUNK), b""), size, spoil):
                self.wfile.write(piece)
        there.close()
        if spoil in (RESET, SHORT):
            self.wfile.flush()
            self.close_connection = True
            if spoil == RESET:  # closing with nothing to linger for sends a reset instead of an end
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())


def _spoiled(pieces: Iterator[bytes], size: int, spoil: str) -> Iterator[bytes]:
    """The body as it is sent: its first half, or all of it with its middle byte changed, or all of it."""
    half, at = size // 2, 0
    for piece in pieces:
        if spoil == FLIPPED and at <= half < at + len(piece):
            wrong = bytearray(piece)
            wrong[half - at] ^= 0x01
            yield bytes(wrong)
        elif spoil and spoil != FLIPPED:
            yield piece[: max(0, half - at)]
        else:
            yield piece
        at += len(piece)


def _kind(command: str, path: str, headers: Any) -> tuple[str, str, bool]:
    parts = urlsplit(path)
    key = unquote(parts.path).lstrip("/").partition("/")[2]
    if command == "GET" and not key:
        return "list", parse_qs(parts.query).get("prefix", [""])[0], False
    kind = {"GET": "read", "PUT": "write"}.get(command, "other")
    return kind, key, "If-None-Match" in headers or "If-Match" in headers
