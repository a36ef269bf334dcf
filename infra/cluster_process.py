"""A process of the cluster: started in a group of its own, remembered on disk, and ended only while it is that very process.

Each bears the cluster's folder in its environment, and so does what it starts: a flow that outlived its worker is found by it.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_MARK = "CCM_STARTED_BELOW"


class ClusterError(Exception):
    """A part of the cluster could not be started or ended; the text is one line: what, and where its log is."""


class Processes:
    """The processes of ``folder``/pids.json. A number alone says nothing, so its start is kept too, as the kernel tells it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "pids.json"
        self._keeping = threading.Lock()  # parts may be killed and started by several threads

    def known(self) -> dict[str, dict[str, Any]]:
        """What was started and not ended since, by name."""
        try:
            found: dict[str, dict[str, Any]] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def pid(self, name: str) -> int | None:
        """The process id of ``name`` while that process lives, else None."""
        held = self.known().get(name)
        return held["pid"] if held and started_at(held["pid"]) == held["started"] else None

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> int:
        """Start ``command`` in ``folder`` and remember it; its output goes to ``name``.log. Raises ClusterError where it runs."""
        if self.pid(name) is not None:
            raise ClusterError(f"{name}: runs already, process {self.pid(name)}; stop it first")
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=folder,
                env=dict(environment) | {_MARK: str(self._folder)},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._keep(name, {"pid": process.pid, "started": started_at(process.pid), "command": list(command)[:4]})
        return process.pid

    def end(self, name: str, sign: signal.Signals = signal.SIGTERM, patience: float = 30) -> None:
        """Ask ``name`` to end and wait; what does not within ``patience`` seconds is killed, with all that it started."""
        pid = self.pid(name)
        if pid is not None:
            os.kill(pid, sign)
            if not _gone(pid, patience):
                _kill_group(pid)
                _gone(pid, 10)
        self._keep(name, None)

    def kill(self, name: str, children: bool = False) -> None:
        """kill -9 of ``name``, with ``children`` of its whole group. Raises ClusterError where it does not run."""
        pid = self.pid(name)
        if pid is None:
            raise ClusterError(f"{name}: does not run; start it first")
        if children:
            _kill_group(pid)
        else:
            os.kill(pid, signal.SIGKILL)
        _gone(pid, 10)
        self._keep(name, None)

    def end_strays(self, patience: float = 10) -> int:
        """End whatever else was started below the folder, parts and what they started, and return how many that was."""
        found = {pid: begun for pid, (begun, _) in self._below().items()}
        for sign in (signal.SIGTERM, signal.SIGKILL):
            living = [pid for pid, begun in found.items() if started_at(pid) == begun]
            for pid in living:
                with suppress(ProcessLookupError):
                    os.kill(pid, sign)
            for pid in living:
                _gone(pid, patience)
        return len(found)

    def at_work_on(self, variable: str) -> dict[str, int]:
        """By what ``variable`` says in its environment, the eldest living process that was started below the folder with it."""
        found = [(told[variable], begun, pid) for pid, (begun, told) in self._below().items() if variable in told]
        return {value: pid for value, _, pid in sorted(found, reverse=True)}

    def _below(self) -> dict[int, tuple[int, dict[str, str]]]:
        """The living processes that bear the folder in their environment, each with its start and that environment."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                begun = started_at(int(path.parent.name))
                entries = path.read_bytes().decode("utf-8", "replace").split("\0")
                told = dict(entry.split("=", 1) for entry in entries if "=" in entry)
                if begun is not None and told.get(_MARK) == str(self._folder):
                    found[int(path.parent.name)] = begun, told
        return found

    def _keep(self, name: str, held: dict[str, Any] | None) -> None:
        with self._keeping:
            known = {other: value for other, value in self.known().items() if other != name}
            if held is not None:
                known[name] = held
            draft = self._file.with_suffix(".part")
            draft.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
            draft.replace(self._file)


def started_at(pid: int) -> int | None:
    """When a process began, in the kernel's ticks since boot; None where it is gone or has ended and waits to be collected."""
    with suppress(OSError):
        # the command's name, in brackets, may hold anything: the fields are counted from its end
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return None if fields[0] in "ZX" else int(fields[19])
    return None


def children(pid: int) -> list[int]:
    """The processes that ``pid`` started and theirs, the nearest first."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found = list(parents.get(pid, []))
    for child in found:
        found += parents.get(child, [])
    return found


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Nobody else starts or ends parts of ``folder`` meanwhile. Raises ClusterError where somebody does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ClusterError(f"{folder}: parts are being started or ended already; wait until that is done") from None
        yield


def _kill_group(pid: int) -> None:
    for each in (*children(pid), pid):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)


def _gone(pid: int, patience: float) -> bool:
    """Whether the process ends within ``patience`` seconds. One that is ours is collected, else it stays as a zombie."""
    for _ in range(int(patience * 20)):
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if started_at(pid) is None:
            return True
        time.sleep(0.05)
    return False
