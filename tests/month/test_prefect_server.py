"""Commands that ask Prefect's server: where none answers, one line says so and what to do, and nothing is kept as an incident."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.__main__ import main

COMMANDS = (("start", "2025-11"), ("status", "2025-11"), ("deployments", "apply"))


class Other(http.server.BaseHTTPRequestHandler):
    """Answers everything with a page that is not Prefect's."""

    def _answer(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html></html>")

    do_GET = do_POST = _answer

    def log_message(self, *_: object) -> None:
        """Not to the test's output."""


@pytest.fixture(scope="module")
def other() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/api"
        server.shutdown()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("where", ["nobody listens", "no address at all", "a server that is not Prefect's"])
def test_no_server(
    words: tuple[str, ...],
    where: str,
    other: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    api = {"nobody listens": "http://127.0.0.1:9/api", "no address at all": "server"}.get(where, other)
    for name, value in (("CCM_TENANTS", str(Path("tenants").resolve())), ("CCM_BUCKET", "b"), ("PREFECT_API_URL", api)):
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    # Prefect reads its settings once, and another test of this process may have been the first.
    with temporary_settings({PREFECT_API_URL: api}), pytest.raises(SystemExit) as left:
        main(list(words))
    told = capsys.readouterr().err
    assert left.value.code == 2, told
    assert told.startswith("ccm: PREFECT_API_URL: the server ") and told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
