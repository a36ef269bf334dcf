"""An S3 server on loopback, one for each process that runs tests, and a bucket for each test that asks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from flows.settings import Settings
from flows.store import client

ROOT = Path(__file__).parents[1]
_numbers = count(1)


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def own(s3_endpoint: str) -> Settings:
    """Settings of a bucket that is made and empty."""
    settings = Settings(
        bucket=f"test-{next(_numbers)}",
        endpoint=s3_endpoint,
        access_key="test",
        secret_key="test-secret",
        tenants=ROOT / "tenants",
    )
    client(settings).create_bucket(Bucket=settings.bucket)
    return settings
