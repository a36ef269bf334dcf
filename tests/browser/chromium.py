"""A headless Chromium driven through its own debugging protocol: one page, its keys, its media and its pictures."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

PROGRAM = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
_KEYS = {"Tab": 9, "Enter": 13, "Escape": 27}


class Browser:
    """One tab. Every method waits for the browser's answer."""

    def __init__(self, socket: ClientConnection, pid: int) -> None:
        self.pid = pid  # of the browser's first process, the parent of all others
        self._socket, self._numbers, self._session = socket, count(1), ""
        self.requests: list[str] = []
        target = self._ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self._ask(f"{domain}.enable")

    def open(self, page: Path, width: int) -> None:
        """Show a file at a width in CSS pixels; ``requests`` then holds every address it asked for."""
        self.requests.clear()
        self._ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self._ask("Page.navigate", url=page.as_uri())
        self._until("Page.loadEventFired")

    def run(self, script: str) -> Any:
        """The value of an expression, a promise's too."""
        done = self._ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in done:
            raise RuntimeError(done["exceptionDetails"]["exception"].get("description", "the page's script failed"))
        return done["result"].get("value")

    def press(self, key: str) -> None:
        """A key of the keyboard, by name."""
        code = _KEYS[key]
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self._ask("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code, **text)

    def type(self, text: str) -> None:
        """Text, where the focus is."""
        self._ask("Input.insertText", text=text)

    def media(self, name: str) -> None:
        """Show the page as on ``screen`` or in ``print``."""
        self._ask("Emulation.setEmulatedMedia", media=name)

    def picture(self) -> bytes:
        """The whole page as PNG."""
        data = self._ask("Page.captureScreenshot", captureBeyondViewport=True)["data"]
        return base64.b64decode(data)

    def pdf(self) -> bytes:
        """The page printed, tagged, in the size that its style asks for."""
        options = {"generateTaggedPDF": True, "preferCSSPageSize": True, "printBackground": True}
        return base64.b64decode(self._ask("Page.printToPDF", **options)["data"])

    def _ask(self, method: str, **given: Any) -> dict[str, Any]:
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": given}
        self._socket.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        while (told := self._next()).get("id") != number:
            pass
        if "error" in told:
            raise RuntimeError(f"{method}: {told['error']['message']}")
        return told["result"]

    def _until(self, event: str) -> None:
        while self._next().get("method") != event:
            pass

    def _next(self) -> dict[str, Any]:
        told = json.loads(self._socket.recv(timeout=60))
        if told.get("method") == "Network.requestWillBeSent":
            self.requests.append(told["params"]["request"]["url"])
        return told


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser while the block lasts, with a profile of its own."""
    assert PROGRAM is not None
    with tempfile.TemporaryDirectory(prefix="page-") as home:
        quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        given = [PROGRAM, *quiet, f"--user-data-dir={home}", "--remote-debugging-port=0", "about:blank"]
        process = subprocess.Popen(given, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            address = next(line for line in process.stderr if "DevTools listening on " in line).split()[-1]
            with connect(address, max_size=None, proxy=None) as socket:
                yield Browser(socket, process.pid)
        finally:
            process.terminate()
            process.wait(20)
            process.stderr.close()
